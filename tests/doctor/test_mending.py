"""What is safe to mend is mended, and nothing else is touched."""

from pathlib import Path

from agent.doctor.findings import fault
from agent.doctor.folder import check_folder
from agent.doctor.mending import mend
from agent.doctor.record import check_record
from agent.record.backups import backups
from agent.record.store import open_store


async def test_what_others_can_read_they_can_no_longer(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    (folder / "speech").mkdir(parents=True)
    for path in (folder, folder / "speech"):
        path.chmod(0o755)
    for name in ("tonny.db", "speech/1.raw"):
        (folder / name).touch(0o644)
    settings = tmp_path / "agent.toml"
    settings.touch(0o644)
    found = [*await check_folder(folder), fault("config.exposed", "", "")]
    done = list(mend(found, folder, settings))
    assert f"chmod 700 {folder}" in done
    assert f"chmod 600 {folder / 'speech' / '1.raw'}" in done
    modes = {oct(path.stat().st_mode & 0o777) for path in folder.rglob("*")}
    assert modes == {"0o700", "0o600"}
    assert settings.stat().st_mode & 0o777 == 0o600
    assert [finding.code for finding in await check_folder(folder)] == ["data-folder"]
    assert list(mend(await check_folder(folder), folder, settings)) == []


async def test_a_file_alone_that_is_open_is_found_and_mended(tmp_path: Path) -> None:
    (tmp_path / "tonny.db").touch(0o644)  # pytest's folder is private
    found = await check_folder(tmp_path)
    assert [finding.code for finding in found] == ["files.open"]
    assert list(mend(found, tmp_path, None)) == [f"chmod 600 {tmp_path / 'tonny.db'}"]


async def test_links_are_left_alone(tmp_path: Path) -> None:
    folder, elsewhere = tmp_path / "data", tmp_path / "elsewhere"
    folder.mkdir(0o755)
    folder.chmod(0o755)
    elsewhere.touch(0o644)
    (folder / "link").symlink_to(elsewhere)
    list(mend(await check_folder(folder), folder, None))
    assert elsewhere.stat().st_mode & 0o777 == 0o644


async def test_a_folder_that_is_not_there_is_made(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "data"
    assert list(mend(await check_folder(folder), folder, None)) == [f"made {folder}"]
    assert folder.stat().st_mode & 0o777 == 0o700


async def test_what_cannot_be_mended_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    folder = tmp_path / "file" / "data"
    (told,) = mend([fault("data-folder.absent", "", "")], folder, None)
    assert told.startswith(f"could not: made {folder}")


async def test_a_sound_record_has_a_backup_of_today_afterwards(tmp_path: Path) -> None:
    record = tmp_path / "tonny.db"
    async with open_store(record):
        found = await check_record(tmp_path, "tonny.db")
        assert list(mend(found, tmp_path, None)) == [f"made a backup of {record}"]
        assert list(mend(found, tmp_path, None)) == []
    (made,) = backups(record)
    made.rename(made.with_name("tonny-20260101T000000Z.db"))
    assert list(mend(found, tmp_path, None)) == [f"made a backup of {record}"]
    assert len(backups(record)) == 2


async def test_a_damaged_one_has_none(tmp_path: Path) -> None:
    record = tmp_path / "tonny.db"
    record.write_bytes(b"no database" * 1000)
    assert list(mend(await check_record(tmp_path, "tonny.db"), tmp_path, None)) == []
    assert backups(record) == []


async def test_one_that_was_replaced_is_told_of(tmp_path: Path) -> None:
    record = tmp_path / "tonny.db"
    record.write_bytes(b"no database" * 1000)
    async with open_store(record, mend=True) as store:
        assert store.replaced is not None
    told = (await check_record(tmp_path, "tonny.db"))[-1]
    assert told.code == "record.replaced"
    assert told.severity == "note"
    assert f"rm {store.replaced.aside}*" in told.remedy
