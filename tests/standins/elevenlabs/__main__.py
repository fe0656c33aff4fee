"""The stand-in by itself, for whoever wants to try a client: prints its address."""

import argparse
from functools import partial

import trio

from tests.standins.elevenlabs.account import TIERS, Account
from tests.standins.elevenlabs.server import serve_elevenlabs


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--tier", choices=TIERS, default="free")
    chosen = parser.parse_args()
    account = Account(tier=chosen.tier)
    async with trio.open_nursery() as nursery:
        serving = partial(serve_elevenlabs, account, port=chosen.port)
        print(await nursery.start(serving), flush=True)


trio.run(main)
