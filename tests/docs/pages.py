"""What the tests of the documentation read from its pages."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
PAGES = sorted([ROOT / "README.md", ROOT / "CONTRIBUTING.md", *DOCS.rglob("*.md")])


@dataclass(frozen=True)
class Fence:
    """One block of code in a page."""

    page: Path
    line: int
    language: str
    text: str
    mark: str
    """The comment on the line above it, such as ``runnable``, or empty."""

    def __str__(self) -> str:
        return f"{self.page.relative_to(ROOT)}:{self.line}"


def fences(page: Path, language: str = "") -> Iterator[Fence]:
    """The blocks of ``page`` in ``language``, or all."""
    text = page.read_text(encoding="utf-8")
    for found in re.finditer(r"(?:<!-- (\w+) -->\n)?^```(\w*)\n(.*?)^```$", text, flags=re.MULTILINE | re.DOTALL):
        if not language or found[2] == language:
            yield Fence(page, text[: found.start(2)].count("\n") + 1, found[2], found[3], found[1] or "")


def written_by_hand(page: Path) -> str:
    """The page without generated parts, code, and the output of commands."""
    text = page.read_text(encoding="utf-8")
    text = re.sub(r"<!-- (generated:\w+|claims:[\w-]+) -->.*?<!-- /\1 -->", "", text, flags=re.DOTALL)
    text = re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)
    return re.sub(r"`[^`\n]+`", "", text)


def commands(fence: Fence) -> Iterator[str]:
    """The ``shoestring`` commands of a console block, continued lines joined, as one shell would get each."""
    for line in fence.text.replace("\\\n", " ").splitlines():
        if line.startswith("$ "):
            for part in re.split(r"\s*(?:&&|\|\|?|;)\s+|\s+>\s+|\s+&$", line[2:]):
                if re.match(r"(shoestring|shoe)\b", part):
                    yield part
