"""What can go wrong in the memory: one root; messages say what, where and how to repair, and never carry a value."""


class StorageError(Exception):
    """The root of every error that storage raises on purpose."""


class ConflictError(StorageError):
    """Somebody else changed a row between its load and its write. The batch is rerun."""


class UnreadableError(StorageError):
    """A sealed value cannot be opened. It stays as it is; everybody else goes on."""


class KeyMissingError(UnreadableError):
    """A value is sealed with a key that is not among RAPPORT_KEYS. Put the key back (older keys stand last)."""


class TamperedError(UnreadableError):
    """A sealed value does not belong to this clinic, table, column and row, or was changed."""
