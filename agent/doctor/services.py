"""Checks of what Tonny talks to: is it there, is it the right thing, does it let us in?"""

from collections.abc import Sequence

from agent.app import tools
from agent.config import Config
from agent.doctor.findings import Finding, fault, note, ok
from agent.errors import AgentError, Refused
from agent.ports import RATE
from agent.utterance import Recording


async def check_ears(config: Config) -> Sequence[Finding]:
    """Each server hears a bundled question, the embedded recogniser some silence."""
    found: list[Finding] = []
    if tools.has_server(config) and config.stt.engine != "moonshine":
        from agent.doctor.whisperlivekit import check_whisperlivekit

        found += await check_whisperlivekit(config.stt)
    if config.stt.engine != "whisperlivekit":
        found.append(await _check_moonshine(config.stt.language))
    if not tools.has_server(config):
        found.append(
            note(
                "stt.url.unset",
                "No WhisperLiveKit is configured: the embedded recogniser hears,"
                " in English only.",
                'Set stt.url, such as "ws://localhost:8000/asr".',
            )
        )
    return found


async def _check_moonshine(language: str) -> Finding:
    from agent.hearing.moonshine import Moonshine

    silence = Recording(0)
    silence.append(bytes(2 * RATE))
    silence.finish()
    code, ear = "stt.moonshine", Moonshine(language)
    try:
        await ear.transcribe(silence, partial=_ignore)
    except Refused as exc:  # the language: it is there for nothing
        return note(code, f"{ear.name} does not hear: {exc}", "")
    except AgentError as exc:
        return fault(
            code, f"{ear.name} does not hear: {exc}", "tonny-agent models fetch"
        )
    return ok(code, f"{ear.name} hears.")


def _ignore(_partial: str) -> None:
    """Nobody waits for it."""
