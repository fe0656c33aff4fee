"""Values, and what would be right instead, in the words of the configuration file."""

import re
from typing import Any

from msgspec import inspect

_LONGEST = 80  # characters of a value that are repeated in a message


def shown(value: object) -> str:
    """*value* as it is written in TOML, shortened, without what hides in addresses."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int) and abs(value) > 1e20:
        return "a huge number"  # Python refuses to write out thousands of digits
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, str):
        text = without_secrets(value[: 4 * _LONGEST])
        text = text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
        return '"' + "".join(_visible(character) for character in text) + '"'
    if isinstance(value, dict):
        return "a table"
    return "a list" if isinstance(value, list) else "a date or a time"


def _visible(character: str) -> str:
    if character.isprintable() and character not in '"\\':
        return character
    return {'"': '\\"', "\\": "\\\\"}.get(
        character, character.encode("unicode_escape").decode()
    )


def without_secrets(text: str) -> str:
    """*text* with the password and the parameters of an address masked."""
    if "://" not in text:
        return text
    text = re.sub(r"://[^/?#]*@", "://***@", text)
    return re.sub(r"([?&][^=&#]*)=[^&#]*", r"\1=***", text)


def wanted(kind: Any) -> str:
    """What a value of the type *kind* looks like."""
    match inspect.type_info(kind):
        case inspect.BoolType():
            return "true or false"
        case inspect.LiteralType(values=values):
            return "one of " + ", ".join(map(shown, values))
        case inspect.IntType() as whole:
            return "a whole number" + _range(whole)
        case inspect.FloatType() as number:
            return "a number" + _range(number)
        case inspect.DictType(value_type=inspect.LiteralType(values=values)):
            names = ", ".join(map(shown, values))
            return f'a table such as {{ "agent.hearing" = "debug" }}, of {names}'
        case _:
            return "a text, in quotes and on one line"


def _range(number: Any) -> str:
    if number.ge is not None and number.le is not None:
        return f" from {number.ge} to {number.le}"
    limits = {"above": number.gt, "of at least": number.ge, "of at most": number.le}
    told = [f" {word} {limit}" for word, limit in limits.items() if limit is not None]
    return " and".join(told)
