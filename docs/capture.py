"""Run what the pages show and write what it printed below it: ``python -m docs.capture [PAGE...]``.

A page is a script. In a fresh folder, with a home of its own, run in order: its ``runnable`` Python, its ``trained``
Python (which needs what commands before it made) and its ``captured`` console blocks. Below each ``$ command`` of the
last stands what that command printed.
"""

import os
import re
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from docs.parts.results import ROOT

BLOCK = re.compile(r"<!-- (runnable|trained|captured) -->\n```(\w+)\n(.*?)^```$", flags=re.MULTILINE | re.DOTALL)
SECONDS = 900


def capture(text: str, folder: Path) -> str:
    """``text`` with fresh output. Raises RuntimeError when a block fails that does not show an exit code of its own."""
    environment = {
        key: value for key, value in os.environ.items() if not key.startswith(("SHOESTRING_", "COLUMNS", "PYTHON"))
    }
    environment |= {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "SHOESTRING_HOME": str(folder / "home"),
        "OMP_NUM_THREADS": "1",
        "COLUMNS": "100",
    }

    def run(*command: str) -> tuple[str, int]:
        done = subprocess.run(
            command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            timeout=SECONDS, check=False,
        )  # fmt: skip
        printed = done.stdout.replace(f"{folder}/", "").replace(str(folder), ".")
        return "".join(f"{line.rstrip()}\n" for line in printed.splitlines()), done.returncode

    def again(found: re.Match[str]) -> str:
        mark, language, code = found.groups()
        if mark != "captured":
            printed, status = run(sys.executable, "-c", code)
            if status:
                raise RuntimeError(printed)
            return found[0]
        shown = []
        for command in re.findall(r"^\$ ((?:.*\\\n)*.*)$", code, flags=re.MULTILINE):
            printed, status = run("bash", "-o", "pipefail", "-c", command)
            if status and "echo $?" not in command:
                raise RuntimeError(f"$ {command}\n{printed}")
            shown.append(f"$ {command}\n{printed}")
        return f"<!-- {mark} -->\n```{language}\n{''.join(shown)}```"

    return BLOCK.sub(again, text)


def main() -> int:
    """Capture the pages named, or every page that has something to capture."""
    chosen = [Path(name) for name in sys.argv[1:]] or [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
    for page in chosen:
        text = page.read_text(encoding="utf-8")
        if "<!-- captured -->" in text:
            sys.stderr.write(f"{page}\n")
            with TemporaryDirectory() as folder:
                page.write_text(capture(text, Path(folder).resolve()), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
