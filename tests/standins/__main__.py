"""All stand-ins at once: one line of JSON with their addresses, until stdin closes."""

import sys

import msgspec
import trio

from tests.standins.elevenlabs.account import KEY, Account
from tests.standins.elevenlabs.server import serve_elevenlabs
from tests.standins.recogniser import Recogniser, serve_recogniser
from tests.standins.web import serve_web
from tests.standins.workflow import repeat


async def main() -> None:
    async with trio.open_nursery() as nursery:
        stt = await nursery.start(serve_recogniser, Recogniser())
        workflow = await nursery.start(serve_web, repeat)
        tts = await nursery.start(serve_elevenlabs, Account(key=KEY))
        environment = {
            "TONNY_STT__URL": f"{stt}/asr",
            "TONNY_WORKFLOW__URL": f"{workflow}/webhook/tonny",
            "TONNY_TTS__BASE_URL": tts,
            "TONNY_TTS__API_KEY": KEY,
        }
        print(msgspec.json.encode(environment).decode(), flush=True)
        await trio.to_thread.run_sync(sys.stdin.read)
        nursery.cancel_scope.cancel()


trio.run(main)
