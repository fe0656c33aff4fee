"""The software bill of materials, in CycloneDX's form."""

import uuid
from datetime import UTC, datetime

from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.model.license import LicenseExpression
from cyclonedx.output.json import JsonV1Dot6
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from packageurl import PackageURL

from download.licences import Part
from download.places import NAME, commit_time, version


def bom(parts: list[Part]) -> str:
    """A CycloneDX bill of materials; the same parts always give the same bytes."""
    root = Component(
        name=NAME,
        version=version(),
        type=ComponentType.APPLICATION,
        bom_ref=NAME,
        licenses=[LicenseExpression("MIT")],
    )
    components = [
        Component(
            name=part.name,
            version=part.version,
            type=ComponentType.LIBRARY,
            bom_ref=f"{part.name}@{part.version}",
            purl=PackageURL.from_string(part.purl),
            licenses=[LicenseExpression(part.licence)],
        )
        for part in parts
    ]
    content = "\n".join(f"{part.purl} {part.version}" for part in parts)
    found = Bom(
        components=components,
        serial_number=uuid.uuid5(uuid.NAMESPACE_URL, f"{NAME} {version()}\n{content}"),
    )
    found.metadata.component = root
    found.metadata.timestamp = datetime.fromtimestamp(commit_time(), UTC)
    found.register_dependency(root, components)
    text: str = JsonV1Dot6(found).output_as_string(indent=2)
    problem = JsonStrictValidator(SchemaVersion.V1_6).validate_str(text)
    if problem is not None:
        raise SystemExit(f"tonny: the SBOM is not valid: {problem}")
    return text + "\n"
