"""Files that are either the old or the new version, whatever happens in between."""

import json
import os
import secrets
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any


def atomic_write(path: Path, content: bytes | str) -> None:
    """Replace ``path`` by ``content`` durably: a temporary file beside it, fsync, rename."""
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")
    try:
        with temporary.open("xb") as stream:
            stream.write(content.encode() if isinstance(content, str) else content)
            stream.flush()
            os.fsync(stream.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def atomic_folder(path: Path, fill: Callable[[Path], None]) -> None:
    """Make ``path`` a folder that ``fill`` writes; an existing one is replaced only after ``fill`` succeeded."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")
    old = path.with_name(f".{path.name}.old")
    try:
        temporary.mkdir()
        fill(temporary)
        for file in temporary.rglob("*"):
            sync_folder(file)
        sync_folder(temporary)
        if path.exists():
            path.rename(old)
        temporary.rename(path)
    except BaseException:
        shutil.rmtree(temporary, ignore_errors=True)
        if old.exists() and not path.exists():
            old.rename(path)
        raise
    sync_folder(path.parent)
    shutil.rmtree(old, ignore_errors=True)


def recover(folder: Path) -> None:
    """Put back or delete what a killed writer left in ``folder``."""
    for old in folder.glob(".*.old"):
        current = folder / old.name.removeprefix(".").removesuffix(".old")
        if current.exists():
            shutil.rmtree(old, ignore_errors=True)
        else:
            old.rename(current)
    for entry in folder.glob(".*.tmp"):
        if entry.is_dir():
            shutil.rmtree(entry, ignore_errors=True)
        else:
            entry.unlink(missing_ok=True)


def write_json(path: Path, value: Any) -> None:
    """Write ``value`` atomically as readable JSON; NaN and infinity are refused."""
    atomic_write(path, json.dumps(value, indent=2, allow_nan=False, ensure_ascii=False) + "\n")


def sync_folder(path: Path) -> None:
    """Bring a file, or the names in a folder, to the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
