"""Speech on a real disk."""

import logging
import os
import resource
import signal
import stat
import subprocess
import sys
import wave
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import trio

from agent.errors import Refused, Unavailable
from agent.record.note import encoded
from agent.record.spool import Note, Spool

SAID = 1_795_435_200.0
PCM = bytes(range(200)) * 16


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "data" / "speech"


async def kept(spool: Spool, pcm: bytes = PCM, turn: int = 1) -> Note:
    note = Note(spool.new_id(SAID), turn, "S", SAID, "en")
    await spool.keep(pcm, note)
    return note


async def reopened(folder: Path) -> Spool:
    return await Spool.open(folder, keep_mb=50)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


async def test_what_is_kept_survives_in_order_until_it_is_forgotten(
    folder: Path,
) -> None:
    spool = await reopened(folder)
    assert spool.empty
    notes = [await kept(spool, PCM * turn, turn) for turn in (1, 2, 3)]
    for again in (spool, await reopened(folder)):
        assert not again.empty
        assert await again.waiting() == notes
        assert [await again.load(note) for note in notes] == [PCM, PCM * 2, PCM * 3]
    await spool.forget(notes[0])
    for again in (spool, await reopened(folder)):
        assert await again.waiting() == notes[1:]
    for note in notes[1:]:
        await spool.forget(note)
    assert spool.empty
    assert (await reopened(folder)).empty
    assert names(folder) == []


async def test_it_can_be_listened_to(folder: Path) -> None:
    note = await kept(await reopened(folder))
    with wave.open(str(folder / f"{note.id}.wav")) as file:
        assert file.getparams()[:3] == (1, 2, 16_000)
        assert file.readframes(file.getnframes()) == PCM


@pytest.fixture
def open_folder(folder: Path) -> Iterator[Path]:
    """There already, and readable by all, in a process that does not care."""
    before = os.umask(0)
    folder.mkdir(parents=True)
    yield folder
    os.umask(before)


async def test_nobody_else_may(open_folder: Path) -> None:
    assert mode(open_folder) == 0o777
    note = await kept(await reopened(open_folder))
    assert mode(open_folder) == 0o700
    assert mode(open_folder / f"{note.id}.wav") == 0o600


async def test_the_order_holds_though_the_clock_goes_back(folder: Path) -> None:
    spool = await reopened(folder)
    first = await kept(spool)
    later = spool.new_id(SAID - 3600)
    after = (await reopened(folder)).new_id(SAID - 7200)
    assert first.id < later
    assert first.id < after


async def test_a_full_spool_gives_up_nothing_and_says_so(folder: Path) -> None:
    spool = await Spool.open(folder, keep_mb=1)
    first = await kept(spool, bytes(600_000))
    with pytest.raises(Refused, match=r"0\.6 MB .* stt\.keep_mb is 1"):
        await kept(spool, bytes(600_000))
    assert await spool.waiting() == [first]
    again = await Spool.open(folder, keep_mb=1)
    with pytest.raises(Refused):
        await kept(again, bytes(600_000))
    await again.forget(first)
    await kept(again, bytes(600_000))


async def test_two_at_once_do_not_share_the_last_room(folder: Path) -> None:
    spool = await Spool.open(folder, keep_mb=1)
    outcomes: list[str] = []

    async def keep() -> None:
        try:
            await kept(spool, bytes(600_000))
            outcomes.append("kept")
        except Refused:
            outcomes.append("refused")

    async with trio.open_nursery() as nursery:
        nursery.start_soon(keep)
        nursery.start_soon(keep)
    assert sorted(outcomes) == ["kept", "refused"]


async def test_whoever_waits_is_told_that_there_is_something(folder: Path) -> None:
    spool = await reopened(folder)
    with trio.fail_after(5):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(spool.filled)
            await trio.testing.wait_all_tasks_blocked()
            await kept(spool)
    await spool.filled()


