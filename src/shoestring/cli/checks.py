"""What ``shoestring doctor`` looks at: each check is a function that finds out and never raises."""

import hashlib
import json
import os
import platform
import re
import shutil
import socket
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, entry_points, requires, version
from pathlib import Path
from typing import Literal

from shoestring.core.folder import runs_root

Level = Literal["ok", "note", "missing"]
EXTRAS = ("sign", "faces", "studio", "postgres")
LITTLE = 2 * 2**30
"""Bytes of disk or memory below which training and serving may fail."""
STATIC = Path(__file__).parents[1] / "service" / "studio" / "static"


@dataclass(frozen=True)
class Check:
    """One finding: ``missing`` stops something from working, a ``note`` is only worth knowing."""

    name: str
    level: Level
    found: str
    hint: str = ""


def python() -> Check:
    """The interpreter."""
    return Check("python", "ok", f"{platform.python_version()} at {sys.executable}")


def torch_build() -> Check:
    """torch, its device and its threads: asks torch itself, which takes seconds."""
    try:
        import torch

        from shoestring.core.device import choose_device, describe
    except (ImportError, OSError) as error:
        return Check("torch", "missing", f"cannot be imported: {error}", "pip install 'torch>=2.6'")
    facts = describe(choose_device("auto"))
    bf16 = "fast" if facts["fast_bf16"] else "slow"
    found = f"{torch.__version__} on {facts['device']}, {facts['name']}, {facts['cores']} cores, bfloat16 {bf16}"
    return Check("torch", "ok", found, f"{torch.get_num_threads()} threads by default, training takes --threads 1")


def packages(declared: Iterable[str] | None = None) -> Iterator[Check]:
    """The needed packages in one line, and one line for each extra, from the metadata of the installation."""
    lacking: dict[str, list[str]] = {"": [], **{extra: [] for extra in EXTRAS}}
    for requirement in (requires("shoestring") or []) if declared is None else declared:
        name = re.match(r"[\w.-]+", requirement)
        extra = re.search(r"extra == [\"'](\w+)[\"']", requirement)
        group = extra[1] if extra else ""
        if name and group in lacking and _version(name[0]) is None:
            lacking[group].append(name[0])
    base = ", ".join(lacking.pop(""))
    yield (
        Check("packages", "missing", f"without {base}", f"pip install {base.replace(',', '')}")
        if base
        else Check("packages", "ok", "all that are needed")
    )
    for group, names in lacking.items():
        if names:
            yield Check(f"extra {group}", "note", f"without {', '.join(names)}", f"pip install 'shoestring[{group}]'")
        else:
            yield Check(f"extra {group}", "ok", "installed")


def memory() -> Check:
    """Memory that is free for new processes."""
    try:
        free = os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
        total = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
        lines = Path("/proc/meminfo").read_text() if Path("/proc/meminfo").exists() else ""
        if available := re.search(r"MemAvailable:\s+(\d+) kB", lines):
            free = int(available[1]) * 1024
    except (OSError, ValueError, AttributeError):
        return Check("memory", "note", "this system does not say")
    hint = "training and serving may run out of it" if free < LITTLE else ""
    return Check("memory", "note" if hint else "ok", f"{_size(free)} of {_size(total)} free", hint)


def disk(path: Path) -> Check:
    """Room where runs are written, and whether that folder can be written at all."""
    place = path.absolute()
    while not place.exists():
        place = place.parent
    if not os.access(place, os.W_OK) or not place.is_dir():
        return Check("runs", "missing", f"{path.absolute()} cannot be written", "set SHOESTRING_RUNS or use --out")
    free = shutil.disk_usage(place).free
    hint = "runs with large models may fill it" if free < LITTLE else ""
    return Check("runs", "note" if hint else "ok", f"{path.absolute()}, {_size(free)} free on that disk", hint)


def free_port(port: int) -> Check:
    """Whether the studio's port can be had."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            return Check("port", "note", f"{port}: {error.strerror}", "a studio may be running; or take --port 0")
    return Check("port", "ok", f"{port} is free")


def command_on_path(scripts: Path | None = None, search: str | None = None) -> Check:
    """Whether typing ``shoestring`` reaches this installation: another package has a command of that name."""
    ours = scripts or Path(sys.executable).parent
    found = shutil.which("shoestring", path=search)
    others = sorted({
        point.dist.name for point in entry_points(group="console_scripts", name="shoestring")
        if point.dist is not None and point.dist.name != "shoestring"
    })  # fmt: skip
    instead = f"use shoe, or {sys.executable} -m shoestring"
    if others:
        return Check("command", "note", f"{', '.join(others)} installs a command of the same name", instead)
    if found is None:
        return Check("command", "note", "shoestring is not on PATH", f"use {sys.executable} -m shoestring")
    if Path(found).parent.resolve() != ours.resolve():
        return Check("command", "note", f"{found} comes first on PATH and is another installation", instead)
    return Check("command", "ok", found)


def studio_files(static: Path = STATIC) -> Check:
    """Whether the studio is complete and needs no network: every file that its page names, every vendored hash."""
    try:
        page = (static / "index.html").read_text(encoding="utf-8")
        listed = json.loads((static / "vendor" / "VENDOR.json").read_bytes())
        vendored = {entry["file"]: entry["sha256"] for package in listed["packages"] for entry in package["files"]}
    except (OSError, ValueError, KeyError, TypeError) as error:
        return Check("studio", "missing", f"its files are incomplete: {error}", "install shoestring again")
    named = re.findall(r'(?:src|href)="([^"]+)"', page)
    away = [name for name in named if not name.startswith("/static/")]
    absent = [name for name in named if not (static / name.removeprefix("/static/")).is_file()]
    changed = [name for name, digest in vendored.items() if _digest(static / "vendor" / name) != digest]
    if away or absent or changed:
        what = f"needs the network for {away[0]}" if away else f"{(absent or changed)[0]} is absent or changed"
        return Check("studio", "missing", what, "install shoestring again")
    return Check("studio", "ok", f"{len(named)} files, {len(vendored)} vendored with their hashes, no network needed")


def pen_model(models: Path = STATIC.parents[2] / "models") -> Check:
    """The packaged model for pen signatures."""
    if (models / "pen" / "shoestring.json").is_file():
        return Check("pen model", "ok", "in the package")
    hint = "install shoestring again, or train one: shoestring train bromley1993"
    return Check("pen model", "missing", "not in the package", hint)


def all_checks(port: int) -> list[Check]:
    """Every check, in the order in which they are shown."""
    return [
        python(), torch_build(), *packages(), memory(), disk(runs_root()), free_port(port), command_on_path(),
        studio_files(), pen_model(),
    ]  # fmt: skip


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _size(count: int) -> str:
    return f"{count / 2**30:.1f} GiB"
