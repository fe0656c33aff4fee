"""The dashboard of a running agent, in a real browser."""

import json
import os
import socket
import sqlite3
import stat
import struct
import subprocess
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import pytest
import trio

from tests.dashboard.history import write_day
from tests.e2e.agent_process import command, run_agent, silence, write_wav
from tests.e2e.browser import Browser, browsing
from tests.hearing import sound
from tests.standins.together import standing_in

SAID = "Please turn on the lights in the kitchen."


class Agent:
    """A running one, with the browser that looks at it."""

    def __init__(self, folder: Path, browser: Browser) -> None:
        self.data = folder / "data"
        self.browser = browser

    def drive(self, *arguments: str) -> str:
        done = run_agent(*arguments, "--data-dir", self.data)
        assert done.returncode in (0, 1), done.stderr.decode()
        return done.stdout.decode()

    @property
    def status(self) -> dict[str, object]:
        found: dict[str, object] = json.loads(self.drive("status", "--json"))
        return found

    def execute(self, sql: str) -> list[tuple[object, ...]]:
        with closing(sqlite3.connect(self.data / "tonny.db", timeout=5)) as db, db:
            return db.execute(sql).fetchall()


@pytest.fixture(scope="module")
def agent(tmp_path_factory: pytest.TempPathFactory, models: Path) -> Iterator[Agent]:
    """It has a past; now someone asks the same every few seconds, and the embedded
    recogniser hears, for WhisperLiveKit is away."""
    folder = tmp_path_factory.mktemp("dashboard")
    with ExitStack() as stack:
        browser = stack.enter_context(browsing(folder))
        patch = stack.enter_context(pytest.MonkeyPatch.context())
        runtime = folder / "runtime"
        runtime.mkdir(mode=0o700)
        patch.setenv("XDG_RUNTIME_DIR", str(runtime))
        services = {**standing_in(stack), "TONNY_STT__URL": "ws://127.0.0.1:1/asr"}
        trio.run(write_day, folder / "data" / "tonny.db")
        pcm = [sound.spoken(SAID), silence(4)]
        speech = write_wav(folder / "speech.wav", [silence(3), *pcm * 40])
        stack.enter_context(_running(folder, speech, services))
        yield Agent(folder, browser)


@contextmanager
def _running(folder: Path, speech: Path, services: dict[str, str]) -> Iterator[None]:
    arguments = command(
        "run", "--microphone", speech, "--speaker", "none",
        "--data-dir", folder / "data", "--json",
    )  # fmt: skip
    env = {**os.environ, **services, "TONNY_DASHBOARD__PORT": "0"}
    with (
        (folder / "out").open("wb") as out,
        subprocess.Popen(arguments, stdout=out, env=env) as running,
    ):
        while b'"name":"control"' not in (folder / "out").read_bytes():
            assert running.poll() is None
        try:
            yield
        finally:
            running.terminate()


@pytest.fixture
def page(agent: Agent) -> Browser:
    """The page, which the first test that needs it opens by an invitation."""
    browser = agent.browser
    if not browser.all("#talk"):
        browser.sized(1280, 900)
        browser.window.get(agent.drive("dashboard", "--no-browser").strip())
        browser.one("#talk .turn")
    return browser


def test_it_is_opened_by_an_invitation_that_is_not_left_behind(
    agent: Agent, page: Browser
) -> None:
    assert page.window.current_url.endswith("/")
    assert "#" not in page.window.current_url
    assert page.run("return document.cookie") == "", "scripts cannot read it"
    address = page.window.current_url
    page.window.get(f"{address}enter#{'A' * 43}")
    page.shows("#said", "used already, or is too old")
    page.window.get(address)
    page.one("#talk .turn")
    assert page.complaints[1:] == [], "but for the refusal"


def test_who_has_no_invitation_sees_nothing(agent: Agent, page: Browser) -> None:
    import urllib.error
    import urllib.request

    for path in ("", "api/state", "metrics", "static/app.js"):
        with pytest.raises(urllib.error.HTTPError, match="401"):
            urllib.request.urlopen(page.window.current_url + path)  # noqa: S310


