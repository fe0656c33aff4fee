"""What `tonny-agent audio loopback` found, in words."""

from agent.app.loopback import Loop

_LOUD = -6.0
"""dB below which an echo can be taken out well; what is louder overdrives."""


def told(loop: Loop) -> str:
    """A few lines for people: what was found, and what follows from it."""
    if loop.delay_ms is None:
        return (
            f"Nothing of what {loop.speaker} said was heard by {loop.microphone},"
            f" where it is as loud as {loop.noise_dbfs:.0f} dBFS.\n"
            'With headphones that is as it should be: with audio.duplex = "full" you'
            " can interrupt Tonny.\n"
            "Otherwise turn the speaker up, see that neither is muted, and look whether"
            " they are the right ones: tonny-agent audio devices"
        )
    echo_db = loop.echo_db or 0.0
    found = (
        f"Yes: {loop.microphone} heard {loop.speaker} after {loop.delay_ms:.0f} ms, at"
        f" {loop.level_dbfs:.0f} dBFS ({round(echo_db):+d} dB), in noise of"
        f" {loop.noise_dbfs:.0f} dBFS."
    )
    return f"{found}\n{_consequence(echo_db)}"


def _consequence(echo_db: float) -> str:
    from agent.hearing.echo import INSTALL, is_installed

    if not is_installed():
        return (
            "So Tonny hears itself, and does not listen while it speaks. To interrupt"
            f' it, take its echo out: {INSTALL}, and audio.duplex = "full"'
        )
    if echo_db > _LOUD:
        return (
            "That is loud: its echo can be taken out better if the speaker is turned"
            " down or the microphone's gain is (audio.gain_db)."
        )
    return 'Its echo can be taken out: with audio.duplex = "full" you can interrupt it.'
