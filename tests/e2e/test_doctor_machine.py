"""`tonny-agent doctor` on a computer that is not as it should be: settings, folders, the
record, devices. Each fault has a name, and nothing else is blamed."""

import os
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
import trio

from agent.events import Entry, Heard, Ready
from agent.record.store import open_store
from tests.e2e.doctor import Env, diagnosed, faults, home
from tests.rigs.mortal import mortal, mounting, quoted
from tests.rigs.pulse import Pulse, skip_without_sound

Plant = Callable[[Path, Env], list[str] | None]
"""Does harm in a folder, where ``data`` and ``home`` are, or in the environment; returns
what has to run the command, if anything has."""


def _settings(text: str | bytes, mode: int = 0o600) -> Plant:
    def plant(folder: Path, env: Env) -> list[str]:
        path = folder / "agent.toml"
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        path.chmod(mode)
        env["TONNY_CONFIG"] = str(path)
        return [] if mode else mortal()

    return plant


def _environment(**given: str) -> Plant:
    def plant(folder: Path, env: Env) -> None:
        env.update(given)

    return plant


def _settings_in_a_folder(folder: Path, env: Env) -> None:
    (folder / "home/.config/tonny-agent/agent.toml").mkdir(parents=True)


def _settings_that_are_away(folder: Path, env: Env) -> None:
    env["TONNY_CONFIG"] = str(folder / "agent.toml")


def _file_for_folder(folder: Path, env: Env) -> None:
    (folder / "data").rmdir()
    (folder / "data").touch(0o600)


def _file_on_the_way(folder: Path, env: Env) -> None:
    (folder / "file").touch(0o600)
    env["TONNY_DATA_DIR"] = str(folder / "file" / "data")


def _link_to_itself(folder: Path, env: Env) -> None:
    (folder / "data").rmdir()
    (folder / "data").symlink_to("data")


def _link_to_nowhere(folder: Path, env: Env) -> None:
    (folder / "data").rmdir()
    (folder / "data").symlink_to("nowhere")


def _folder_not_to_be_written(folder: Path, env: Env) -> list[str]:
    (folder / "data").chmod(0o500)
    return mortal()


def _folder_not_to_be_made(folder: Path, env: Env) -> list[str]:
    (folder / "closed").mkdir(0o500)
    env["TONNY_DATA_DIR"] = str(folder / "closed" / "data")
    return mortal()


def _disk_not_to_be_written(folder: Path, env: Env) -> list[str]:
    data = quoted(folder / "data")
    again = f"mount -o remount,bind,ro {data}"
    return mounting(f"mount --bind {data} {data}", again)


def _full_disk(folder: Path, env: Env) -> list[str]:
    data = quoted(folder / "data")
    fill = f"umask 077; (dd if=/dev/zero of={data}/filler bs=4k 2>/dev/null || true)"
    return mounting(f"mount -t tmpfs -o size=1m,mode=0700 none {data}", fill)


def _disk_nearly_full(folder: Path, env: Env) -> list[str]:
    data = quoted(folder / "data")
    return mounting(f"mount -t tmpfs -o size=50m,mode=0700 none {data}")


def _limits(folder: Path, env: Env) -> list[str]:
    """What `ulimit` may do, the hard limit of files too."""
    prlimit = shutil.which("prlimit")
    if prlimit is None:
        pytest.skip("no prlimit")
    return [prlimit, "--nofile=64:64", "--fsize=1000"]


def _record(folder: Path) -> Path:
    """A good one, of some hundred pages."""
    path = folder / "data" / "tonny.db"

    async def fill() -> None:
        async with open_store(path) as store:
            heard = Heard(1, "word " * 200, "de")
            await store.write([Entry(time.time(), "s", heard)] * 200)

    trio.run(fill)
    return path


def _no_database(folder: Path, env: Env) -> None:
    path = folder / "data" / "tonny.db"
    path.write_bytes(b"no database " * 1000)
    path.chmod(0o600)


def _over(path: Path, at: int, size: int) -> None:
    with path.open("r+b") as file:
        file.seek(at)
        file.write(os.urandom(size))


def _damaged_header(folder: Path, env: Env) -> None:
    _over(_record(folder), 0, 100)