def test_a_conversation_appears_as_it_happens(page: Browser) -> None:
    before = len(page.all("#talk .turn"))
    page.run(WATCH_WHAT_IS_SAID)
    forms = "return seen.some((text) => text.includes('lights'))"
    page.until(lambda: page.run(forms), "nobody was seen to speak")
    page.until(lambda: len(page.all("#talk .turn")) > before, "no new turn")
    page.shows("#talk .turn .response", "You said")
    page.shows("#talk .turn .took", " s")
    track = "return document.querySelector('#talk .turn .track').ariaLabel"
    assert "recognition" in page.run(track)


def test_the_level_moves(page: Browser) -> None:
    loud = "return Number(document.getElementById('level').ariaValueNow) > -35"
    page.until(lambda: page.run(loud), "never loud")
    quiet = "return Number(document.getElementById('level').ariaValueNow) < -50"
    page.until(lambda: page.run(quiet), "never quiet")


def test_search_finds_what_was_said(page: Browser) -> None:
    field = page.one("#search-text")
    field.send_keys("plumber")
    page.shows("#found", "found")
    found = [each.text for each in page.all("#talk .turn")]
    assert found
    assert all("plumber" in text for text in found)
    assert all("You" in text for text in found), "the whole turn is shown"
    assert {each.text for each in page.all("#talk mark")} == {"plumber"}
    assert page.run(UNREADABLE) == []
    field.clear()
    field.send_keys("xylophone")
    page.shows("#found", "Nothing was found")
    field.clear()
    field.send_keys(" ")
    page.until(lambda: len(page.all("#talk .turn")) > 5, "nothing came back")


def test_mute_mutes(agent: Agent, page: Browser) -> None:
    page.one("#mute").click()
    page.shows("#state", "muted")
    assert agent.status["muted"] is True
    assert page.one("#mute").get_attribute("aria-pressed") == "true"
    page.one("#mute").click()
    page.until(lambda: "muted" not in page.text("#state").lower(), "still muted")
    assert agent.status["muted"] is False


def test_what_is_asked_there_is_answered(page: Browser) -> None:
    page.one("#ask-text").send_keys("tell me about ferns")
    page.one("#ask-ask").click()
    page.shows("#talk", "You said tell me about ferns")


def test_what_is_to_be_said_is_said(agent: Agent, page: Browser) -> None:
    page.one("#ask-text").send_keys("Dinner is ready.")
    page.one("#ask-say").click()
    page.shows("#talk .tts", "Dinner is ready.")


def test_health_tells_why_and_what_to_do(page: Browser) -> None:
    page.shows("#health-sum", "1 part")
    page.shows("#health .part:first-child", "WhisperLiveKit")
    page.shows("#health .part:first-child", "away for")
    page.shows("#health .part:first-child .why", "refused")
    page.shows("#health .part:first-child .remedy", "Start it where stt.url says")


def test_what_was_given_up_can_be_asked_again_or_dropped(
    agent: Agent, page: Browser
) -> None:
    for number, text in enumerate(("the first of two", "the second of two")):
        body = json.dumps(
            {
                "id": f"q{number}",
                "turn": 1,
                "session": "x",
                "text": text,
                "asked_at": 1.0,
            }
        )
        agent.execute(
            "INSERT INTO outbox (id, body, created_at, state, last_error, settled_at)"  # noqa: S608
            f" VALUES ('q{number}', '{body}', '2026-01-01T00:00:00.000Z', 'refused',"
            " 'HTTP 404', '2026-01-01T00:00:01.000Z')"
        )
    page.window.refresh()
    page.shows("#queue", "HTTP 404")
    page.one('#queue [data-act="retry"][data-id="q0"]').click()
    page.until(lambda: "the first of two" not in page.text("#queue"), "still there")
    asked = "SELECT state FROM outbox WHERE id = 'q0'"
    page.until(lambda: agent.execute(asked) == [("answered",)], "not answered")
    page.one('#queue [data-act="drop"]').click()
    page.shows("#queue", "Really drop")
    page.one('#queue [data-act="drop"]').click()
    page.shows("#queue", "Nothing waits")
    assert agent.execute("SELECT * FROM outbox WHERE id = 'q1'") == []


