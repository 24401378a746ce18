"""How the schema came to be: one file for each change, in order, never edited once it was released.

For the next one change `storage/tables.py`, write `versions/NNNN_what.py` after the pattern of `script.py.mako`, and
let the tests of migrations say what it still lacks. There is no way back but a backup.
"""