def _damaged_page(folder: Path, env: Env) -> None:
    path = _record(folder)
    _over(path, path.stat().st_size // 8192 * 4096, 4096)


def _half_a_record(folder: Path, env: Env) -> None:
    path = _record(folder)
    os.truncate(path, path.stat().st_size // 2)


def _empty_record(folder: Path, env: Env) -> None:
    (folder / "data" / "tonny.db").touch(0o600)


def _folder_for_record(folder: Path, env: Env) -> None:
    (folder / "data" / "tonny.db").mkdir(0o700)


def _record_of_another(folder: Path, env: Env) -> list[str]:
    (folder / "data" / "tonny.db").touch(0)
    return mortal()


def _newer_record(version: int) -> Plant:
    def plant(folder: Path, env: Env) -> None:
        with closing(sqlite3.connect(_record(folder))) as db:
            db.execute(f"PRAGMA user_version = {version}")

    return plant


def _foreign_record(folder: Path, env: Env) -> None:
    path = folder / "data" / "tonny.db"
    with closing(sqlite3.connect(path)) as db:
        db.execute("CREATE TABLE recipes (cake TEXT)")
    path.chmod(0o600)


def _killed(folder: Path) -> Path:
    """The log of a record whose writer was killed."""
    path = _record(folder)
    writer = (
        "import os, sqlite3, sys; db = sqlite3.connect(sys.argv[1]);"
        "[(db.execute('INSERT INTO seen VALUES (hex(randomblob(3000)), 1)'), db.commit())"
        " for _ in range(9)]; os._exit(0)"
    )
    subprocess.run([sys.executable, "-c", writer, path], check=True)
    log = path.with_name("tonny.db-wal")
    log.chmod(0o600)
    path.with_name("tonny.db-shm").chmod(0o600)
    assert log.stat().st_size > 5 * 4096
    return log


def _whole_log(folder: Path, env: Env) -> None:
    """No harm at all: what is in it is not lost."""
    _killed(folder)


def _log_that_breaks_off(folder: Path, env: Env) -> None:
    """As a power failure may leave it, and none that SQLite minds."""
    log = _killed(folder)
    os.truncate(log, log.stat().st_size - 1000)


def _damaged_log(folder: Path, env: Env) -> None:
    _over(_killed(folder), 2 * 4096, 64)


def _garbage_for_log(folder: Path, env: Env) -> None:
    _over(_killed(folder), 0, 32)


def _record_from_the_future(folder: Path, env: Env) -> None:
    path = folder / "data" / "tonny.db"

    async def fill() -> None:
        async with open_store(path) as store:
            await store.write([Entry(time.time() + 90_000, "s", Ready("n8n"))])

    trio.run(fill)


def _empty_model(folder: Path, env: Env) -> None:
    shutil.copytree(env["TONNY_MODELS_DIR"], folder / "models")
    (folder / "models/moonshine-tiny-en/tokenizer.bin").write_bytes(b"")
    env["TONNY_MODELS_DIR"] = str(folder / "models")


def _recording_that_is_none(folder: Path, env: Env) -> None:
    (folder / "question.wav").write_text("no sound")
    env["TONNY_AUDIO__MICROPHONE"] = str(folder / "question.wav")


def _start_of_what_is_gone(folder: Path, env: Env) -> None:
    """At log-in, a program that was removed."""
    entry = folder / "home/.config/autostart/tonny-agent.desktop"
    entry.parent.mkdir(parents=True)
    entry.write_text(
        "[Desktop Entry]\nType=Application\nName=Tonny\nExec=/gone/tonny-agent run\n"
    )


def _broken_portaudio(folder: Path, env: Env) -> list[str]:
    if os.environ.get("TONNY_PROGRAM"):
        pytest.skip("the compiled program carries a PortAudio of its own")
    env["TONNY_AUDIO__SPEAKER"] = "default"
    cache = subprocess.run(
        ["/sbin/ldconfig", "-p"], capture_output=True, text=True, check=True
    )
    found = [line for line in cache.stdout.splitlines() if "libportaudio" in line]
    if not found:
        pytest.skip("there is no PortAudio that could be taken away")
    paths = {os.path.realpath(line.rpartition(" => ")[2]) for line in found}
    return mounting(*(f"mount --bind /dev/null {path}" for path in paths))


def _all(*plants: Plant) -> Plant:
    def plant(folder: Path, env: Env) -> None:
        for each in plants:
            each(folder, env)

    return plant


PLANTED: dict[str, tuple[Plant, set[str]]] = {
    "settings in a folder": (_settings_in_a_folder, {"config.unreadable"}),
    "settings that are away": (_settings_that_are_away, {"config.unreadable"}),
    "settings nobody may read": (_settings("[tts]", 0), {"config.unreadable"}),
    "settings in UTF-16": (_settings("[tts]".encode("utf-16")), {"config.syntax"}),
    "settings without quotes": (_settings("[tts]\nvoice = Tom"), {"config.syntax"}),
    "an unknown setting": (_settings("[tts]\nspede = 1"), {"config"}),
    "an unknown section": (_settings("[workflw]\nurl = 'http://h/'"), {"config"}),
    "a wrong value": (_settings("[tts]\nspeed = 'fast'"), {"config"}),
    "an unknown variable": (_environment(TONNY_STT__URLL="ws://h/"), {"config"}),
    "an address without host": (_environment(TONNY_STT__URL="ws:///asr"), {"config"}),
    "a wrong scheme": (_environment(TONNY_WORKFLOW__URL="ws://h/webhook"), {"config"}),
    "a port that is none": (_environment(TONNY_STT__URL="ws://h:99999/"), {"config"}),
    "an unknown language": (_environment(TONNY_STT__LANGUAGE="tlh"), {"config"}),
    "a key sent in the clear": (
        _environment(TONNY_TTS__BASE_URL="http://192.0.2.1"),
        {"config"},
    ),
    "a file for a folder": (_file_for_folder, {"data-folder.file"}),
    "a file on the way": (_file_on_the_way, {"data-folder.file"}),
    "a link to itself": (_link_to_itself, {"data-folder.link"}),
    "a link to nowhere": (_link_to_nowhere, {"data-folder.link"}),
    "a folder not to be written": (
        _folder_not_to_be_written,
        {"data-folder.read-only"},
    ),
    "a folder not to be made": (_folder_not_to_be_made, {"data-folder.read-only"}),
    "a disk not to be written": (_disk_not_to_be_written, {"data-folder.read-only"}),
    "a full disk": (_full_disk, {"data-folder.full"}),
    "a disk that is nearly full": (_disk_nearly_full, {"data-folder.full"}),
    "limits of the process": (_limits, {"limits.files", "data-folder.full"}),
    "no database": (_no_database, {"record.damaged"}),
    "a damaged header": (_damaged_header, {"record.damaged"}),
    "a damaged page": (_damaged_page, {"record.damaged"}),
    "half a record": (_half_a_record, {"record.damaged"}),
    "an empty record": (_empty_record, {"record.empty"}),
    "a folder for a record": (_folder_for_record, {"record.file"}),
    "a record nobody may read": (_record_of_another, {"record.read-only"}),
    "a record of a newer Tonny": (_newer_record(9), {"record.newer"}),
    "a record of the far future": (_newer_record(9999), {"record.newer"}),
    "a record of another program": (_foreign_record, {"record.foreign"}),
    "a log that is whole": (_whole_log, set()),
    "a log that breaks off": (_log_that_breaks_off, set()),
    "a damaged log": (_damaged_log, {"record.log"}),
    "garbage for a log": (_garbage_for_log, {"record.log"}),
    "a record from the future, a model and a program that are gone": (
        _all(_record_from_the_future, _empty_model, _start_of_what_is_gone),
        {"clock", "models", "stt.moonshine", "autostart"},
    ),
    "files that play no part": (
        _all(
            _recording_that_is_none,
            _environment(TONNY_AUDIO__SPEAKER="/nowhere/said.wav"),
        ),
        {"microphone.file", "speaker.file"},
    ),
    "a broken PortAudio": (_broken_portaudio, {"audio.portaudio"}),
}

SETTINGS = {"config", "config.unreadable", "config.syntax"} | {
    "microphone.file",
    "speaker.file",
}


@pytest.mark.parametrize("planted", PLANTED)
def test_each_fault_is_named(planted: str, tmp_path: Path, models: Path) -> None:
    plant, wanted = PLANTED[planted]
    env = home(tmp_path)
    before = plant(tmp_path, env)
    status, report = diagnosed(env, before=before or ())
    assert faults(report) == wanted, report
    assert status == (78 if wanted & SETTINGS else int(bool(wanted)))


@pytest.fixture
def pulse() -> Iterator[Pulse]:
    skip_without_sound()
    with Pulse() as server:
        yield server


def at_the(pulse: Pulse, folder: Path) -> Env:
    """Where microphone and speaker are those of *pulse*."""
    there = {name: it for name, it in pulse.env.items() if name.startswith("PULSE_")}
    sound = {"TONNY_AUDIO__MICROPHONE": "default", "TONNY_AUDIO__SPEAKER": "default"}
    return {**home(folder), **there, **sound}


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ({"TONNY_AUDIO__MICROPHONE": "mute_mic"}, "level.dead"),
        ({"TONNY_AUDIO__MICROPHONE": "no such"}, "microphone.absent"),
        ({"TONNY_AUDIO__SPEAKER": "no such"}, "speaker.absent"),
    ],
)
def test_a_device_that_is_mute_or_absent_is_named(
    given: Env, wanted: str, tmp_path: Path, models: Path, pulse: Pulse
) -> None:
    with pulse.humming():
        status, report = diagnosed({**at_the(pulse, tmp_path), **given})
    assert faults(report) == {wanted}
    assert status == 1


def test_a_microphone_that_sends_nothing_is_named(
    tmp_path: Path, models: Path, pulse: Pulse
) -> None:
    pulse.pactl("suspend-source", "mic", "1")
    assert faults(diagnosed(at_the(pulse, tmp_path))[1]) == {"level.deaf"}


def test_a_sound_server_without_a_microphone_is_named(
    tmp_path: Path, models: Path, pulse: Pulse
) -> None:
    pulse.unplug("mic")
    pulse.unplug("mute_mic")
    assert faults(diagnosed(at_the(pulse, tmp_path))[1]) == {"microphone"}


def test_a_sound_server_that_hangs_is_named(
    tmp_path: Path, models: Path, pulse: Pulse
) -> None:
    pulse.freeze()
    status, report = diagnosed(at_the(pulse, tmp_path))
    pulse.thaw()
    assert status == 1
    assert faults(report) == {"audio.silent"}


def test_where_all_is_well_nothing_is_said(
    tmp_path: Path, models: Path, pulse: Pulse
) -> None:
    with pulse.humming():
        status, report = diagnosed(at_the(pulse, tmp_path))
    assert faults(report) == set()
    assert status == 0
