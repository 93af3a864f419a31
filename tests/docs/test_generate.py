"""The generated parts of the documentation are what the code and the results files say."""

import json

import pytest

from docs import generate
from docs.parts import markdown, recipes, results
from shoestring.core.component import component
from tests.docs.pages import ROOT


@pytest.fixture(scope="module")
def files():
    return generate.generated()


def test_committed_pages_are_what_is_generated(files):
    stale = [str(path.relative_to(ROOT)) for path, text in files.items() if path.read_text(encoding="utf-8") != text]
    assert stale == [], "run python -m docs.generate and commit"


def test_generating_again_changes_nothing(files):
    name = "docs/index.md"
    text = files[ROOT / name]
    assert generate.fill(text, "papers", results.papers_table("papers/")(), name) == text


def test_fill_replaces_what_stands_between_its_markers_and_nothing_else():
    text = "a\n<!-- generated:x -->\nold\n<!-- /generated:x -->\nb\n<!-- generated:y -->\n<!-- /generated:y -->\n"
    expected = (
        "a\n<!-- generated:x -->\n\nnew\n\n<!-- /generated:x -->\nb\n<!-- generated:y -->\n<!-- /generated:y -->\n"
    )
    assert generate.fill(text, "x", "new\n") == expected
    assert generate.fill(expected, "x", "new\n") == expected


@pytest.mark.parametrize("text", ["", "<!-- generated:x -->\n", "<!-- generated:x -->\n<!-- /generated:x -->" * 2])
def test_fill_refuses_a_page_without_one_pair_of_markers(text):
    with pytest.raises(ValueError, match="needs <!-- generated:x -->"):
        generate.fill(text, "x", "new")


def test_cells_cannot_break_out_of_their_table():
    assert markdown.row("a|b", "two\n lines") == "| a\\|b | two lines |\n"


def test_docstrings_become_markdown():
    text = """Sum ``a`` as in :class:`shoestring.Thing`.

        Example::

            1 + 1

        Raises:
            BadDataError: it is
                not a number.
            ConfigError: wrong.
        """
    expected = (
        "Sum `a` as in `shoestring.Thing`.\n\nExample:\n\n    1 + 1\n\nRaises:\n\n"
        "- `BadDataError`: it is not a number.\n- `ConfigError`: wrong."
    )
    assert markdown.prose(text) == expected
    assert markdown.first(text) == "Sum `a` as in `shoestring.Thing`."


@component
class Example:
    kind: str = "example"
    needed: int
    """How many,
    at least 1."""
    optional: float = 1e-3
    bare: str | None = None


def test_fields_are_read_with_the_text_below_them():
    assert recipes.field_texts(Example) == {
        "kind": ("str", "'example'", ""),
        "needed": ("int", "", "How many, at least 1."),
        "optional": ("float", "0.001", ""),
        "bare": ("str | None", "None", ""),
    }


def test_a_benchmark_names_its_command_its_seeds_and_its_machine(tmp_path, monkeypatch):
    row = {
        "name": "eer",
        "peer": "loop",
        "ratio": 2.5,
        "low": 2.0,
        "high": 3.0,
        "ours": 0.5,
        "theirs": 1.25,
        "unit": "s",
    }
    document = {"schema": "shoestring.bench/1", "machine": {"cores": 2}, "seeds": 3, "rows": [row]}
    (tmp_path / "speed.json").write_text(json.dumps(document), encoding="utf-8")
    monkeypatch.setattr(results, "BENCHMARKS", tmp_path)
    text = results.benchmark_tables()
    assert "| eer | loop | 0.5 s | 1.25 s | 2.5 (2 to 3) | - |" in text
    assert "Measured with `python -m benchmarks.speed --json`. machine: cores 2; seeds: 3" in text


def test_quick_results_never_reach_the_tables(tmp_path, monkeypatch):
    claim = {
        "id": "x", "statement": "It works", "source": "table 1", "metric": "eer", "published": 0.1, "ours": 0.2,
        "low": 0.1, "high": 0.3, "seeds": 2, "budget": {}, "verdict": "met", "why": "", "command": "shoestring x",
    }  # fmt: skip
    document = {"schema": "shoestring.claims/1", "paper": "gae", "quick": True, "claims": [claim]}
    (tmp_path / "gae.quick.json").write_text(json.dumps(document), encoding="utf-8")
    monkeypatch.setattr(results, "CLAIMS", tmp_path)
    assert "It works" not in results.claims_table()
    (tmp_path / "gae.json").write_text(json.dumps(document | {"quick": False}), encoding="utf-8")
    assert "| gae | It works (eer) | 0.1 | 0.2 | 0.1 to 0.3 | 2 | **met** | `shoestring x` |" in results.claims_table()


def test_check_names_what_is_stale_and_writes_nothing(tmp_path, monkeypatch, capsys):
    page = tmp_path / "page.md"
    page.write_text("<!-- generated:x -->\n<!-- /generated:x -->\n", encoding="utf-8")
    monkeypatch.setattr(generate, "ROOT", tmp_path)
    monkeypatch.setattr(generate, "PARTS", {"page.md": {"x": lambda: "new"}})
    monkeypatch.setattr(generate, "claim_documents", lambda: iter(()))
    before = page.read_text(encoding="utf-8")
    monkeypatch.setattr("sys.argv", ["generate", "--check"])
    assert generate.main() == 1
    assert "page.md" in capsys.readouterr().err
    assert page.read_text(encoding="utf-8") == before
    monkeypatch.setattr("sys.argv", ["generate"])
    assert generate.main() == 0
    assert "new" in page.read_text(encoding="utf-8")
    monkeypatch.setattr("sys.argv", ["generate", "--check"])
    assert generate.main() == 0


def test_only_pictures_that_were_taken_are_shown(tmp_path, monkeypatch):
    monkeypatch.setattr(results, "ROOT", tmp_path)
    monkeypatch.setattr(results, "IMAGES", tmp_path / "images")
    assert results.screenshots() == ""
    (tmp_path / "images").mkdir()
    for name in ("runs-light.png", "runs-dark.png", "sign-genuine-light.png", "secret-light.png", "secret-dark.png"):
        (tmp_path / "images" / name).touch()
    text = results.screenshots()
    assert text.count("<picture>") == 1 and 'src="images/runs-light.png"' in text


def test_players_of_board_games_are_tabulated_as_they_were_measured(tmp_path, monkeypatch):
    counts = {"won": 7, "drawn": 2, "lost": 1}
    document = {
        "trained": {"preset": "rl-some", "seed": 4, "env_steps": 12_345}, "seed": 3,
        "perfect_play": {"first": counts, "second": counts},
        "opponents": [
            {"opponent": "nobody", "games": 10, **counts, "score": {"value": 0.8, "low": 0.4321, "high": 0.9}}
        ],
    }  # fmt: skip
    (tmp_path / "one.json").write_text(json.dumps(document))
    monkeypatch.setattr(results, "BOARDS", tmp_path)
    table = results.boards_table()
    assert "| `rl-some`, seed 4, 12,345 moves | nobody | 10 | 7 | 2 | 1 | 0.8 | 0.4321 to 0.9 |" in table
    assert "every reply, moving second | all lines | 7 | 2 | 1 | - | exact |" in table
    assert "`shoestring train rl-some --seed 4`, then `shoestring evaluate RUN --episodes 10 --seed 3`" in table
    (tmp_path / "one.json").write_text(json.dumps(document | {"perfect_play": None}))
    assert "every reply" not in results.boards_table()
