"""docs/doctor.md: what `tonny-agent doctor` may find."""

from agent.doctor.catalogue import KNOWN
from reference.markdown import code, plain, table

_HEAD = """\
# What doctor may find

`tonny-agent doctor` looks at everything that Tonny needs, and says of each fault what it
is, why it matters, and the command or the setting that mends it. `--fix` mends what is
safe (folders, who may read them, sockets of the dead) and says so; `--deep` also says a sentence
and listens whether it is heard; `--json` is for programs; `--bundle FILE.zip` is what a
maintainer asks for, without a secret or a word that was said. The exit status is 0 where
all is well, 1 where something is not, and 78 where the settings are wrong.

A webhook says only to a question whether it lets one in. So where the record knows of none
that it took, it is asked one: the workflow runs, and its answer is not waited for.

Each finding has a code, which stays the same from version to version. What is found of a
server that has a name (`stt.servers.fast.away`) has the code of any (`stt.away`). The
remedy depends on what was found, and stands beside it.
"""


def findings() -> str:
    rows = [
        [code(name), plain(known.means), plain(known.why)]
        for name, known in KNOWN.items()
    ]
    return "\n".join([_HEAD, *table(["code", "what it means", "why"], rows), ""])
