"""A folder of definitions cut into parcels: one for each procedure, one for each decision. Pure.

Procedure ``k``: ``processes/k.bpmn``, ``processes/k.*.dmn``, ``forms/k/*.form|*.typ``.
Any other ``processes/*.dmn`` is a decision of its own.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

SUFFIXES = {"processes": {".bpmn", ".dmn"}, "forms": {".form", ".typ"}}


@dataclass(frozen=True)
class Parcel:
    """What is versioned together; ``files``: name → SHA-256 of the content, hexadecimal."""

    key: str
    files: Mapping[str, str]

    @property
    def hash(self) -> str:
        """One hash over names and contents."""
        lines = (f"{digest}  {name}\n" for name, digest in sorted(self.files.items()))
        return hashlib.sha256("".join(lines).encode()).hexdigest()


@dataclass(frozen=True)
class Parcels:
    """A folder, cut up. ``stray`` are files that belong to no drawing."""

    procedures: Mapping[str, Parcel]
    decisions: Mapping[str, Parcel]
    stray: tuple[str, ...]


def read_folder(folder: Path) -> dict[str, bytes]:
    """All definition files under ``processes`` and ``forms``: name (with ``/``) → content.

    ``folder`` is the one above them, or ``processes`` itself.
    """
    if folder.name == "processes" and not (folder / "processes").is_dir():
        folder = folder.parent
    found: dict[str, bytes] = {}
    for top, suffixes in SUFFIXES.items():
        for path in sorted((folder / top).rglob("*")):
            if path.suffix in suffixes and path.is_file():
                found[path.relative_to(folder).as_posix()] = path.read_bytes()
    return found


def digest(content: bytes) -> str:
    """Name of a content: SHA-256, hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def cut(files: Mapping[str, bytes]) -> Parcels:
    """Cut a folder's files into what is versioned together."""
    keys = {PurePosixPath(name).stem for name in files if name.endswith(".bpmn")}
    procedures: dict[str, dict[str, str]] = {key: {} for key in keys}
    decisions: dict[str, dict[str, str]] = {}
    stray: list[str] = []
    for name, content in files.items():
        owner = _owner(PurePosixPath(name))
        if owner in keys:
            procedures[owner][name] = digest(content)
        elif name.endswith(".dmn"):
            decisions[PurePosixPath(name).stem] = {name: digest(content)}
        else:
            stray.append(name)
    return Parcels(_parcels(procedures), _parcels(decisions), tuple(stray))


def _owner(path: PurePosixPath) -> str:
    if path.parts[0] == "forms":
        return path.parts[1] if len(path.parts) > 2 else ""
    return path.stem if path.suffix == ".bpmn" else path.stem.partition(".")[0]


def _parcels(found: Mapping[str, dict[str, str]]) -> dict[str, Parcel]:
    return {key: Parcel(key, files) for key, files in found.items()}
