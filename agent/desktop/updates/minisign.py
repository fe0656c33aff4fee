"""Signatures in the format of minisign: Ed25519 over a file and over a comment.

https://jedisct1.github.io/minisign/#signature-format
"""

import base64
import binascii
import hashlib

import msgspec
from nacl.exceptions import BadSignatureError
from nacl.signing import VerifyKey

from agent.errors import Misconfigured, Refused

_PLAIN, _HASHED = b"Ed", b"ED"
_KEY, _SIGNATURE = 2 + 8 + 32, 2 + 8 + 64
_COMMENT = "trusted comment: "


class Key(msgspec.Struct, frozen=True):
    """A public key, and the number that signatures by it carry."""

    number: bytes
    point: bytes


def read_key(text: str) -> Key:
    """The line of a ``.pub`` file that is no comment; raises `Misconfigured`."""
    raw = _decoded(text)
    if raw is None or len(raw) != _KEY or raw[:2] != _PLAIN:
        raise Misconfigured("update.key has to be the second line of a minisign.pub")
    return Key(raw[2:10], raw[10:])


def verify(content: bytes, signature: str, key: str) -> None:
    """Raises `Refused` unless *signature* is of *content*, and by *key*."""
    public = read_key(key)
    lines = signature.split("\n")
    if len(lines) < 4 or not lines[2].startswith(_COMMENT):
        raise Refused("the announcement's signature is not one of minisign's")
    raw, overall = _decoded(lines[1]), _decoded(lines[3])
    if raw is None or len(raw) != _SIGNATURE or overall is None or len(overall) != 64:
        raise Refused("the announcement's signature is not one of minisign's")
    kind, number, signed = raw[:2], raw[2:10], raw[10:]
    if number != public.number:
        raise Refused("the announcement is signed with another key than update.key")
    if kind == _HASHED:
        content = hashlib.blake2b(content).digest()
    elif kind != _PLAIN:
        raise Refused("the announcement's signature is of an unknown kind")
    comment = lines[2].removeprefix(_COMMENT).rstrip("\r").encode()
    verifier = VerifyKey(public.point)
    try:
        verifier.verify(content, signed)
        verifier.verify(signed + comment, overall)
    except BadSignatureError:
        raise Refused(
            "the announcement's signature is wrong: somebody has altered it"
        ) from None


def _decoded(text: str) -> bytes | None:
    try:
        return base64.b64decode(text.strip(), validate=True)
    except (binascii.Error, ValueError):
        return None
