"""Packs and flow versions as stored: a clinic's last good pack, and every flow text that a frame may be pinned to."""

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Connection, select, update

from storage.dialect import insert_new
from storage.tables import clinics, flow_versions


def pack_hash(files: Mapping[str, str]) -> str:
    """The content hash of a pack's files."""
    return hashlib.sha256(json.dumps(dict(files), sort_keys=True).encode()).hexdigest()[:16]


def keep_pack(connection: Connection, clinic: str, files: Mapping[str, str], at: datetime) -> None:
    """This pack is good: from now on the one to fall back to."""
    insert_new(connection, clinics, [{"clinic_id": clinic}], ["clinic_id"])
    connection.execute(
        update(clinics)
        .where(clinics.c.clinic_id == clinic)
        .values(pack=json.dumps(dict(files)), pack_hash=pack_hash(files), pack_at=at)
    )


def last_good(connection: Connection) -> dict[str, dict[str, str]]:
    """The last good pack of every clinic that ever had one: {slug: {path: text}}."""
    rows = connection.execute(select(clinics.c.clinic_id, clinics.c.pack).where(clinics.c.pack_hash != ""))
    return {row.clinic_id: json.loads(row.pack) for row in rows}


def keep_flows(connection: Connection, clinic: str, versions: Mapping[str, tuple[str, str]], at: datetime) -> None:
    """Keep flow texts by content hash: {version: (flow, text)}. A version never changes."""
    insert_new(connection, flow_versions, [
        {"clinic_id": clinic, "version": version, "flow": flow, "text": text, "stored_at": at}
        for version, (flow, text) in versions.items()
    ], ["clinic_id", "version"])  # fmt: skip


def flows_of(connection: Connection, clinic: str) -> dict[str, str]:
    """Every stored flow text of a clinic by its version."""
    rows = connection.execute(select(flow_versions).where(flow_versions.c.clinic_id == clinic))
    return {row.version: row.text for row in rows}
