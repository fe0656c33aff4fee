"""Where the configured dependencies are, and how often they may be used."""

import ipaddress
from collections.abc import Mapping
from urllib.parse import urlsplit

from agent.config import Config
from agent.limit import Limit
from agent.vitals import Address, reach


def peers(config: Config) -> dict[str, Address]:
    """Where the configured dependencies listen, by the name of their health."""
    urls: dict[str, str] = {}
    if config.stt.engine != "moonshine":
        urls["whisperlivekit"] = _server_in_use(config)
    if config.tts.api_key and config.tts.engine != "pico":
        urls["elevenlabs"] = config.tts.base_url
    found = {name: _address(url) for name, url in urls.items() if url}
    return {**workflow_peers(config), **found}


def workflow_peers(config: Config) -> dict[str, Address]:
    """The same for the workflow alone."""
    workflow = config.workflow
    urls = {"n8n": workflow.url}
    if workflow.transport == "websocket":
        urls["n8n-websocket"] = workflow.websocket_url
    return {name: _address(url) for name, url in urls.items() if url}


async def knock(at: Mapping[str, Address], name: str) -> bool:
    """Whether *name* opens its door, where it is known *at* which address that is."""
    return name in at and await reach(at[name]) is not None


def _server_in_use(config: Config) -> str:
    """The address of the WhisperLiveKit that Tonny begins with."""
    servers = config.stt.servers
    if config.stt.server in servers:
        return servers[config.stt.server].url
    return config.stt.url or next((each.url for each in servers.values()), "")


def _address(url: str) -> Address:
    parts = urlsplit(url if "://" in url else f"ws://{url}")
    port = parts.port or (443 if parts.scheme in {"https", "wss"} else 80)
    return parts.hostname or "localhost", port


def limits(config: Config) -> dict[str, Limit]:
    """How often each integration may be used; what is in one's own network, as often as
    one likes."""
    workflow = config.workflow
    rates = {
        "n8n": (workflow.url, workflow.per_minute),
        "n8n-websocket": (workflow.websocket_url, workflow.per_minute),
        "whisperlivekit": (_server_in_use(config), config.stt.per_minute),
        "elevenlabs": (config.tts.base_url, config.tts.per_minute),
    }
    return {
        name: Limit(rate)
        for name, (url, rate) in rates.items()
        if rate and url and not _is_near(_address(url)[0])
    }


def _is_near(host: str) -> bool:
    """Whether *host* is in one's own network, as far as its name tells."""
    try:
        return ipaddress.ip_address(host).is_private
    except ValueError:
        return "." not in host or host.endswith((".local", ".lan", ".home.arpa"))
