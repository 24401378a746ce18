"""A clinic's folder as a mapping from path to text. Reading only: what the files say is judged in bot/packs.py."""

import re
from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path, PurePosixPath

from flows.errors import DefinitionError, Problem

MAX_FILES = 300
MAX_BYTES = 1_000_000
PackFiles = Mapping[str, str]

_PLACES = re.compile(
    r"clinic\.yaml|risk\.yaml|flows/[^/]+\.yaml|regions/[A-Z]{2}\.yaml"
    r"|locales/[\w@-]+\.po|locales/[\w@-]+/LC_MESSAGES/rapport\.po"
)
_LANGUAGE = re.compile(r"locales/([\w@-]+?)(?:\.po|/LC_MESSAGES/rapport\.po)")
_LOOKS_LIKE_OURS = (".yaml", ".yml", ".po")


def read_pack(folder: Path) -> PackFiles:
    """Every file of the pack by its path inside the folder, `/` between its parts. Raises DefinitionError with every
    file that is too large, no text, out of place, or a link out of the folder."""
    root = folder.resolve()
    if not (root / "clinic.yaml").is_file():
        repair = "run 'rapport clinic new' to write one, or point RAPPORT_CLINICS elsewhere"
        raise DefinitionError([Problem("clinic.yaml", 1, f"the pack {folder.name} has no clinic.yaml", repair)])
    paths = list(islice(_files(root), MAX_FILES + 1))
    if len(paths) > MAX_FILES:
        raise DefinitionError([Problem("clinic.yaml", 1, f"more than {MAX_FILES} files lie here", "move some away")])
    return _read_all({path.relative_to(root).as_posix(): path for path in paths}, root)


def language_of_file(path: str) -> str:
    """The language of a PO file by its place in the pack or beside the program, "" for any other file."""
    found = _LANGUAGE.fullmatch(path)
    return found[1] if found else ""


def files_in(files: PackFiles, folder: str) -> Iterator[tuple[str, str]]:
    """The files directly in a folder of the pack, path and text."""
    return ((name, text) for name, text in files.items() if str(PurePosixPath(name).parent) == folder)


def _read_all(paths: Mapping[str, Path], root: Path) -> PackFiles:
    found: dict[str, str] = {}
    problems: list[Problem] = []
    for name, path in paths.items():
        try:
            found[name] = _read(path, name, root)
        except DefinitionError as error:
            problems += error.problems
    if problems:
        raise DefinitionError(problems)
    return found


def _files(root: Path) -> Iterator[Path]:
    """What looks like a file of a pack, and links to folders; what is hidden or anything else is passed by."""
    for path in sorted(root.rglob("*")):
        hidden = any(part.startswith(".") for part in path.relative_to(root).parts)
        linked_folder = path.is_dir() and path.is_symlink()
        if not hidden and (linked_folder or (path.suffix in _LOOKS_LIKE_OURS and not path.is_dir())):
            yield path


def _read(path: Path, name: str, root: Path) -> str:
    def wrong(what: str, repair: str) -> DefinitionError:
        return DefinitionError([Problem(name, 1, what, repair)])

    if path.is_dir() or not path.resolve().is_relative_to(root):
        raise wrong("this is a link to a folder, or out of the pack", "put a copy of what it points to here")
    if not _PLACES.fullmatch(name):
        raise wrong("a pack has no file of this name", "see the documentation for the places, or remove it")
    if not path.is_file() or path.stat().st_size > MAX_BYTES:
        raise wrong(f"the file is larger than {MAX_BYTES} bytes, or is none", "split it, or remove what is not needed")
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise wrong(f"byte {error.start} is not UTF-8", "save the file as UTF-8") from None
