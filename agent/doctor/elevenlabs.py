"""Why ElevenLabs does not speak, by what helps against it."""

from agent.config.settings import Tts
from agent.doctor.findings import Finding, fault
from agent.doctor.reaching import Service, unreached
from agent.errors import AgentError, Unavailable

MORE = 'Wait for the reset, choose another plan, or set tts.engine = "pico".'
CHOOSE = "Choose another: tonny-agent voices, then tonny-agent voices use NAME."

_KEY = "Make one at elevenlabs.io (Developers, API Keys): tonny-agent secrets set tts.api_key"
_LEAVE = (
    "Edit the key at elevenlabs.io (Developers, API Keys): it needs Text to Speech."
)
_BASE = 'Set tts.base_url = "https://api.elevenlabs.io".'
_LANGUAGE = 'Set tts.language = "", or choose a tts.model that has it.'
_COMPARE = "Compare tts.api_key, tts.model and tts.base_url with your account."
_MODEL = 'Set tts.model = "eleven_flash_v2_5", or another that your account has.'


async def mute(tts: Tts, exc: AgentError) -> Finding:
    """What *exc*, which it raised instead of speaking, is to the user."""
    from agent.speaking.elevenlabs.failures import Denied

    said = f"{exc}".removeprefix("ElevenLabs: ")
    title = f"ElevenLabs does not speak: {said}."
    if isinstance(exc, Denied):
        return _denied(tts, exc.code, exc.status, title)
    if isinstance(exc, Unavailable):
        service = Service(
            code="tts.elevenlabs",
            name="ElevenLabs",
            url=tts.base_url,
            setting="tts.base_url",
            start="See whether this computer is online, and status.elevenlabs.io.",
            mend="See status.elevenlabs.io, and try again later.",
        )
        return await unreached(service, said)
    if "tts.base_url" in f"{exc}":
        kind = said.rpartition(":")[0].removeprefix("ElevenLabs answered with ")
        return _something_else(kind)
    if "tts.budget" in f"{exc}":
        return fault("tts.budget", title, "Raise tts.budget, or wait for tomorrow.")
    return fault("tts.elevenlabs", title, _COMPARE)


def _denied(tts: Tts, code: str, status: int, title: str) -> Finding:
    match code:
        case "quota_exceeded":
            return fault("tts.quota.spent", title, MORE)
        case "missing_permissions":
            return fault("tts.elevenlabs.permission", title, _LEAVE)
        case "invalid_api_key" | "needs_authorization":
            return fault("tts.elevenlabs.key", title, _KEY)
        case "invalid_uid" if f"'{tts.model}'" in title:
            return fault("tts.elevenlabs.model", title, _MODEL)
        case "unsupported_language":
            return fault("tts.elevenlabs.language", title, _LANGUAGE)
        case "" if status == 404 or "no reason given" in title:
            return _something_else(f"{status}")
    if status in {402, 404} or code in {"invalid_uid", "voice_does_not_exist"}:
        return fault("tts.voice.refused", title, CHOOSE)
    return fault("tts.elevenlabs", title, _COMPARE)


def _something_else(answered: str) -> Finding:
    title = f"At tts.base_url, something else than ElevenLabs answers ({answered})."
    return fault("tts.elevenlabs.other", title, _BASE)
