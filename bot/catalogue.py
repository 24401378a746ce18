"""What is shipped: the flows, phrases, translations, risk rules and regions that lie beside the program, as texts."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import flows

_PO = "LC_MESSAGES/rapport.po"


@dataclass(frozen=True, slots=True, repr=False)  # megabytes
class Catalogue:
    """Files by their path beside the program (`flows/catalog/join.yaml`), sorted by what they are."""

    flows: Mapping[str, str] = field(default_factory=dict)
    phrases: Mapping[str, str] = field(default_factory=dict)
    translations: Mapping[str, str] = field(default_factory=dict)
    risk: Mapping[str, str] = field(default_factory=dict)
    nets: Mapping[str, str] = field(default_factory=dict)
    figures: Mapping[str, str] = field(default_factory=dict)
    regions: Mapping[str, str] = field(default_factory=dict)
    instruments: Mapping[str, str] = field(default_factory=dict)


def read_catalogue() -> Catalogue:
    """Read the shipped files: from a checkout or from an installed wheel, where `locales` lies beside `flows` too."""
    root = Path(flows.__file__).parent.parent
    return Catalogue(
        flows=_texts(root, "flows/catalog/*.yaml"),
        phrases=_texts(root, "flows/phrases/*.yaml"),
        translations=_texts(root, f"locales/*/{_PO}"),
        risk=_texts(root, "locales/*/risk.yaml"),
        nets=_texts(root, "locales/*/risk_net.tsv"),
        figures=_texts(root, "locales/*/risk_figures.yaml"),
        regions=_texts(root, "locales/regions/*.yaml"),
        instruments=_texts(root, "flows/instruments/*.yaml"),
    )


def _texts(root: Path, pattern: str) -> dict[str, str]:
    return dict(_found(root, pattern))


def _found(root: Path, pattern: str) -> Iterator[tuple[str, str]]:
    for path in sorted(root.glob(pattern)):
        yield path.relative_to(root).as_posix(), path.read_text(encoding="utf-8")
