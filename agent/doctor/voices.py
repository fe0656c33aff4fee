"""Whether the voices speak, and what is left of the plan that one of them needs."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import trio

from agent.app.voices import Voices, open_voices
from agent.config import Config
from agent.doctor.elevenlabs import CHOOSE, MORE, mute
from agent.doctor.findings import Finding, fault, note, ok
from agent.errors import AgentError, Unavailable
from agent.events import Event, VoiceSwapped
from agent.models import REMEDY
from agent.ports import Passage, Voice

SLOW = 2.0
"""Seconds to the first sound."""

_WITHIN = 4.0
"""Seconds for a few words: less than for all the checks."""

_SPOKEN = "Hello, this is a test."
_REMEDIES = {
    "pico": REMEDY,
    "system": "Install espeak-ng, or choose another tts.engine.",
}


async def check_voices(config: Config, folder: Path) -> Sequence[Finding]:
    """Each voice says a few words, to no one: with ElevenLabs that costs about
    twenty characters."""
    found: list[Finding] = []
    happened: list[Event] = []
    async with open_voices(config, folder, happened.append) as voices:
        each = [await _speaks(config, rung.tool) for rung in voices.ladder.rungs]
        found += filter(None, each)
        found += _swapped(happened)
        if voices.memory is not None and (used := voices.memory.found.format):
            title = f"The plan does not allow {config.tts.format}: {used} is used."
            found.append(
                note("tts.format.refused", title, f'Set tts.format = "{used}".')
            )
        if not any(each.code.startswith("tts.elevenlabs.") for each in found):
            known = {each.code for each in found}
            plan = await _plan(config, voices)
            found += [each for each in plan if each.code not in known]
    if not config.tts.api_key:
        found.append(
            note(
                "tts.api_key.unset",
                "No ElevenLabs key is configured: the embedded voice speaks.",
                "tonny-agent secrets set tts.api_key",
            )
        )
    return found


async def _speaks(config: Config, voice: Voice) -> Finding | None:
    """None for a voice that nobody asked for, and that is not there."""
    code, size, began, first = f"tts.{voice.name}", 0, trio.current_time(), 0.0
    try:
        with _patience():
            async with voice.speak(Passage(_SPOKEN)) as chunks:
                async for chunk in chunks:
                    first = first or trio.current_time() - began
                    size += len(chunk)
    except AgentError as exc:
        if voice.name == "elevenlabs":
            return await mute(config.tts, exc)
        if voice.name == "system" and config.tts.engine != "system":
            return None
        return fault(code, f"{voice.name} does not speak: {exc}", _REMEDIES[voice.name])
    seconds = size / (2 * voice.rate)
    if voice.name == "elevenlabs" and first > SLOW:
        title = f"{voice.name} takes {first:.1f} s to begin to speak."
        return note(f"{code}.slow", title, 'Choose a quicker tts.model, or "pico".')
    return ok(code, f"{voice.name} speaks ({seconds:.1f} s of sound).")


@contextmanager
def _patience() -> Iterator[None]:
    """Raises `Unavailable` for a voice that takes too long."""
    try:
        with trio.fail_after(_WITHIN):
            yield
    except trio.TooSlowError:
        raise Unavailable("it does not answer") from None


def _swapped(happened: Sequence[Event]) -> Sequence[Finding]:
    swaps = [event for event in happened if isinstance(event, VoiceSwapped)]
    return [
        fault(
            "tts.voice.refused",
            f"{swap.used} speaks instead of the voice that is configured: {swap.reason}",
            CHOOSE,
        )
        for swap in swaps[-1:]
    ]


async def _plan(config: Config, voices: Voices) -> Sequence[Finding]:
    """What is left of it. A key without the right to know speaks all the same."""
    if voices.ledger is None:
        return []
    from agent.speaking.elevenlabs import open_account

    try:
        async with open_account(config.tts) as account:
            plan = await account.subscription()
    except Unavailable:
        return []
    except AgentError as exc:
        title = f"What is left of the plan at ElevenLabs is not known: {exc}"
        return [note("tts.quota.unknown", title)]
    voices.ledger.read(plan)
    quota = voices.ledger.quota
    if quota is None:
        return []
    title = f"{quota.used} of {quota.limit} characters at ElevenLabs are used"
    if quota.share >= 1:
        return [fault("tts.quota.spent", f"{title}: nothing is left.", MORE)]
    if quota.share >= config.tts.quota_warning:
        return [note("tts.quota.low", f"{title}.", MORE)]
    return [ok("tts.quota", f"{title}.")]
