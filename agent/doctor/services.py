"""Checks of what Tonny talks to: is it there, is it the right thing, does it let us in?"""

from collections.abc import Sequence

import trio

from agent.app import tools
from agent.config import Config
from agent.demo import CLIP, CLIP_TEXT, is_clip, read_clip
from agent.doctor.findings import Finding, fault, note, ok
from agent.errors import AgentError, Refused
from agent.models import REMEDY
from agent.utterance import Recording

LENGTH = CLIP[1] - CLIP[0]


async def check_ears(config: Config) -> Sequence[Finding]:
    """Each server hears a bundled question, and so does the embedded recogniser."""
    servers: list[Finding] = []
    embedded: list[Finding] = []

    async def ask_servers() -> None:
        from agent.doctor.whisperlivekit import check_whisperlivekit

        servers.extend(await check_whisperlivekit(config.stt))

    async def ask_moonshine() -> None:
        alone = not tools.has_server(config)
        embedded.append(await _check_moonshine(config.stt.language, alone=alone))

    async with trio.open_nursery() as nursery:
        if tools.has_server(config) and config.stt.engine != "moonshine":
            nursery.start_soon(ask_servers)
        if config.stt.engine != "whisperlivekit":
            nursery.start_soon(ask_moonshine)
    found = [*servers, *embedded]
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


async def _check_moonshine(language: str, *, alone: bool) -> Finding:
    from agent.hearing.moonshine import Moonshine

    question = Recording(0)
    question.append(read_clip())
    question.finish()
    code, ear = "stt.moonshine", Moonshine(language)
    try:
        await ear.transcribe(question, partial=_ignore)  # it loads what it needs
        began = trio.current_time()
        heard = await ear.transcribe(question, partial=_ignore)
        took = trio.current_time() - began
    except Refused as exc:  # the language
        if alone:
            remedy = 'Set stt.url, or stt.language = "en".'
            return fault("stt.moonshine.language", f"Nothing hears: {exc}.", remedy)
        return note(code, f"{ear.name} does not hear: {exc}", "")
    except AgentError as exc:
        return fault(code, f"{ear.name} does not hear: {exc}", REMEDY)
    if not is_clip(heard.text):
        title = f'{ear.name} heard "{heard.text:.60}" for "{CLIP_TEXT}".'
        return fault(code, title, REMEDY)
    if took > LENGTH:
        title = f"{ear.name} takes {took:.1f} s for {LENGTH:.0f} s of speech."
        return note(f"{code}.slow", title, "A WhisperLiveKit elsewhere may be quicker.")
    return ok(code, f"{ear.name} hears ({took:.1f} s for {LENGTH:.0f} s of speech).")


def _ignore(_partial: str) -> None:
    """Nobody waits for it."""
