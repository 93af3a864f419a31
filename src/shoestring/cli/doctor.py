"""``shoestring doctor``."""

from dataclasses import asdict

import click

from shoestring import __version__
from shoestring.cli.checks import all_checks
from shoestring.cli.output import Output, speaks, table

STUDIO_PORT = 8321


@click.command("doctor")
@click.option("--port", type=click.IntRange(1, 65535), default=STUDIO_PORT, help="Port to look at.", show_default=True)
@speaks
def doctor(out: Output, port: int) -> int:
    """Check Python, torch, packages, memory, disk, port, PATH and the studio. Exit 1 if something needed is missing."""
    checks = all_checks(port)
    failed = any(check.level == "missing" for check in checks)
    document = {"ok": not failed, "version": __version__, "checks": [asdict(check) for check in checks]}
    rows = [[c.name, c.level.upper() if c.level == "missing" else c.level, c.found, c.hint] for c in checks]
    out.result("shoestring.doctor/1", document, table(["", "", f"shoestring {__version__}", ""], rows))
    return 1 if failed else 0
