"""The stand-in before ElevenLabs' own client, in the hands of its probe."""

import re
from pathlib import Path

import pytest
import trio

from tests.contract.test_sockets import complaints
from tests.standins.elevenlabs.account import Account, Socket
from tests.standins.elevenlabs.errors import Generation
from tests.standins.elevenlabs.server import serve_elevenlabs
from tests.standins.elevenlabs.speech import pcm_of

_LINE = re.compile(r"(?P<what>.{30}) +\d+ ms  (?P<found>.*)")


async def probed(sdk: str, probe: Path, account: Account) -> dict[str, str]:
    """What the probe found, by its own names for what it tried."""
    async with trio.open_nursery() as nursery:
        url = await nursery.start(serve_elevenlabs, account)
        with trio.fail_after(120):
            done = await trio.run_process([sdk, str(probe), url], capture_stdout=True)
        nursery.cancel_scope.cancel()
    lines = map(_LINE.fullmatch, done.stdout.decode().splitlines())
    return {line["what"].strip(): line["found"] for line in lines if line}


@pytest.mark.parametrize("generation", ["new", "old"])
async def test_the_official_client_is_satisfied(
    sdk: str, shared: Path, generation: Generation
) -> None:
    account = Account(generation=generation)
    found = await probed(sdk, shared / "sdk_probe.py", account)
    assert found["stream pcm_24000"] == str(len(pcm_of(account.spoken[0])))
    for header in ("request-id", "character-cost", "history-item-id", "tts-latency-ms"):
        assert header in found["raw headers"]
    assert found["stream with timestamps"] == str([list("Hi there")])
    for tried, error in (
        ("key=bad", "401 {'detail': {"),
        ("key=quota", "quota_exceeded"),
        ("key=busy", "system_busy"),
        ("key=conc", "concurrent"),
        ("voice nope", "voice_not_found"),
        ("pcm_44100", "output_format_not_allowed"),
    ):
        assert found[tried].startswith("ApiError")
        assert error in found[tried]
    assert found["convert_realtime (WS)"] == str(len(pcm_of(account.spoken[-1])))
    assert account.spoken[-1] == "Hello there, my friend. How are you doing today?"
    # Not even the official client keeps to the description; but the stand-in does.
    answers = [Socket(each.target, {}, [], each.said) for each in account.sockets]
    assert complaints(sdk, shared / "asyncapi.yml", answers) == []
