"""`tonny-agent status --watch`: how the running agent is, as it changes."""

import sys
from collections import deque
from collections.abc import Iterator

from rich.console import Group, RenderableType
from rich.live import Live
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from agent.cli.plain import plain
from agent.control.client import NOT_RUNNING, Ended, NotRunning, ask
from agent.control.commands import Status, decode_reply, encode
from agent.control.standing import Integration, Standing
from agent.control.subscriber import subscribed
from agent.control.table import about, duration, plan, seconds
from agent.errors import Unavailable
from agent.events import Entry, Heard, Overheard, Replied, SpeechStarted
from agent.wire import decode

_TOPICS = (
    "hearing.overheard",
    "hearing.heard",
    "hearing.speech_started",
    "thinking.replied",
)
_EVERY = 0.2  # seconds
_QUIETEST = -60.0  # dBFS at the left end
_SLOWEST = 2.0  # seconds at the right end
_INNER = {"think", "transcribe", "control", "events", "dashboard"}
"""Parts of ours, which are worth a line only when something is wrong with them."""
_COLOURS = {"ok": "green", "away": "yellow", "down": "red"}
_STATES = {"degraded": "yellow", "shutting down": "red"}


class Transcript:
    """The last of what was said, and what is being said."""

    def __init__(self) -> None:
        self.lines: deque[Text] = deque(maxlen=8)
        self.partial = ""

    def see(self, entry: Entry) -> None:
        match entry.event:
            case SpeechStarted():
                self.partial = "…"
            case Overheard(text=text):
                self.partial = plain(text)
            case Heard(text=text):
                self.partial = ""
                self.lines.append(Text.assemble(("You    ", "cyan"), plain(text)))
            case Replied(text=text):
                self.lines.append(Text.assemble(("Tonny  ", "magenta"), plain(text)))
            case _:
                pass

    def shown(self) -> Text:
        partial = Text(f"       {self.partial}", "dim") if self.partial else Text()
        return Text("\n").join([*self.lines, partial])


def watch_status(folder: str) -> int:
    """Until Ctrl-C, or the agent has ended."""
    try:
        standing = _standing(folder)
    except NotRunning as exc:
        print(f"tonny-agent: {exc}", file=sys.stderr)
        return NOT_RUNNING
    transcript = Transcript()
    with (
        subscribed(standing.events, _TOPICS) as feed,
        Live(screen=sys.stdout.isatty(), auto_refresh=False) as live,
    ):
        try:
            while True:
                live.update(drawn(standing, transcript), refresh=True)
                if (found := feed.next(_EVERY)) is not None:
                    transcript.see(decode(found))
                standing = _standing(folder)
        except (EOFError, NotRunning, Ended):
            pass
        except KeyboardInterrupt:
            return 0
    print("tonny-agent: the agent has ended", file=sys.stderr)
    return 0


def drawn(standing: Standing, transcript: Transcript) -> RenderableType:
    """All of it; what is wrong comes last, for it may be long."""
    title = Text.assemble(
        (f" {standing.state} ", f"bold {_STATES.get(standing.state, 'green')}"),
        f"up {duration(standing.uptime)} · turn {standing.turn}"
        f" · {standing.memory / 2**20:.0f} MB ",
    )
    parts: list[RenderableType] = [_facts(standing), _integrations(standing)]
    said = Panel(transcript.shown(), title="conversation", title_align="left")
    wrong = [
        Text(f"→ {each.title}. {each.remedy}", "yellow") for each in standing.troubles
    ]
    return Group(Panel(Group(*parts), title=title, title_align="left"), said, *wrong)


def _facts(standing: Standing) -> Table:
    table = Table.grid(padding=(0, 2))
    table.add_column(style="dim", no_wrap=True)
    table.add_column(ratio=1)
    for name, value in _rows(standing):
        table.add_row(name, value)
    return table


def _rows(standing: Standing) -> Iterator[tuple[str, RenderableType]]:
    yield "microphone", Text(standing.microphone, overflow="ellipsis", no_wrap=True)
    yield "level", Text("muted", "red") if standing.muted else _level(standing.level)
    yield "mode", f"{standing.mode}, heard by {standing.stt or '-'}"
    yield "speaker", standing.speaker
    queue = standing.queue
    yield "queue", f"{queue.waiting} waiting, {queue.dead} given up"
    if standing.quota is not None:
        yield "quota", plan(standing.quota)
    for text in standing.speech[:3]:
        yield "says" if text.said else "will say", Text(text.text, no_wrap=True)


def _level(level: float | None) -> Text:
    if level is None:
        return Text("-", "dim")
    bar = _bar(1 - level / _QUIETEST, 30)
    colour = "red" if level > -3 else "green" if level > -40 else "dim"
    return Text.assemble((bar, colour), f" {level:4.0f} dBFS")


def _integrations(standing: Standing) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="dim")
    for name in ("", "state", "p50", "p95"):
        table.add_column(name, no_wrap=True)
    table.add_column("", ratio=1, overflow="ellipsis", no_wrap=True)
    now = standing.since + standing.uptime
    shown = (
        e for e in standing.integrations if e.state != "ok" or e.name not in _INNER
    )
    for each in shown:
        table.add_row(*_integration(each, now))
    return table


def _integration(each: Integration, now: float) -> tuple[RenderableType, ...]:
    quick = each.latency
    return (
        each.name,
        Text(each.state, _COLOURS[each.state]),
        f"{_bar(quick.p50 / _SLOWEST, 8)} {seconds(quick.p50)}" if quick else "",
        seconds(quick.p95) if quick else "",
        about(each, now) if each.state != "ok" else "",
    )


def _bar(share: float, width: int) -> str:
    filled = round(width * min(1.0, max(0.0, share)))
    return "█" * filled + "·" * (width - filled)


def _standing(folder: str) -> Standing:
    reply = decode_reply(ask(folder, encode(Status())))
    if not isinstance(reply, Standing):
        raise Unavailable("the running tonny-agent is of another version: restart it")
    return reply
