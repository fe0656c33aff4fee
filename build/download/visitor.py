"""python visitor.py ADDRESS: a browser, as far as the smoke test needs one.

Enters by the invitation *ADDRESS*, and asks for every page of this checkout.
"""

import json
import sys
from http.cookiejar import CookieJar
from pathlib import Path
from urllib.request import HTTPCookieProcessor, Request, build_opener

STATIC = Path(__file__).parents[2] / "agent/dashboard/static"
PLACES = {"index.html": "/", "enter.html": "/enter"}


def main() -> None:
    place, _, token = sys.argv[1].partition("#")
    server = place.removesuffix("/enter")
    opener = build_opener(HTTPCookieProcessor(CookieJar()))
    body = json.dumps({"token": token}).encode()
    kind = {"Content-Type": "application/json"}
    entrance = Request(f"{server}/api/session", body, kind)  # noqa: S310 # it is ours
    opener.open(entrance, timeout=5).read()
    for path in sorted(STATIC.iterdir()):
        place = PLACES.get(path.name, f"/static/{path.name}")
        if opener.open(f"{server}{place}", timeout=5).read() != path.read_bytes():
            sys.exit(f"{place} is another one")


main()