def test_it_shows_trends(page: Browser) -> None:
    page.shows("#trend", "in the last day")
    for span in ("hour", "week"):
        page.run(f"document.querySelector('[name=span][value={span}]').click()")
        page.shows("#trend", f"in the last {span}")
    assert page.all("#trend polyline.p50")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_it_fits_and_can_be_read(page: Browser, width: int, scheme: str) -> None:
    page.sized(width, 900, scheme)
    page.until(lambda: page.run("return innerWidth") == width, "not resized")
    assert page.run("return document.documentElement.scrollWidth") <= width
    assert colours(page.window.get_screenshot_as_png()) > 40, "not blank"
    assert page.run(UNREADABLE) == []
    assert page.run(UNNAMED) == []
    page.sized(1280, 900)


def test_the_keyboard_reaches_everything_in_its_order(page: Browser) -> None:
    page.run("document.activeElement.blur(); scrollTo(0, 0)")
    reached = []
    for _ in range(9):
        page.window.switch_to.active_element.send_keys("\t")
        element = page.window.switch_to.active_element
        reached.append(element.get_attribute("id") or element.text)
    wanted = ["mute", "theme", "ask-text", "ask-ask", "ask-say", "search-text"]
    assert [each for each in reached if each in wanted] == wanted


def test_it_goes_on_after_the_connection_was_lost(agent: Agent, page: Browser) -> None:
    page.window.execute_cdp_cmd("Network.enable", {})
    gone = {
        "offline": True,
        "latency": 0,
        "downloadThroughput": 0,
        "uploadThroughput": 0,
    }
    page.window.execute_cdp_cmd("Network.emulateNetworkConditions", gone)
    back = {**gone, "offline": False, "downloadThroughput": -1, "uploadThroughput": -1}
    agent.drive("say", "Said in between.")
    page.window.execute_cdp_cmd("Network.emulateNetworkConditions", back)
    page.shows("#talk", "Said in between.")


def test_sixty_four_strangers_leave_the_conversation_alone(
    agent: Agent, page: Browser
) -> None:
    """They connect, say nonsense or nothing, and come again when they are put out."""
    port = int(page.window.current_url.rsplit(":", 1)[1].strip("/"))
    answered = "SELECT count(*) FROM events WHERE type = 'timed'"
    with ExitStack() as strangers:
        for number in range(64):
            stranger = socket.create_connection(("127.0.0.1", port), timeout=5)
            strangers.enter_context(stranger)
            stranger.sendall(
                (b"", b"\0" * 1000, b"GET / HT", b"POST /\r\n")[number % 4]
            )
        ((before,),) = agent.execute(answered)
        page.until(lambda: agent.execute(answered) > [(before,)], "nobody answers")


def test_who_sees_how_the_browser_was_started_sees_no_invitation(
    agent: Agent, tmp_path: Path
) -> None:
    """Every user of a computer can list the arguments of its programs."""
    started = tmp_path / "started"
    browser = tmp_path / "browser"
    browser.write_text(f'#!/bin/sh\nprintf "%s" "$*" >{started}\n')
    browser.chmod(0o700)
    done = run_agent(
        "dashboard", "--data-dir", agent.data, env={"BROWSER": f"{browser} %s"}
    )
    assert done.returncode == 0, done.stderr.decode()
    token = done.stdout.decode().strip().partition("#")[2]
    door = agent.data / "dashboard.html"
    assert started.read_text() == door.as_uri()
    assert token in door.read_text()
    assert stat.S_IMODE(door.stat().st_mode) == 0o600


