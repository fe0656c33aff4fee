"""The beginning of the single file, with a small program behind it."""

import io
import os
import shutil
import signal
import stat
import subprocess
import tarfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from download import single

PROGRAM = """\
#!/bin/sh
case $1 in
    where) printf '%s\\n' "$0" "$TONNY_SINGLE_FILE" ;;
    exit) exit 75 ;;
    wait) echo ready; exec sleep 60 ;;
    *) cat "$(dirname "$0")/agent/words.txt" ;;
esac
"""


@pytest.fixture(scope="module")
def launcher(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    found = "#include <zstd.h>\nint main(void) { return !ZSTD_versionNumber(); }"
    gcc = shutil.which("gcc")
    if gcc is None:
        pytest.skip("no gcc")
    target = tmp_path_factory.mktemp("launcher") / "launcher"
    probe = subprocess.run(
        [gcc, "-xc", "-", "-l:libzstd.a", "-o", str(target)],
        input=found.encode(),
        capture_output=True,
        check=False,
    )
    if probe.returncode != 0:
        pytest.skip("no libzstd to link with")
    flags = ["-O1", "-Wall", "-Wextra", "-Werror", "-fsanitize=address,undefined"]
    sources = [str(single.SOURCE), "-l:libzstd.a"]
    subprocess.run([gcc, *flags, "-o", str(target), *sources], check=True)
    return target.read_bytes()


def packed(files: Mapping[str, bytes]) -> bytes:
    """A tar of *files* as a Zstandard frame of blocks that are not compressed."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for name, content in files.items():
            folder = tarfile.TarInfo(str(Path(name).parent))
            folder.type, folder.mode = tarfile.DIRTYPE, 0o755
            if folder.name != ".":
                tar.addfile(folder)
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = len(content), 0o755
            tar.addfile(entry, io.BytesIO(content))
    tarred = out.getvalue()
    frame = b"\x28\xb5\x2f\xfd" + b"\x00\x58"  # a window of 2 MB
    for at in range(0, len(tarred), 1 << 17):
        block = tarred[at : at + (1 << 17)]
        last = at + len(block) == len(tarred)
        frame += (len(block) << 3 | last).to_bytes(3, "little") + block
    return frame


class World:
    """A file that was downloaded, and a home."""

    def __init__(self, folder: Path, launcher: bytes) -> None:
        self._launcher = launcher
        self.home = folder / "Zoë's home"
        self.home.mkdir()
        self.cache = self.home / ".cache/tonny-agent/program"
        self.file = folder / "a tonny-agent"
        self.install()

    def install(self, name: str = "1.0-abc", words: bytes = b"hello\n") -> None:
        files = {"top/tonny-agent": PROGRAM.encode(), "top/agent/words.txt": words}
        self.write(
            single.joined(self._launcher, packed(files), name, "top/tonny-agent")
        )

    def write(self, content: bytes) -> None:
        self.file.unlink(missing_ok=True)
        self.file.write_bytes(content)
        self.file.chmod(0o755)

    def environment(self, **more: str) -> dict[str, str]:
        return {"HOME": str(self.home), "PATH": os.environ["PATH"], **more}

    def run(self, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(self.file), *arguments],
            env=self.environment(**more),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )


@pytest.fixture
def world(tmp_path: Path, launcher: bytes) -> World:
    return World(tmp_path, launcher)


def test_it_unpacks_itself_once_and_becomes_the_program(world: World) -> None:
    assert world.run().stdout == "hello\n"
    (unpacked,) = world.cache.iterdir()
    assert unpacked.name == "1.0-abc"
    (unpacked / "top/agent/words.txt").write_text("kept\n")
    assert world.run().stdout == "kept\n"  # nothing was unpacked again


def test_what_it_unpacks_is_the_users_alone(world: World) -> None:
    world.run()
    for path in [world.cache, *world.cache.rglob("*")]:
        assert not stat.S_IMODE(path.stat().st_mode) & 0o077, path


def test_the_program_knows_which_file_the_user_started(world: World) -> None:
    program, file = world.run("where").stdout.splitlines()
    assert program == str(world.cache / "1.0-abc/top/tonny-agent")
    assert file.partition(" ")[2] == str(world.file)


def test_the_exit_status_is_the_programs(world: World) -> None:
    assert world.run("exit").returncode == 75


def test_a_signal_is_the_programs(world: World) -> None:
    world.run()
    command = [str(world.file), "wait"]
    with subprocess.Popen(
        command, env=world.environment(), stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == -signal.SIGTERM


def test_an_upgrade_removes_what_nobody_uses(world: World) -> None:
    world.run()
    world.install("1.1-def", b"newer\n")
    assert world.run().stdout == "newer\n"
    assert [path.name for path in world.cache.iterdir()] == ["1.1-def"]


def test_an_upgrade_leaves_the_version_that_runs(world: World) -> None:
    world.run()
    with subprocess.Popen(
        [str(world.file), "wait"],
        env=world.environment(),
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        world.install("1.1-def")
        world.run()
        assert (world.cache / "1.0-abc/top/tonny-agent").exists()
        process.kill()
    world.install("1.2-ghi")
    world.run()
    assert [path.name for path in world.cache.iterdir()] == ["1.2-ghi"]


def test_what_was_interrupted_is_unpacked_anew_and_tidied_up(world: World) -> None:
    half = world.cache / "1.0-abc"
    half.mkdir(parents=True)
    (half / "top/agent").mkdir(parents=True)
    (world.cache / ".unpacking/agent").mkdir(parents=True)
    for folder in (world.cache.parent, world.cache):
        folder.chmod(0o700)
    assert world.run().stdout == "hello\n"
    assert [path.name for path in world.cache.iterdir()] == ["1.0-abc"]


def test_many_at_once_all_find_it_whole(world: World) -> None:
    world.install(words=b"word\n" * 200_000)
    running = [
        subprocess.Popen(
            [str(world.file)], env=world.environment(), stdout=subprocess.PIPE
        )
        for _ in range(8)
    ]
    outputs = [process.communicate(timeout=60)[0] for process in running]
    assert [len(output) for output in outputs] == [1_000_000] * 8
    assert [path.name for path in world.cache.iterdir()] == ["1.0-abc"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root writes everywhere")
def test_in_a_read_only_home_it_finds_another_place(
    world: World, tmp_path: Path
) -> None:
    world.home.chmod(0o555)
    assert world.run(TMPDIR=str(tmp_path)).stdout == "hello\n"


def test_without_a_home_it_finds_another_place(world: World, tmp_path: Path) -> None:
    done = world.run(HOME="", XDG_CACHE_HOME="", TMPDIR=str(tmp_path))
    assert done.stdout == "hello\n"
    assert not world.cache.exists()


def test_a_place_that_others_may_write_to_is_not_used(world: World) -> None:
    """What is unpacked there, anybody could replace."""
    world.cache.mkdir(parents=True)
    world.cache.chmod(0o777)
    assert world.run().stdout == "hello\n"
    assert not list(world.cache.iterdir())


@pytest.mark.parametrize("left", [-9, -1000, 300_000], ids=str)
def test_a_file_that_was_cut_says_so(world: World, left: int) -> None:
    world.write(world.file.read_bytes()[:left])
    done = world.run()
    assert done.returncode == 74
    assert "this file is damaged; download it again" in done.stderr
    assert not world.cache.exists() or not list(world.cache.iterdir())


def test_packed_rubbish_says_so(world: World, launcher: bytes) -> None:
    world.write(single.joined(launcher, bytes(range(256)) * 100, "1.0-abc", "x"))
    done = world.run()
    assert done.returncode == 74
    assert "damaged" in done.stderr


def test_a_name_that_is_too_long_is_never_built() -> None:
    with pytest.raises(ValueError, match="no name"):
        single.joined(b"", b"", "x" * 64, "x")
