"""The agent that runs, if one does: how it is, and whether it is the only one."""

import socket
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import msgspec
import trio

from agent import __version__
from agent.control.client import call
from agent.control.commands import Status, Unusable, decode_reply, encode
from agent.control.place import places, sockets
from agent.control.standing import Standing, Trouble
from agent.control.table import duration
from agent.desktop.instance import holder
from agent.doctor.examine import Check
from agent.doctor.findings import Finding, fault, note, ok
from agent.errors import Unavailable

_WITHIN = 3.0
"""Seconds for an answer, which takes a few hundredths of one."""

_RESTART = "End it, and start it again: tonny-agent shutdown, then tonny-agent run"
_ONE = "End one of them: tonny-agent shutdown --data-dir "


class _Unknown(msgspec.Struct, frozen=True):
    """One that answers, and not as this version does."""


async def check_agent(folder: Path) -> Sequence[Finding]:
    """Nothing is wrong where none is running."""
    ours, others = await _ours(folder), await _others(folder)
    found = [*_how(ours, await _holder(folder) if ours is None else "")]
    for each in others:
        where = f"(process {each.pid}) with {each.folder}"
        if ours is None:
            title = f"An agent is running {where}, and not with {folder}."
            remedy = f"Look at that one: tonny-agent doctor --data-dir {each.folder}"
            found.append(note("agent.elsewhere", title, remedy))
        else:
            title = f"Another agent is running too {where}: both hear, and both answer."
            found.append(fault("agent.others", title, _ONE + each.folder))
    if dead := await trio.to_thread.run_sync(dead_sockets):
        title = f"Agents that were killed have left behind {', '.join(dead)}."
        found.append(note("agent.sockets", title, "tonny-agent doctor --fix"))
    return found


def unless_running(folder: Path, check: Check, *, deep: bool = False) -> Check:
    """*check* opens the microphone; where an agent has it, that one is asked instead."""

    async def listen() -> Sequence[Finding]:
        running = await _ours(folder)
        if running is None:
            held = await _holder(folder)
            return [] if held else await check()
        if not isinstance(running, Standing):
            return []
        level = running.level
        heard = "closed" if level is None else f"{level:.0f} dBFS"
        title = f"The running agent hears through {running.microphone} ({heard})."
        found = [ok("level", title)]
        if deep:
            title = "No sentence is said while the agent runs: it would hear it."
            found.append(note("loopback.busy", title, "tonny-agent shutdown"))
        return found

    return listen


def dead_sockets() -> list[str]:
    """Where an agent was reached that has ended without having tidied up."""
    return [path for _, path in sockets() if _is_dead(path)]


def _how(ours: Standing | _Unknown | None, held: str) -> list[Finding]:
    match ours:
        case None if not held:
            return [ok("agent", "No agent is running with this data folder.")]
        case None:
            process, _, since = held.partition(" ")
            title = (
                f"Process {process} has held the data folder"
                f"{since and f' since {since}'}, and does not answer."
            )
            remedy = (
                "If it has not just been started, end it, and start it again:"
                f" kill -9 {process}"
            )
            return [fault("agent.silent", title, remedy)]
        case _Unknown():
            title = "The running agent does not answer as this version does."
            return [note("agent.outdated", title, _RESTART)]
        case Standing():
            up = f"{ours.state}, for {duration(ours.uptime)}"
            found = [_finding(each) for each in ours.troubles]
            if ours.version != __version__:
                title = f"The running agent is {ours.version}, this is {__version__}."
                found.append(note("agent.outdated", title, _RESTART))
            return found or [ok("agent", f"Tonny is running ({up}).")]


def _finding(trouble: Trouble) -> Finding:
    """Something that is away is a fault; the rest is worth knowing."""
    title = f"The running agent says: {trouble.title}."
    if trouble.code.endswith(("-away", "-down")):
        return fault("agent.degraded", title, trouble.remedy)
    return note("agent.troubled", title, trouble.remedy)


async def _ours(folder: Path) -> Standing | _Unknown | None:
    """None where nobody answers."""
    for private, path in places(str(folder)):
        if (found := await _standing(private, path)) is not None:
            return found
    return None


async def _others(folder: Path) -> list[Standing]:
    """Those that answer, of this user."""
    ours = {path for _, path in places(str(folder))}
    found: list[Standing] = []

    async def look(private: str, path: str) -> None:
        if isinstance(standing := await _standing(private, path), Standing):
            found.append(standing)

    async with trio.open_nursery() as nursery:
        for private, path in sockets():
            if path.endswith(".sock") and path not in ours:
                nursery.start_soon(look, private, path)
    return sorted(found, key=lambda each: each.folder)


async def _standing(private: str, path: str) -> Standing | _Unknown | None:
    ask = partial(call, private, path, encode(Status()), _WITHIN)
    try:
        reply = await trio.to_thread.run_sync(ask)
    except Unavailable:
        return None
    if reply is None:
        return None
    try:
        found = decode_reply(reply)
    except Unusable:
        return _Unknown()
    return found if isinstance(found, Standing) else _Unknown()


async def _holder(folder: Path) -> str:
    """Empty where the data folder is free."""
    return await trio.to_thread.run_sync(holder, folder)


def _is_dead(path: str) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as stream:
        stream.settimeout(_WITHIN)
        try:
            stream.connect(path)
        except ConnectionRefusedError:
            return True
        except OSError:
            return False
    return False
