"""The page itself: a few files, read once, and no others can be asked for."""

from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

_FOLDER = Path(__file__).parent / "static"
_KINDS = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
_PLACES = {"index.html": "/", "enter.html": "/enter"}


def routes() -> list[Route]:
    """One for each file there is; blocks while they are read."""
    return [
        _route(_PLACES.get(path.name, f"/static/{path.name}"), path)
        for path in sorted(_FOLDER.iterdir())
        if path.suffix in _KINDS
    ]


def _route(place: str, path: Path) -> Route:
    content, kind = path.read_bytes(), _KINDS[path.suffix]

    async def page(_: Request) -> Response:
        return Response(content, media_type=kind)

    return Route(place, page, methods=["GET"])
