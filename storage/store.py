"""Everything that reading and writing needs, in one value."""

from dataclasses import dataclass

from storage.cipher import Cipher
from storage.database import Database
from storage.ids import Ids


@dataclass(frozen=True, slots=True)
class Store:
    """The database, the cipher of its columns and the maker of its ids."""

    database: Database
    cipher: Cipher
    ids: Ids
