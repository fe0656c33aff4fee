"""The pages of docs/ that the program itself can tell: settings, commands, findings."""

from reference.commands import commands
from reference.findings import findings
from reference.settings import settings


def pages() -> dict[str, str]:
    """Each page in Markdown, by the name of its file."""
    return {
        "settings.md": settings(),
        "commands.md": commands(),
        "doctor.md": findings(),
    }
