"""Who may look: one-time invitations, and the sessions that they become.

A cookie is sent to every port of this computer, whoever listens there. So it opens
nothing by itself: with it goes a key that the browser gives to our page alone.
"""

import hashlib
import hmac
import secrets

import msgspec

INVITED_FOR = 120.0
"""Seconds within which an invitation has to be used."""
KEPT_FOR = 12 * 3600.0
"""Seconds after its last use for which a session is kept."""
MOST_INVITATIONS, MOST_SESSIONS = 8, 32

_BYTES = 32


class Pass(msgspec.Struct, frozen=True):
    """What opens a session: the browser keeps the *cookie*, the page the *key*."""

    cookie: str
    key: str


class _Session(msgspec.Struct):
    key: bytes
    used: float


class Keys:
    """Knows only digests, so that no comparison tells how much of a guess is right."""

    def __init__(self) -> None:
        self._invitations: dict[bytes, float] = {}
        self._sessions: dict[bytes, _Session] = {}

    def invite(self, now: float) -> str:
        """A token that is good for one session, soon."""
        token = secrets.token_urlsafe(_BYTES)
        self._invitations[_digest(token)] = now + INVITED_FOR
        while len(self._invitations) > MOST_INVITATIONS:
            del self._invitations[next(iter(self._invitations))]
        return token

    def redeem(self, token: str, now: float) -> Pass | None:
        """The session that *token* is good for; None if it is not, or not any more."""
        until = _taken(self._invitations, _digest(token))
        if until is None or now > until:
            return None
        found = Pass(secrets.token_urlsafe(_BYTES), secrets.token_urlsafe(_BYTES))
        self._sessions[_digest(found.cookie)] = _Session(_digest(found.key), now)
        while len(self._sessions) > MOST_SESSIONS:
            del self._sessions[min(self._sessions, key=self._last_used)]
        return found

    def knows(self, cookie: str, now: float) -> bool:
        """Whether *cookie* is of a session: enough to be given the page, which says
        nothing of anybody."""
        return self._session(cookie, now) is not None

    def opens(self, cookie: str, key: str, now: float) -> bool:
        """Whether both belong together: enough for everything."""
        session = self._session(cookie, now)
        if session is None or not hmac.compare_digest(session.key, _digest(key)):
            return False
        session.used = now
        return True

    def _session(self, cookie: str, now: float) -> _Session | None:
        wanted = _digest(cookie)
        for digest, session in self._sessions.items():
            if hmac.compare_digest(digest, wanted):
                return session if now <= session.used + KEPT_FOR else None
        return None

    def _last_used(self, digest: bytes) -> float:
        return self._sessions[digest].used


def _taken(invitations: dict[bytes, float], wanted: bytes) -> float | None:
    for digest in list(invitations):
        if hmac.compare_digest(digest, wanted):
            return invitations.pop(digest)
    return None


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
