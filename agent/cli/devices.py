"""`tonny-agent devices`: what there is to hear with and to speak through."""

from collections.abc import Iterator, Sequence
from typing import Annotated

import msgspec
from cyclopts import Parameter

from agent.cli.common import run_trio
from agent.portaudio import Device


class Found(msgspec.Struct, frozen=True):
    """A device: *name* is what to give to --microphone or --speaker."""

    name: str
    description: str


class Listing(msgspec.Struct, frozen=True):
    """All devices, by what they are good for; a device may be both."""

    microphones: list[Found]
    speakers: list[Found]

    def as_json(self) -> str:
        return msgspec.json.encode(self).decode()

    def as_text(self) -> str:
        return "\n".join(
            [
                *_section("Microphones", self.microphones, "--microphone FILE.wav"),
                "",
                *_section("Speakers", self.speakers, "--speaker FILE.wav"),
            ]
        )


def devices(
    *,
    json: Annotated[
        bool, Parameter(help="Print the list as JSON.", negative="")
    ] = False,
) -> int:
    """List microphones and speakers, by the names that --microphone and --speaker take.

    For example:

    tonny-agent devices

    tonny-agent run --microphone "Jabra" --speaker default
    """
    from agent.app.sound import found_devices

    listing = arrange(run_trio(found_devices))
    print(listing.as_json() if json else listing.as_text())
    return 0


def arrange(found: Sequence[Device]) -> Listing:
    return Listing(
        [Found(each.name, each.description) for each in found if each.inputs],
        [Found(each.name, each.description) for each in found if each.outputs],
    )


def _section(title: str, found: list[Found], instead: str) -> Iterator[str]:
    yield f"{title}:"
    for each in found:
        yield f"  {each.name:32} {each.description}".rstrip()
    if not found:
        yield f"  none; connect one, or let a file play its part: {instead}"
