"""Links lead somewhere, and names of code in prose are names in the code."""

import ast
import re
import subprocess
import sys
import tomllib
from importlib import import_module
from importlib.util import find_spec

import pytest

from tests.docs.pages import DOCS, PAGES, ROOT, written_by_hand

PACKAGE = ROOT / "src" / "shoestring"


def relative(page):
    return str(page.relative_to(ROOT))


@pytest.mark.parametrize("page", PAGES, ids=relative)
def test_relative_links_lead_to_files(page):
    text = re.sub(r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    links = re.findall(r"\]\((?!https?:|mailto:|#)([^)#\s]+)", text) + re.findall(
        r'(?:src|href)="(?!https?:)([^"#]+)', text
    )
    assert [link for link in links if not (page.parent / link).exists()] == []


def test_the_navigation_names_every_page_once():
    text = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    named = re.findall(r": ([\w./-]+\.md)$", text, flags=re.MULTILINE)
    assert sorted(named) == sorted(str(page.relative_to(DOCS)) for page in PAGES if DOCS in page.parents)


@pytest.mark.parametrize("page", PAGES, ids=relative)
def test_files_named_in_prose_exist(page):
    text = page.read_text(encoding="utf-8")
    roots = (ROOT, PACKAGE, page.parent)
    for path in re.findall(r"`((?:[\w.-]+/)+[\w.-]+\.(?:py|toml|js|sh))(?:::?[\w.]+)?`", text):
        if not re.search(r"SLUG|same|NAME", path):
            assert any((root / path).is_file() for root in roots), path


@pytest.mark.parametrize("page", PAGES, ids=relative)
def test_functions_named_beside_a_file_are_in_it(page):
    """``data/strokes.py:repair`` points into the code."""
    for path, name in re.findall(r"`((?:[\w.-]+/)*[\w-]+\.py)::?([\w.]+)`", page.read_text(encoding="utf-8")):
        source = next((root / path for root in (ROOT, PACKAGE) if (root / path).is_file()), None)
        assert source is not None, path
        assert name in _names(ast.parse(source.read_text(encoding="utf-8"))), f"{path}:{name}"


def _names(tree, prefix=""):
    found = set()
    for node in tree.body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            found |= {prefix + node.name}
            found |= _names(node, f"{prefix}{node.name}.") if isinstance(node, ast.ClassDef) else set()
        targets = (
            node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
        )
        found |= {prefix + target.id for target in targets if isinstance(target, ast.Name)}
    return found


@pytest.mark.parametrize("page", PAGES, ids=relative)
def test_dotted_names_resolve(page):
    text = page.read_text(encoding="utf-8")
    for dotted in set(re.findall(r"`(shoestring(?:\.\w+)+)(?:\([^`]*\))?`", text)) - {"shoestring.json"}:
        assert _resolves(dotted), f"{relative(page)}: {dotted}"


def _resolves(dotted):
    parts = dotted.split(".")
    if parts[-1] in ("json", "toml"):
        return True
    for cut in range(len(parts), 0, -1):
        try:
            spec = find_spec(".".join(parts[:cut]))
        except ModuleNotFoundError:
            continue
        if spec is not None:
            value = import_module(".".join(parts[:cut]))
            for name in parts[cut:]:
                if not hasattr(value, name):
                    return False
                value = getattr(value, name)
            return True
    return False


def test_every_extra_named_exists():
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    for page in PAGES:
        for named in re.findall(r"shoestring\[([\w,]+)\]", page.read_text(encoding="utf-8")):
            assert set(named.split(",")) <= set(extras), f"{relative(page)}: {named}"


def test_every_make_target_named_exists():
    targets = set(re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), flags=re.MULTILINE))
    for page in PAGES:
        for named in re.findall(r"`make ([\w-]+)", page.read_text(encoding="utf-8")):
            assert named in targets, f"{relative(page)}: make {named}"


def test_no_page_says_that_something_will_come():
    """A page describes what is there; what is planned is marked in the table of articles and nowhere else."""
    for page in PAGES:
        found = re.search(r"\b(TODO|FIXME|TBD|coming soon|lorem)\b", written_by_hand(page), flags=re.IGNORECASE)
        assert found is None, f"{relative(page)}: {found}"


def test_the_site_builds_without_a_warning(tmp_path):
    pytest.importorskip("mkdocs", reason="the site needs the extra [docs]: make docs")
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(tmp_path / "site")],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    pages = [p.read_text(encoding="utf-8") for p in (tmp_path / "site").rglob("index.html")]
    assert len(pages) > 10
    loaded = re.findall(r'<(?:script|img|iframe|link)[^>]+(?:src|href)="(https?://[^"]+)"', "".join(pages))
    assert [address for address in loaded if not address.startswith("https://shoestring")] == []
