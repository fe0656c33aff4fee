"""Every code that `tonny-agent doctor` may report, and why that matters."""

import re

import msgspec


class Known(msgspec.Struct, frozen=True):
    """What a code *means*, and *why* it matters to whoever reads it."""

    means: str
    why: str


_NAMED_SERVER = re.compile(r"^stt\.servers\.[^.]+\.")

_DEAF = "Tonny does not hear you."
_MUTE = "What Tonny answers is not heard."
_LOCAL_EAR = "Until then the embedded recogniser hears, less well and in English only."
_QUEUED = "Questions wait in the queue, and are asked when it is back."
_PRIVATE = "What you say, and what is answered, is in there."
_RECORD = "Without a record Tonny does not start: questions could be lost."
_LESS = "It works, but less well than it could."

_VOICE = "The embedded voice speaks."

KNOWN: dict[str, Known] = {
    "hangs": Known(
        "A check did not end in time.",
        "What hangs here may hang a conversation too.",
    ),
    "config": Known(
        "agent.toml, or a setting in the environment, is wrong or cannot be read.",
        "Tonny does not start with settings that cannot be meant.",
    ),
    "config.exposed": Known(
        "Others can read the secrets in agent.toml.",
        "Whoever has a key can spend your plan, or ask your workflow.",
    ),
    "secrets": Known(
        "A secret could not be read from where it is kept.",
        "What it opens stays closed, or is opened with an older one.",
    ),
    "data-folder.absent": Known("The data folder is not there yet.", "It will be."),
    "data-folder.open": Known("Others can read the data folder.", _PRIVATE),
    "data-folder.read-only": Known("The data folder cannot be written to.", _RECORD),
    "data-folder.full": Known("The disk is nearly full.", _RECORD),
    "files.open": Known("Others can read a file in the data folder.", _PRIVATE),
    "record": Known("The record cannot be used.", _RECORD),
    "record.damaged": Known(
        "The record is damaged.", "Part of what was said may be lost."
    ),
    "record.replaced": Known(
        "The record was damaged, and another one took its place.",
        "What was said since the last backup is in the damaged one only.",
    ),
    "sqlite.old": Known(
        "This SQLite has a fault that is known.",
        "Two programs that write at the same moment could damage the record.",
    ),
    "clock": Known(
        "The clock of this computer differs from that of a server.",
        "Signatures and certificates are judged by the time; times in the record lie.",
    ),
    "limits.files": Known(
        "A program may hold few files open.",
        "Connections, devices and the record need some at the same time.",
    ),
    "autostart": Known(
        "What starts at log-in is not this program.",
        "After the next log-in nobody listens, or another Tonny does.",
    ),
    "autostart.off": Known(
        "Starting at log-in is installed, and switched off.", "Perhaps you meant that."
    ),
    "autostart.failed": Known(
        "The last start at log-in failed.", "Nobody has listened since."
    ),
    "agent.silent": Known(
        "An agent holds the data folder, and does not answer.",
        "It neither hears nor does what it is told, and no other can be started.",
    ),
    "agent.others": Known(
        "Another agent is running too, with another data folder.",
        "Both hear you, and both answer.",
    ),
    "agent.elsewhere": Known(
        "An agent is running, with another data folder.",
        "What is looked at here is not what hears you.",
    ),
    "agent.outdated": Known(
        "The running agent is another version than this program.",
        "What is new is not there, and what is mended is not mended, until it restarts.",
    ),
    "agent.degraded": Known(
        "The running agent is without something that it depends on.", _LESS
    ),
    "agent.troubled": Known(
        "The running agent has something to say about itself.", _LESS
    ),
    "agent.sockets": Known(
        "An agent that was killed has left its sockets behind.",
        "They do no harm; whoever looks for an agent looks at them too.",
    ),
    "certificates": Known(
        "There are no certificates of the web.",
        "No server that is asked by https or wss is believed.",
    ),
    "program": Known(
        "A part of the program is missing, or not what was published.",
        "It starts, and fails or dawdles where it needs that part.",
    ),
    "models": Known(
        "An embedded model or voice is missing, or not what was published.",
        "Without them nothing stands in for a service that is away.",
    ),
    "vad": Known("The voice detector does not tell speech.", _DEAF),
    "vad.slow": Known("The voice detector is too slow here.", _DEAF),
    "audio": Known("There is no sound on this computer.", _DEAF),
    "microphone": Known("There is no microphone.", _DEAF),
    "speaker": Known("There is no speaker.", _MUTE),
    "level.deaf": Known("The microphone cannot be opened, or sends nothing.", _DEAF),
    "level.dead": Known("The microphone is muted, or switched off.", _DEAF),
    "level.clips": Known(
        "The microphone is too loud.", "Speech that is cut off is not understood."
    ),
    "loopback": Known(
        "What the speaker says does not reach the microphone.",
        "Either is not the one you think, or is turned down.",
    ),
    "loopback.busy": Known(
        "No sentence is said while an agent runs: it would hear it.",
        "Whether the speaker reaches the microphone is not known.",
    ),
    "hotkey.off": Known(
        "No key is watched for push-to-talk.", "Perhaps none is needed."
    ),
    "hotkey.keys": Known("The hotkey is none.", "It cannot be pressed."),
    "hotkey": Known("The hotkey cannot be watched here.", "Pressing it does nothing."),
    "echo.missing": Known("Echo cancellation was asked for and is not there.", _DEAF),
    "echo.off": Known("Echo cancellation is off.", _LESS),
    "echo.absent": Known("There is no echo cancellation.", _LESS),
    "echo.elsewhere": Known(
        "The system's echo cancellation is for another speaker.",
        "It cannot take out what it does not hear.",
    ),
    "stt.url.unset": Known("No WhisperLiveKit is configured.", _LESS),
    "stt.moonshine": Known(
        "The embedded recogniser does not hear.",
        "Nothing stands in for WhisperLiveKit when it is away.",
    ),
    "stt.moonshine.slow": Known("The embedded recogniser is slow here.", _LESS),
    "stt.loading": Known("WhisperLiveKit is still loading its model.", _LOCAL_EAR),
    "stt.ca": Known("The file in stt.ca holds no certificate.", _LOCAL_EAR),
    "stt.token": Known("It does not accept the token.", _LOCAL_EAR),
    "stt.path": Known("It has no sessions at this path.", _LOCAL_EAR),
    "stt.refused": Known("It says no.", _LOCAL_EAR),
    "stt.language": Known("It does not know the language.", _LOCAL_EAR),
    "stt.ffmpeg": Known("It takes audio through ffmpeg.", _LESS),
    "stt.deaf": Known("It heard nothing in speech.", _LOCAL_EAR),
    "stt.slow": Known("It is too slow for conversation.", "Answers come late."),
    "stt.lost": Known("It broke off while it heard.", _LOCAL_EAR),
    "stt.model": Known("It has another model than stt.model says.", _LESS),
    "workflow.url.unset": Known(
        "No workflow is configured.", "A small responder answers."
    ),
    "workflow.path": Known("There is nothing at its path.", "Nothing is answered."),
    "workflow.moved": Known("It has moved.", "Nothing is answered."),
    "workflow.slow": Known("It takes long to answer.", "So do answers."),
    "workflow.token": Known("It does not let Tonny in.", "Nothing is answered."),
    "workflow.test_url": Known("It is a test URL.", "It answers once a click."),
    "workflow.starting": Known("n8n may be starting.", _QUEUED),
    "workflow.page": Known("It is a page for people.", "Nothing is answered."),
    "workflow.inactive": Known("The workflow is not active.", _QUEUED),
    "workflow.missing": Known("n8n has no workflow with this path.", _QUEUED),
    "workflow.method": Known("Its webhook does not take POST.", "Nothing is answered."),
    "workflow.api_key": Known("n8n does not take the API key.", _LESS),
    "workflow.n8n.old": Known(
        "This n8n has security holes that are publicly known.",
        "Others could get into it, and into what it knows.",
    ),
    "workflow.websocket": Known("The workflow's WebSocket is away.", _QUEUED),
    "workflow.websocket.n8n": Known("n8n has no WebSocket for Tonny there.", _QUEUED),
    "tts.api_key.unset": Known("No ElevenLabs key is configured.", _LESS),
    "tts.elevenlabs": Known("ElevenLabs does not speak.", "The embedded voice does."),
    "tts.elevenlabs.key": Known("The key is not accepted.", _VOICE),
    "tts.elevenlabs.permission": Known("The key may not speak.", _VOICE),
    "tts.elevenlabs.model": Known("There is no such model.", _VOICE),
    "tts.elevenlabs.slow": Known("ElevenLabs takes long to begin.", "So do answers."),
    "tts.pico": Known(
        "The embedded voice does not speak.",
        "Nothing stands in for ElevenLabs when it is away.",
    ),
    "tts.system": Known("This computer's own voice does not speak.", _MUTE),
    "tts.voice.refused": Known("The voice is not allowed.", "Another one speaks."),
    "tts.format.refused": Known("The plan does not allow this format.", _LESS),
    "tts.quota.unknown": Known("The key may not see the plan.", _LESS),
    "tts.quota.spent": Known("The plan is used up.", "The embedded voice speaks."),
    "rabbitmq.away": Known(
        "RabbitMQ is away.", "Events wait on disk until it is back."
    ),
    "rabbitmq.refused": Known(
        "RabbitMQ says no.", "Nobody hears of what happens here."
    ),
    "tts.quota.low": Known("The plan is nearly used up.", "Soon another voice speaks."),
}

_REACHED = {
    "host": "There is no host of this name.",
    "away": "Nobody listens at its address.",
    "silent": "Its port takes connections, and nobody answers.",
    "other": "Something else answers at its address.",
    "tls": "One side speaks TLS, the other does not.",
    "certificate": "Its certificate is not trusted.",
    "certificate.expired": "Its certificate has expired.",
    "certificate.early": "Its certificate is not valid yet.",
    "certificate.name": "Its certificate is for another name.",
    "failing": "It is there, and does not answer as it should.",
}
for _section, _why in (
    ("stt", _LOCAL_EAR),
    ("workflow", _QUEUED),
    ("tts.elevenlabs", _VOICE),
):
    KNOWN |= {f"{_section}.{end}": Known(it, _why) for end, it in _REACHED.items()}


def canonical(code: str) -> str:
    """The code as the catalogue has it: without the name of a server or a check."""
    if code.endswith(".hangs"):
        return "hangs"
    return _NAMED_SERVER.sub("stt.", code)


def why(code: str) -> str:
    """Why *code* matters; empty for what is well."""
    known = KNOWN.get(canonical(code))
    return known.why if known is not None else ""
