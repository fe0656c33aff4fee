"""Certificates for 127.0.0.1, each of which is an authority of its own."""

import shutil
import subprocess
from pathlib import Path

import pytest

_KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
_SUBJECT = ("-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1")

_AUTHORITY = """\
[ca]
default_ca = ours
[ours]
database = index
new_certs_dir = .
serial = serial
default_md = sha256
policy = any
x509_extensions = extensions
[any]
commonName = supplied
[extensions]
subjectAltName = IP:127.0.0.1
basicConstraints = CA:true
"""


def make_certificate(folder: Path) -> tuple[Path, Path]:
    """A key, and a certificate that is good for a month."""
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    made = ("-keyout", key, "-out", certificate)
    _openssl(folder, "req", "-x509", *_KEY, *_SUBJECT, *made)
    return key, certificate


def make_expired_certificate(folder: Path) -> tuple[Path, Path]:
    """A key, and a certificate that was good for a day in 2024."""
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    (folder / "authority.cnf").write_text(_AUTHORITY)
    (folder / "index").touch()
    (folder / "serial").write_text("01\n")
    wanted = folder / "wanted.pem"
    _openssl(folder, "req", *_KEY, *_SUBJECT, "-keyout", key, "-out", wanted)
    then = ("-startdate", "20240101000000Z", "-enddate", "20240102000000Z")
    signed = ("-selfsign", "-keyfile", key, "-in", wanted, "-out", certificate)
    config = ("-config", "authority.cnf", "-notext")
    _openssl(folder, "ca", "-batch", *config, *signed, *then)
    return key, certificate


def _openssl(folder: Path, *arguments: str | Path) -> None:
    program = shutil.which("openssl")
    if program is None:
        pytest.skip("no openssl to make a certificate with")
    subprocess.run([program, *arguments], cwd=folder, check=True, capture_output=True)
