"""What to tell of a service that cannot be reached, and what mends that; the same for all
of them."""

from urllib.parse import urlsplit

import msgspec

from agent.doctor.answering import Trouble, place, who_answers
from agent.doctor.findings import Finding, fault
from agent.errors import Refused

_OTHER_SCHEME = {"http": "https", "https": "http", "ws": "wss", "wss": "ws"}

_CLOCK = (
    "Set the clock: timedatectl set-ntp true (or your system's settings for date and"
    " time). If it is right, renew the certificate there."
)
_RENEW = (
    "Renew the certificate there (of Let's Encrypt: sudo certbot renew), and restart the"
    " server. If it has not expired, set this computer's clock: timedatectl set-ntp true"
)
_TRUST = (
    "Copy the certificate of the authority that signed it to"
    " /usr/local/share/ca-certificates, then: sudo update-ca-certificates (or what your"
    " system has for that). Nothing is sent before."
)


class Service(msgspec.Struct, frozen=True):
    """Whose *url* did not lead to it: what codes begin with, what it is called, which
    *setting* has the address, how to *start* it, and how to *mend* it where it is there.
    *ca* is a file with an authority that is trusted, *ca_setting* what names it, where
    there can be one."""

    code: str
    name: str
    url: str
    setting: str
    start: str
    mend: str = "See its log, and restart it."
    ca: str = ""
    ca_setting: str = ""


async def unreached(service: Service, reason: str) -> Finding:
    """Why *service* cannot be reached; *reason* is what is known so far."""
    try:
        found = await who_answers(service.url, service.ca, service.ca_setting)
    except Refused as exc:
        remedy = f"Let {service.ca_setting} name a file with a certificate in PEM."
        return fault(f"{service.code}.ca", f"{exc}.", remedy)
    reason = reason.rstrip(".")
    if "does not answer" in reason:  # for it does, if not to the end
        reason = "what it says does not come in time"
    if found.trouble is None:
        title = f"{service.name} is there, and does not answer as it should: {reason}."
        return fault(f"{service.code}.failing", title, service.mend)
    title = f"{service.name} {_told(found.trouble, service, found.said)}."
    code = f"{service.code}.{found.trouble}"
    return fault(code, title, _remedy(found.trouble, service))


def _told(trouble: Trouble, service: Service, said: str) -> str:
    at = place(service.url)
    where = f"{at.host}:{at.port}"
    match trouble:
        case "host":
            return f"cannot be found: there is no host {at.host} ({said})"
        case "away":
            return f"is away: nobody listens at {where} ({said})"
        case "silent":
            return f"is silent: {where} takes connections, and does not answer"
        case "other":
            return f"is something else: at {where}, no HTTP is spoken ({said})"
        case "tls":
            scheme = urlsplit(service.url).scheme
            return f"speaks {said} at {where}, and {service.setting} says {scheme}://"
        case "certificate.expired":
            return "has a certificate that has expired"
        case "certificate.early":
            return "has a certificate that is not valid yet"
        case "certificate.name":
            return f"has a certificate for another name ({said})"
        case "certificate":
            return f"has a certificate that is not trusted ({said})"


def _remedy(trouble: Trouble, service: Service) -> str:
    match trouble:
        case "host":
            host = place(service.url).host
            return f"Correct the host in {service.setting}; to look it up: ping {host}"
        case "away":
            return f"{service.start} Or correct {service.setting}."
        case "silent":
            return f"Restart what listens there, or correct {service.setting}."
        case "other":
            return f"Correct the port in {service.setting}."
        case "tls":
            scheme = _OTHER_SCHEME[urlsplit(service.url).scheme]
            return f'Let {service.setting} begin with "{scheme}://".'
        case "certificate.expired":
            return _RENEW
        case "certificate.early":
            return _CLOCK
        case "certificate.name":
            return f"Let {service.setting} have the name that the certificate is for."
        case "certificate":
            if service.ca_setting:
                return (
                    "Let the certificate of the authority that signed it be in"
                    f' {service.ca_setting}, such as {service.ca_setting} = "ca.pem".'
                )
            return _TRUST
