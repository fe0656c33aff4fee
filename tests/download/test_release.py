"""Checksums and signatures, with a key that is thrown away."""

import shutil
import subprocess
from pathlib import Path

import pytest

from download import release


@pytest.fixture
def out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "out"
    folder.mkdir()
    (folder / "tonny-agent").write_bytes(b"the program")
    (folder / "sbom.cdx.json").write_bytes(b"{}")
    monkeypatch.setattr(release, "OUT", folder)
    monkeypatch.setattr(release, "SUMS", folder / "SHA256SUMS")
    return folder


def whole(out: Path) -> bool:
    command = ["sha256sum", "--check", "--quiet", "--strict", "SHA256SUMS"]
    return subprocess.run(command, cwd=out, check=False).returncode == 0


def test_checksums_are_what_sha256sum_checks(out: Path) -> None:
    release.checksums()
    assert whole(out)
    (out / "tonny-agent").write_bytes(b"another program")
    assert not whole(out)


def test_checksums_do_not_sum_themselves(out: Path) -> None:
    release.checksums()
    first = (out / "SHA256SUMS").read_text()
    release.checksums()
    assert (out / "SHA256SUMS").read_text() == first


def test_a_signature_is_worth_nothing_once_a_sum_was_changed(
    out: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if shutil.which("minisign") is None:
        pytest.skip("not installed: minisign")
    secret, public = tmp_path / "key", tmp_path / "key.pub"
    make = ["minisign", "-G", "-W", "-s", str(secret), "-p", str(public)]
    subprocess.run(make, check=True, stdout=subprocess.DEVNULL)
    monkeypatch.setenv(release.KEY, str(secret))
    release.checksums()
    release.sign()
    verify = ["minisign", "-V", "-q", "-p", str(public), "-m", str(out / "SHA256SUMS")]
    assert subprocess.run(verify, check=False).returncode == 0
    (out / "SHA256SUMS").write_text("0" * 64 + "  tonny-agent\n")
    assert subprocess.run(verify, check=False, stderr=subprocess.DEVNULL).returncode


def test_without_a_key_it_says_which_is_missing(
    out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(release.KEY, raising=False)
    with pytest.raises(SystemExit, match=release.KEY):
        release.sign()