def test_nothing_that_lets_in_can_be_read_by_others(agent: Agent) -> None:
    assert agent.execute("SELECT count(*) FROM events WHERE body LIKE '%/enter#%'") == [
        (0,)
    ]
    for path in agent.data.rglob("*"):
        if path.is_file():
            assert not stat.S_IMODE(path.stat().st_mode) & 0o077, path


def colours(png: bytes) -> int:
    """How many there are in a picture of 8-bit RGB."""
    width, _ = struct.unpack(">II", png[16:24])
    data = b""
    at = 8
    while at < len(png):
        size, kind = struct.unpack(">I4s", png[at : at + 8])
        data += png[at + 8 : at + 8 + size] if kind == b"IDAT" else b""
        at += 12 + size
    raw = zlib.decompress(data)
    # Filtered or not: where all is of one colour, few different bytes are left.
    rows = [raw[n : n + 1 + 3 * width] for n in range(0, len(raw), 1 + 3 * width)]
    return len({row[n : n + 3] for row in rows for n in range(1, len(row), 3)})


WATCH_WHAT_IS_SAID = """
window.seen = [];
const saying = document.getElementById("saying");
new MutationObserver(() => seen.push(saying.textContent)).observe(
  saying, { childList: true, characterData: true, subtree: true });
"""
"""Words are there for a moment: as they form, and until the answer sounds."""

UNREADABLE = """
const luminance = ([r, g, b]) => {
  const f = (c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
  return 0.2126 * f(r) + 0.7152 * f(g) + 0.0722 * f(b);
};
const pen = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
const over = (layers) => {
  pen.clearRect(0, 0, 1, 1);
  for (const each of layers) { pen.fillStyle = each; pen.fillRect(0, 0, 1, 1); }
  return [...pen.getImageData(0, 0, 1, 1).data.slice(0, 3)].map((c) => c / 255);
};
const found = [];
for (const element of document.querySelectorAll("body *")) {
  const own = [...element.childNodes].some((n) => n.nodeType === 3 && n.data.trim());
  if (!own || !element.checkVisibility({ opacityProperty: true }) || element.disabled) continue;
  if (element.closest(".visually-hidden, noscript, svg, .skip")) continue;
  const layers = [];
  for (let at = element; at; at = at.parentElement) {
    layers.unshift(getComputedStyle(at).backgroundColor);
  }
  const [a, b] = [over(layers), over([...layers, getComputedStyle(element).color])].map(luminance);
  const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
  if (contrast < 4.5) found.push(`${element.textContent.slice(0, 30)}: ${contrast.toFixed(2)}`);
}
return found;
"""
"""Texts with less contrast than WCAG 2 wants at level AA."""

UNNAMED = """
const found = [];
for (const each of document.querySelectorAll("button, input, a, [role=meter], [role=img], section")) {
  const labels = (each.getAttribute("aria-labelledby") ?? "").split(" ").map((id) => document.getElementById(id));
  const name = each.ariaLabel || labels.map((l) => l?.textContent ?? "").join("") ||
    [...(each.labels ?? [])].map((l) => l.textContent).join("") || each.textContent;
  if (!name.trim()) found.push(each.outerHTML.slice(0, 80));
}
const ids = [...document.querySelectorAll("[id]")].map((each) => each.id);
for (const id of ids) if (ids.filter((other) => other === id).length > 1) found.push(`id ${id} twice`);
if (document.querySelectorAll("main").length !== 1) found.push("main");
if (document.querySelectorAll("h1").length !== 1) found.push("h1");
if (!document.documentElement.lang) found.push("lang");
let before = 1;
for (const each of document.querySelectorAll("h1, h2, h3, h4")) {
  const level = Number(each.localName[1]);
  if (level > before + 1) found.push(`a level is skipped before ${each.textContent}`);
  before = level;
}
return found;
"""
"""What a screen reader would have no name for, and what else confuses it."""
