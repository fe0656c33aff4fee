"""Three ways to fail, one answer to each; anything else is a bug.

`Unavailable`: wait and retry. `Refused`: say why, ask again rarely.
`Misconfigured`: the user must change something; nothing was started or lost.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager


class AgentError(Exception):
    """What went wrong, in words a user can act on."""


class Unavailable(AgentError):
    """Not there right now; *retry_after* is the peer's own wish in seconds.

    *absent*: the peer could not even be reached. *answered*: it is there, and only what
    we want from it is not. *unsure*: it may have done what it was asked for, and we will
    never know.
    """

    def __init__(
        self,
        reason: str,
        *,
        retry_after: float | None = None,
        absent: bool = False,
        answered: bool = False,
        unsure: bool = False,
    ) -> None:
        super().__init__(reason)
        self.retry_after = retry_after
        self.absent = absent
        self.answered = answered
        self.unsure = unsure


class Refused(AgentError):
    """There, and saying no: asking again soon would change nothing."""


class Misconfigured(AgentError):
    """A setting or file is wrong: which one, its value, and what would be right."""


@contextmanager
def translating(
    errors: Mapping[type[Exception], Callable[[str], AgentError]], prefix: str = ""
) -> Iterator[None]:
    """Turn a library's exceptions into ours; the first matching class wins."""
    try:
        yield
    except tuple(errors) as exc:
        for theirs, ours in errors.items():
            if isinstance(exc, theirs):
                raise ours(prefix + _wording(exc)) from exc
        raise


def _wording(exc: BaseException) -> str:
    """What happened, even where a library's exception has no text of its own; with
    the operating system's word for it, which a library may bury in causes."""
    text = str(exc).strip()
    if not text and exc.__cause__ is not None:
        return _wording(exc.__cause__)
    system = _system_error(exc)
    if system and system not in text:
        return f"{text} ({system})" if text else system
    return text or type(exc).__name__


def _system_error(exc: BaseException, depth: int = 6) -> str:
    if isinstance(exc, OSError) and exc.strerror:
        return exc.strerror
    inner = [exc.__cause__ or exc.__context__]
    if isinstance(exc, BaseExceptionGroup):
        inner += exc.exceptions
    for each in inner:
        if each is not None and depth and (found := _system_error(each, depth - 1)):
            return found
    return ""


@contextmanager
def unwrapped() -> Iterator[None]:
    """What goes wrong alone in nurseries is raised as if there were none."""
    try:
        yield
    except BaseExceptionGroup as group:
        alone: BaseException = group
        while isinstance(alone, BaseExceptionGroup) and len(alone.exceptions) == 1:
            alone = alone.exceptions[0]
        raise alone from None
