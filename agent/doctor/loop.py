"""Whether what Tonny says in the room is what its microphone hears."""

from collections.abc import Sequence
from pathlib import Path

from agent.app.loopback import loop_back
from agent.config import Config
from agent.doctor.findings import Finding, fault, ok
from agent.doctor.sound import check_level
from agent.errors import AgentError, Misconfigured
from agent.hearing.microphones import pick_microphone
from agent.speaking.speakers import open_speaker

SPOKEN = "One, two, three: can you hear me?"

_REMEDY = (
    "Turn the speaker up, and see that it and the microphone are the ones you mean:"
    " tonny-agent audio loopback. With headphones on, all is well."
)


async def check_loop(config: Config, folder: Path) -> Sequence[Finding]:
    """How loud the microphone is, and then a sentence through the speaker; nothing of
    that where a file plays the part of one of them."""
    found = [*await check_level(config.audio)]
    if any(finding.severity == "fault" for finding in found):
        return found
    try:
        microphone = pick_microphone(config.audio)
        async with open_speaker(config.audio.speaker) as speaker:
            loop = await loop_back(SPOKEN, config, folder, microphone, speaker)
    except Misconfigured:
        return found
    except AgentError as exc:
        return [
            *found,
            fault("loopback", f"A sentence could not be said: {exc}", _REMEDY),
        ]
    if not loop.heard:
        title = f"What {loop.speaker} says is not heard by {loop.microphone}."
        return [*found, fault("loopback", title, _REMEDY)]
    title = f"What {loop.speaker} says is heard {loop.delay_ms:.0f} ms later"
    return [*found, ok("loopback", f"{title}, at {loop.level_dbfs:.0f} dBFS.")]
