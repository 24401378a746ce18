"""Whether the keys at hand open what is stored: told at the start, before anybody waits for it."""

from sqlalchemy import Connection, LargeBinary, func, select

from storage.cipher import ID_BYTES, Cipher
from storage.tables import clients


def unreadable(connection: Connection, cipher: Cipher) -> str:
    """What to put right, in one line; "" where every client's key is there. No value is opened."""
    key = func.substr(clients.c.profile_sealed, 1, ID_BYTES, type_=LargeBinary)
    used = select(key.label("key")).subquery()
    found = connection.execute(select(used.c.key, func.count()).group_by(used.c.key))
    count = sum(number for first, number in found if not cipher.knows(bytes(first)))
    if not count:
        return ""
    who = "1 client is" if count == 1 else f"{count} clients are"
    return f"RAPPORT_KEYS lacks a key that {who} sealed with; put it back at the end of the list"
