"""Measured numbers in the documentation come from results files, and logged ones are explained."""

import ast
import re

import pytest

from shoestring.papers import PAPERS
from shoestring.recipes import RECIPES
from tests.docs.pages import DOCS, PAGES, ROOT, written_by_hand

RECIPE_FOLDER = ROOT / "src" / "shoestring" / "recipes"
RATE = re.compile(r"\d ?%|\bEER\b[^.|\n]{0,30}?\b0?\.\d+|\d ?(?:times|x) (?:faster|better|slower)")
RESULT = re.compile(r"error|eer\b|accept|reject|detect|accura|genuine|forger|faster|slower|better", re.IGNORECASE)
NOT_MEASURED_HERE = re.compile(
    r"published|article|paper|target|promise|definition|simulation|\bask(?:s|ed)? for\b|for example", re.IGNORECASE
)
"""Words of a paragraph or table whose rates are those of others, wishes, arithmetic, or repeated by a test."""


def rates(text):
    """Rates that are typed by hand and neither published by others nor a level of confidence."""
    for part in re.split(r"\n\s*\n", text):
        words = " ".join(part.split()).replace("95 %", "")
        if RATE.search(words) and RESULT.search(words) and not NOT_MEASURED_HERE.search(words):
            yield part


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_no_result_is_typed_by_hand(page):
    assert list(rates(written_by_hand(page))) == []


@pytest.mark.parametrize("line", ["We reach 3.2 % on skilled forgeries.", "an EER of 0.031", "it is 12x faster"])
def test_a_typed_result_is_noticed(line):
    assert list(rates(line)) == [line]


@pytest.mark.parametrize("line", ["a 95 % interval", "The paper reports\n95.5 % of genuine.", "a target of 1 %"])
def test_what_others_published_and_what_is_asked_for_may_be_typed(line):
    assert list(rates(line)) == []


def logged(source):
    """Names that a recipe gives to ``run.log`` and ``run.summarise``, f-strings with a star for what varies."""
    names = set()
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in ("log", "summarise")
        ):
            names |= {keyword.arg for keyword in node.keywords if keyword.arg}
            made = [keyword.value for keyword in node.keywords if isinstance(keyword.value, ast.DictComp)]
            names |= {_pattern(comprehension.key) for comprehension in made}
        # What helpers of a recipe collect in a dictionary and hand over with **.
        if isinstance(node, ast.Assign | ast.AnnAssign) and isinstance(node.value, ast.Dict):
            names |= {_pattern(key) for key in node.value.keys if key is not None}
        if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store):
            names.add(_pattern(node.slice))
    return names - {None}


def _pattern(node):
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(part.value if isinstance(part, ast.Constant) else "*" for part in node.values)
    return None


def test_logged_names_are_found():
    source = 'run.log(step, loss=loss)\nfound = {f"eer_{kind}": 1}\nfound["auc"] = 2\nrun.summarise(**found, bytes=3)'
    source += '\nrun.log(step, **{f"validation_{kind}": 1 for kind in kinds})'
    assert logged(source) == {"loss", "eer_*", "auc", "bytes", "validation_*"}


@pytest.mark.parametrize("recipe", sorted(RECIPES))
def test_every_logged_metric_is_explained_on_a_page(recipe):
    """In the section "Metrics" of an article, or of the tutorial that trains the recipe."""
    source = (RECIPE_FOLDER / f"{RECIPES[recipe].module.rpartition('.')[2]}.py").read_text(encoding="utf-8")
    pages = [DOCS / "papers" / f"{paper.slug}.md" for paper in PAPERS if paper.built]
    pages += [DOCS / "tutorials" / "train-your-own.md", DOCS / "howto" / "train-an-agent.md"]
    known = set(
        re.findall(r"`([\w<>]+)`", "\n".join(page.read_text(encoding="utf-8") for page in pages if page.is_file()))
    )
    patterns = {name: re.compile(re.escape(name).replace(r"\*", r"[\w<>]+") + "$") for name in logged(source)}
    missing = [name for name, pattern in patterns.items() if not any(pattern.match(word) for word in known)]
    assert missing == []


def test_every_metric_that_a_page_explains_is_logged():
    sources = [path.read_text(encoding="utf-8") for path in RECIPE_FOLDER.glob("*.py")]
    sources.append((RECIPE_FOLDER.parent / "distributed" / "workers.py").read_text(encoding="utf-8"))
    patterns = [re.compile(re.escape(name).replace(r"\*", r"\w+") + "$") for name in set().union(*map(logged, sources))]
    pages = [(DOCS / "papers" / f"{paper.slug}.md", "## Metrics") for paper in PAPERS if paper.built]
    for page, heading in [*pages, (DOCS / "tutorials" / "train-your-own.md", "## What the runs log")]:
        section = page.read_text(encoding="utf-8").split(heading + "\n")[1].split("\n## ")[0]
        for cell in re.findall(r"^\| (`[^|]+) \|", section, flags=re.MULTILINE):
            for key in re.findall(r"`(\w+)`", cell):
                assert any(pattern.match(key) for pattern in patterns), f"{page.name}: nobody logs {key}"
