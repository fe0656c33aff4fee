"""What is said on WebSockets, held against the official description of them."""

import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec
import pytest

from tests.speaking.elevenlabs import said, speaking
from tests.standins.elevenlabs.account import GEORGE, Account, Socket

JUDGE = Path(__file__).with_name("asyncapi.py")


@pytest.fixture
def description(shared: Path) -> Path:
    return shared / "asyncapi.yml"


def complaints(sdk: str, description: Path, sockets: Iterable[Socket]) -> list[str]:
    """What is said against each of *sockets*."""
    found = []
    for socket in sockets:
        parts = urlsplit(socket.target)
        path = parts.path.replace(GEORGE, "{voice_id}")
        heard = {"query": parts.query, "client": socket.told, "server": socket.said}
        done = subprocess.run(
            [sdk, str(JUDGE), str(description)],
            input=msgspec.json.encode({path: heard}),
            stdout=subprocess.PIPE,
            check=True,
        )
        found += msgspec.json.decode(done.stdout, type=list[str])
    return found


async def _say(account: Account, *texts: str, **settings: Any) -> None:
    async with speaking(account, transport="websocket", **settings) as voice:
        for text in texts:
            await said(voice, text)


async def test_whatever_tonny_says_is_as_described(sdk: str, description: Path) -> None:
    account = Account(tier="pro")
    await _say(account, "Hello there.", "And goodbye.")
    await _say(account, "Hello.", stability=0.1, style=1.0, speaker_boost=False)
    await _say(account, "Hallo.", seed=7, language="de", normalization="on")
    await _say(account, "Hello.", pronunciation="abc:1,def:2", format="pcm_44100")
    assert len(account.sockets) == 4
    assert len(account.spoken) == 5
    assert complaints(sdk, description, account.sockets) == []


async def test_the_judge_would_notice_a_wrong_word(sdk: str, description: Path) -> None:
    target = f"/v1/text-to-speech/{GEORGE}/multi-stream-input?output_format=pcm_1"
    socket = Socket(target, {}, [{"texts": "Hello."}], [{"audio": 3}])
    assert len(complaints(sdk, description, [socket])) == 3
