"""Append-only files of JSON lines that survive being cut off at any byte."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any


class JsonLines:
    """Collects records and appends them to ``path`` in one write per :meth:`flush`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lines: list[str] = []

    def append(self, record: Mapping[str, Any]) -> None:
        """Add one record to what the next flush writes. Raises ValueError for NaN and infinity."""
        self._lines.append(json.dumps(record, allow_nan=False, separators=(",", ":")) + "\n")

    def flush(self) -> None:
        """Hand all records to the operating system."""
        if self._lines:
            with self.path.open("ab") as stream:
                torn = stream.tell() > 0 and _last_byte(self.path) != b"\n"
                # A killed writer left half a line: close it, so that it spoils itself only.
                stream.write((("\n" if torn else "") + "".join(self._lines)).encode())
            self._lines.clear()


def read_json_lines(path: Path) -> Iterator[dict[str, Any]]:
    """The records of ``path``, without lines that were cut off; nothing when the file is absent."""
    if not path.exists():
        return
    with path.open(encoding="utf-8", errors="replace") as stream:
        for line in stream:
            try:
                record = json.loads(line)
            except (ValueError, RecursionError):
                continue
            if isinstance(record, dict):
                yield record


def _last_byte(path: Path) -> bytes:
    with path.open("rb") as stream:
        stream.seek(-1, 2)
        return stream.read(1)
