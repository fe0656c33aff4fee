from pathlib import Path

from agent.doctor.folder import check_folder
from agent.doctor.record import check_record
from agent.record.store import open_store


def opened(folder: Path, mode: int) -> Path:
    folder.chmod(mode)
    return folder


async def codes(folder: Path) -> list[str]:
    return [finding.code for finding in await check_folder(folder)]


async def test_a_folder_that_is_not_there_yet_is_no_fault(tmp_path: Path) -> None:
    assert await codes(tmp_path / "new") == ["data-folder.absent"]


async def test_a_folder_that_others_can_read_is_one(tmp_path: Path) -> None:
    (found,) = await check_folder(opened(tmp_path, 0o755))
    assert found.code == "data-folder.open"
    assert found.remedy == f"chmod 700 {tmp_path}"
    assert await codes(opened(tmp_path, 0o700)) == ["data-folder"]


async def test_a_sound_record_is_told_as_one(tmp_path: Path) -> None:
    async with open_store(tmp_path / "tonny.db"):
        pass
    found = await check_record(tmp_path, "tonny.db")
    assert found[-1].code == "record"
    assert found[-1].severity == "ok"


async def test_a_damaged_one_with_its_remedy(tmp_path: Path) -> None:
    (tmp_path / "tonny.db").write_bytes(b"no database at all" * 1000)
    found = await check_record(tmp_path, "tonny.db")
    assert found[-1].severity == "fault"
    assert found[-1].remedy
