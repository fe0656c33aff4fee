"""The voices of an account, from the command line."""

import os
from pathlib import Path

import trio

from tests.e2e.agent_process import command
from tests.standins.elevenlabs.account import RACHEL, Account
from tests.standins.elevenlabs.server import serve_elevenlabs


async def test_a_preview_of_a_voice_that_is_refused_says_who_spoke(
    tmp_path: Path,
) -> None:
    """Rachel is for those who pay."""
    async with trio.open_nursery() as nursery:
        url = await nursery.start(serve_elevenlabs, Account())
        env = {"TONNY_TTS__API_KEY": "any", "TONNY_TTS__BASE_URL": url}
        preview = command(
            "voices", "preview", RACHEL, "--speaker", "none", "--data-dir", tmp_path
        )
        with trio.fail_after(60):
            done = await trio.run_process(
                preview,
                env={**os.environ, **env},
                capture_stderr=True,
                check=False,
            )
        nursery.cancel_scope.cancel()
    assert done.returncode == 69
    told = done.stderr.decode()
    assert "that was George" in told
    assert "library voices" in told
