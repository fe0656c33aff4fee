"""Which servers there are, and how each is addressed."""

from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import msgspec

from agent.config.settings import Secret, Server, Stt
from agent.errors import Misconfigured, Refused


class Peer(msgspec.Struct, frozen=True):
    """A server and what is asked of it; sessions with equal peers are alike.

    *name* is empty for the one at ``stt.url``; *languages* are those that it knows,
    all if none is named; *ca* is a file with an authority's certificate.
    """

    name: str
    url: str
    token: Secret = Secret()
    model: str = ""
    languages: tuple[str, ...] = ()
    language: str = "auto"
    ca: str = ""
    finish: str = "auto"

    @property
    def session(self) -> str:
        """Where a session is opened."""
        return session_url(self.url, self.language)

    @property
    def tls(self) -> bool:
        return self.session.startswith("wss:")

    @property
    def shown(self) -> str:
        """The address as a message may have it: without password and query."""
        parts = urlsplit(self.session)
        return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"


def check_language(peer: Peer) -> None:
    """Raises `Refused` when *peer* is not for the language: it would answer with
    silence."""
    if peer.languages and peer.language not in (*peer.languages, "auto"):
        known = ", ".join(peer.languages)
        raise Refused(
            f'the server "{peer.name}" does not know "{peer.language}": it has {known}'
            f" (stt.language, stt.servers.{peer.name}.languages)"
        )


def peers(stt: Stt) -> dict[str, Peer]:
    """All that are configured, by name; unless one is named, the first is used.

    Raises `Misconfigured` for what can never be sent.
    """
    unnamed = {"": Server(url=stt.url, token=stt.token, model=stt.model)}
    servers = {**(unnamed if stt.url else {}), **stt.servers}
    return {name: _peer(name, server, stt) for name, server in servers.items()}


def _peer(name: str, server: Server, stt: Stt) -> Peer:
    peer = Peer(
        name=name,
        url=server.url,
        token=server.token,
        model=server.model,
        languages=server.languages,
        language=stt.language,
        ca=stt.ca,
        finish=stt.finish,
    )
    section = f"stt.servers.{name}" if name else "stt"
    try:
        whole = urlsplit(peer.session).port != 0
    except ValueError:  # half an IPv6 address, or a port that is no number
        whole = False
    if not whole:
        raise Misconfigured(f"{section}.url is no address such as ws://localhost:8000")
    token = peer.token.reveal()
    # The libraries would quote it when they refuse it.
    if not (token.isascii() and token.isprintable() and token == token.strip()):
        raise Misconfigured(f"{section}.token has characters that no header can have")
    return peer


def session_url(url: str, language: str) -> str:
    """The address of a session: what the user gave, completed."""
    parts = urlsplit(url if "://" in url else f"ws://{url}")
    scheme = {"http": "ws", "https": "wss"}.get(parts.scheme, parts.scheme)
    query = dict(parse_qsl(parts.query))
    query.setdefault("mode", "full")
    if language != "auto":
        query.setdefault("language", language)
    path = parts.path if parts.path not in {"", "/"} else "/asr"
    return urlunsplit((scheme, parts.netloc, path, urlencode(query), ""))
