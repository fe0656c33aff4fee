"""Whether the key for push-to-talk works in every window, and what to do where not."""

from collections.abc import Sequence

from agent.config.settings import Audio
from agent.desktop.hotkey import try_hotkey
from agent.doctor.findings import Finding, fault, note, ok
from agent.errors import AgentError, Misconfigured

_INSTEAD = (
    "Bind the command `tonny-agent ptt toggle` to a key, in your desktop's settings for"
    " shortcuts: it begins, and the end of what you say ends it."
)


async def check_hotkey(audio: Audio) -> Sequence[Finding]:
    """The user is asked nothing: what needs consent is asked for by the run."""
    if not audio.hotkey:
        title = "No hotkey is set (audio.hotkey)."
        return [note("hotkey.off", title, _INSTEAD if audio.mode == "ptt" else "")]
    try:
        by = await try_hotkey(audio.hotkey)
    except Misconfigured as exc:
        return [fault("hotkey.keys", f"{exc}.", "Change audio.hotkey.")]
    except AgentError as exc:
        return [fault("hotkey", f"The hotkey does not work: {exc}.", _INSTEAD)]
    return [ok("hotkey", f"The hotkey {audio.hotkey} is told by {by}.")]
