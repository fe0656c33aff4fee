"""The code of the installer for Windows, by another Pascal and with a registry of one
value; how the installer is written is looked at in test_recipes.py."""

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.download.test_recipes import ENTRIES

APP = r"C:\Users\Zoë\Programs\Tonny".encode()

AROUND = """\
{{$mode delphi}}{{$warn 5023 off}}
uses SysUtils;
const
  HKEY_CURRENT_USER = 1;
type
  TUninstallStep = (usUninstall, usPostUninstall);

function ExpandConstant(Name: string): string;
begin
  Result := ParamStr(3);
end;

function RegQueryStringValue(Root: Integer; Key, Name: string; var Value: string): Boolean;
begin
  Value := ParamStr(2);
  Result := ParamStr(2) <> 'none';
end;

procedure RegWriteExpandStringValue(Root: Integer; Key, Name, Value: string);
begin
  Write('wrote ', Value);
end;

{code}
begin
  if ParamStr(1) = 'missing' then
    Write(IsMissing)
  else
    CurUninstallStepChanged(usPostUninstall);
end.
"""


@pytest.fixture(scope="module")
def installer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    compiler = shutil.which("fpc")
    if compiler is None:
        pytest.skip("not installed: fp-compiler")
    source = tmp_path_factory.mktemp("installer") / "installer.pas"
    source.write_text(AROUND.format(code=ENTRIES["Code"]))
    done = subprocess.run(
        [compiler, "-v0ew", "-Sew", str(source)],
        cwd=source.parent, stdout=subprocess.PIPE, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout
    return source.with_suffix("")


def told(installer: Path, asked: str, paths: bytes) -> bytes:
    command = [bytes(installer), asked.encode(), paths, APP]
    return subprocess.run(command, capture_output=True, check=True).stdout


@pytest.mark.parametrize(
    ("paths", "missing"),
    [
        (b"none", b"TRUE"),
        (b"", b"TRUE"),
        (rb"C:\one;D:\two", b"TRUE"),
        (rb"C:\one;" + APP + rb"\deeper", b"TRUE"),
        (APP, b"FALSE"),
        (rb"C:\one;" + APP, b"FALSE"),
        (APP.replace(b"Tonny", b"TONNY") + rb";D:\two", b"FALSE"),
    ],
)
def test_a_path_is_added_once(installer: Path, paths: bytes, missing: bytes) -> None:
    assert told(installer, "missing", paths) == missing


@pytest.mark.parametrize(
    ("paths", "left"),
    [
        (b"none", b""),
        (rb"C:\one;D:\two", b""),  # it is not there, and nothing is written
        (rb"C:\one;" + APP + rb"\deeper", b""),
        (APP, b"wrote "),
        (rb"C:\one;" + APP, rb"wrote C:\one"),
        (APP + rb";D:\two", rb"wrote D:\two"),
        (rb"C:\one;" + APP + rb";D:\two", rb"wrote C:\one;D:\two"),
    ],
)
def test_nothing_else_is_taken_away(installer: Path, paths: bytes, left: bytes) -> None:
    assert told(installer, "uninstall", paths) == left
