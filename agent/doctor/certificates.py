"""Whether a server of the web can prove who it is."""

from collections.abc import Sequence

from agent.doctor.findings import Finding, fault, ok


async def check_certificates() -> Sequence[Finding]:
    """Somebody vouches for the servers of the web."""
    from agent.web import carried_authorities, system_has_authorities

    if system_has_authorities():
        return [ok("certificates", "Servers prove themselves to the system.")]
    try:
        known = carried_authorities()
    except OSError as exc:
        title = f"There are no certificates to know servers by: {exc.strerror}."
        return [fault("certificates", title, "Install ca-certificates.")]
    title = f"Servers prove themselves by {known} certificates that Tonny carries."
    return [ok("certificates", title)]