@pytest.mark.parametrize(
    "spoil",
    [
        lambda whole: b"",
        lambda whole: whole[:-1],
        lambda whole: whole + b"\0",
        lambda whole: bytes(len(whole)),
        lambda whole: whole.replace(b'"turn":1', b'"turn":x'),
        lambda whole: whole.replace(b'"id":"0', b'"id":"1'),
    ],
    ids=["empty", "cut", "longer", "zeros", "note", "another's"],
)
async def test_a_damaged_file_is_set_aside_and_the_others_stay(
    spoil: Callable[[bytes], bytes], folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    spool = await reopened(folder)
    bad, good = await kept(spool), await kept(spool)
    file = folder / f"{bad.id}.wav"
    file.write_bytes(spoil(file.read_bytes()))
    with caplog.at_level(logging.WARNING):
        assert await (await reopened(folder)).waiting() == [good]
    assert "set aside" in caplog.text
    assert file.with_name(f"{file.name}.damaged").exists()
    with pytest.raises(Refused, match="no longer there"):
        await spool.load(bad)
    assert await spool.load(good) == PCM


async def test_so_is_one_that_is_damaged_while_we_run(folder: Path) -> None:
    spool = await reopened(folder)
    note = await kept(spool)
    (folder / f"{note.id}.wav").write_bytes(b"something else")
    with pytest.raises(Refused, match="damaged"):
        await spool.load(note)
    await spool.forget(note)
    assert spool.empty
    assert names(folder) == [f"{note.id}.wav.damaged"]


ODD = ["notes.txt", "00000000000001-00000000.mp3", "x" * 200, ".hidden"]
TWO, THREE, FOUR = (f"0000000000000{n}-00000000" for n in (2, 3, 4))


@pytest.fixture
def odd_folder(folder: Path, tmp_path: Path) -> Path:
    """With files of others, and what has our names but is no file of ours."""
    folder.mkdir(parents=True)
    for name in ODD:
        (folder / name).write_bytes(b"mine")
    elsewhere = tmp_path / "elsewhere.wav"
    elsewhere.write_bytes(encoded(Note(TWO, 1, "S", 1), PCM))
    (folder / f"{TWO}.wav").symlink_to(elsewhere)
    os.mkfifo(folder / f"{THREE}.wav")
    (folder / f"{FOUR}.wav").mkdir()
    return folder


async def test_what_is_not_ours_is_left_alone(odd_folder: Path, tmp_path: Path) -> None:
    with trio.fail_after(5):
        assert (await reopened(odd_folder)).empty
    assert all((odd_folder / name).read_bytes() == b"mine" for name in ODD)
    assert (tmp_path / "elsewhere.wav").read_bytes().endswith(PCM)


@pytest.fixture
def linked_folder(folder: Path, tmp_path: Path) -> Path:
    (tmp_path / "elsewhere").mkdir()
    folder.parent.mkdir()
    folder.symlink_to(tmp_path / "elsewhere")
    return folder


async def test_a_folder_that_is_a_link_is_not_followed(
    linked_folder: Path, tmp_path: Path
) -> None:
    spool = await reopened(linked_folder)
    with pytest.raises(Unavailable, match="is a link"):
        await kept(spool)
    assert names(tmp_path / "elsewhere") == []


@contextmanager
def disk_that_takes(size: int) -> Iterator[None]:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


async def test_a_failing_disk_costs_nothing_but_this_one(folder: Path) -> None:
    spool = await Spool.open(folder, keep_mb=1)
    first = await kept(spool)
    with disk_that_takes(1000), pytest.raises(Unavailable, match="speech on disk"):
        await kept(spool, bytes(900_000))
    assert await spool.waiting() == [first]
    assert names(folder) == [f"{first.id}.wav"]
    await kept(spool, bytes(900_000))


def promised_before_a_kill(folder: Path, count: int) -> list[str]:
    """What a process said it had kept, which was killed when it had said *count*."""
    with subprocess.Popen(
        [sys.executable, "-m", "tests.record.hoarder", folder],
        cwd=Path(__file__).parents[2],
        stdout=subprocess.PIPE,
        text=True,
    ) as hoarder:
        assert hoarder.stdout is not None
        promised = [hoarder.stdout.readline() for _ in range(count)]
        hoarder.send_signal(signal.SIGKILL)
        return [line.strip() for line in [*promised, *hoarder.stdout]]


async def test_whenever_the_program_is_killed_what_it_promised_is_there(
    folder: Path,
) -> None:
    promised = [
        each for count in (1, 3, 7) for each in promised_before_a_kill(folder, count)
    ]
    spool = await reopened(folder)
    notes = await spool.waiting()
    assert set(promised) <= {note.id for note in notes}
    assert len(notes) - len(promised) <= 3  # durable, but not told any more
    for note in notes:
        assert len(await spool.load(note)) == 20_000
    assert not any(name.endswith(".part") for name in names(folder))
