"""The flows of one clinic: current by name, and every version that somebody is still in by its content hash."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from flows.compiler import Flow, commands_of, compile_flow
from flows.definition import Text


@dataclass(frozen=True, slots=True)
class Shelf:
    """`flows.compiler.Book`: the current flows by name and by version, and the stored texts of older versions."""

    flows: Mapping[str, Flow]
    versions: Mapping[str, Flow]
    stored: Mapping[str, str]
    commands: Mapping[str, str]

    def current(self, name: str) -> Flow:
        """The published version. Raises KeyError where the clinic has no such flow."""
        return self.flows[name]

    def pinned(self, version: str) -> Flow:
        """The version with this content hash, compiled when first asked for. Raises KeyError where it was never
        published here, DefinitionError where this release cannot read it any more."""
        return self.versions.get(version) or compiled(self.stored[version], f"version {version}")

    def texts(self, version: str) -> Mapping[str, Text]:
        """The source texts of a version, none for one that was never published here."""
        known = version in self.versions or version in self.stored
        return self.pinned(version).texts if known else {}


def shelf(flows: Iterable[Flow], stored: Mapping[str, str]) -> Shelf:
    """The shelf with these current flows, and flow texts by the hash of their content."""
    current = {flow.name: flow for flow in flows}
    return Shelf(current, {flow.version: flow for flow in current.values()}, stored, commands_of(current.values()))


@lru_cache(maxsize=1024)
def compiled(text: str, file: str) -> Flow:
    """The compiled flow, shared by every clinic that has the same text. Raises DefinitionError."""
    return compile_flow(text, file)
