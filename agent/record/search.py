"""Finds words in the conversation, whatever someone types into a search field.

What is typed is never a query language: each word has to be there, or the beginning of
it, and what stands in double quotes has to be there as it is. Words are found by an index
(FTS5) that knows neither case nor accents. Scripts that put no space between words, and
signs that are no words at all, are looked for in the text itself.
"""

import re
import unicodedata

import msgspec

from agent.record.sqlite import sqlite3

_CHUNKS = re.compile(r'"([^"]*)"|([^\s"]+)')
_UNSPACED = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\u30ff\u31f0-\u4dbf\u4e00-\u9fff"
    "\uf900-\ufaff\U00020000-\U0003ffff]"
)
"""Thai, Lao, Burmese, Khmer, Chinese and Japanese."""

_INDEX = "SELECT 1 FROM sqlite_master WHERE name = 'said'"
_LATEST = "SELECT id FROM conversations WHERE {} ORDER BY id DESC LIMIT :limit"


class Query(msgspec.Struct, frozen=True):
    """*sql* is a condition on a row of `conversations`, with its *values* by name."""

    sql: str
    values: dict[str, str]


def query(connection: sqlite3.Connection, typed: str) -> Query:
    """A condition that holds where all of *typed* is found; always true for nothing.

    A record that an older tonny-agent wrote, and none has opened since, has no index.
    """
    index = connection.execute(_INDEX).fetchone()
    phrases, literals = [], []
    clean = typed.replace("\0", " ").encode("utf-8", "replace").decode()
    for quoted, word in _CHUNKS.findall(clean):
        chunk = quoted.strip() or word
        if not chunk:
            continue
        if not index or _UNSPACED.search(chunk) or not any(map(_indexed, chunk)):
            literals.append(chunk.lower())
        else:
            phrases.append(f'"{chunk}"' + "*" * (not quoted))
    conditions, values = ["1"], {}
    if phrases:
        conditions.append(
            "id IN (SELECT rowid FROM said WHERE said MATCH :search_words)"
        )
        values["search_words"] = " AND ".join(phrases)
    for number, literal in enumerate(literals):
        conditions.append(f"instr(lower(content), :search_{number})")
        values[f"search_{number}"] = literal
    return Query(" AND ".join(conditions), values)


def matching(connection: sqlite3.Connection, words: str, limit: int) -> list[int]:
    """The latest remarks that hold *words*, the latest first."""
    found = query(connection, words)
    sql = _LATEST.format(found.sql)
    rows = connection.execute(sql, {**found.values, "limit": limit})
    return [row[0] for row in rows]


def _indexed(character: str) -> bool:
    return unicodedata.category(character)[0] in "LN"
