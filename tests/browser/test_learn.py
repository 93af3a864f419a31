"""The page of an article shows its claims as they were stored, each verdict as a word."""

from dataclasses import asdict
from pathlib import Path

from playwright.sync_api import expect

from shoestring.core.files import write_json
from shoestring.papers import find_paper
from shoestring.papers.claims import Claim
from shoestring.papers.reproducing import Reproduction
from shoestring.service.models import Models
from shoestring.service.settings import Settings

from .conftest import Watched, script, serving


def claim(**changed: object) -> Claim:
    fields = {
        "id": "a", "statement": "Most are accepted", "source": "Table 1", "metric": "share", "command": "train x",
        "published": 0.955, "ours": 0.9, "low": 0.8765, "high": 0.92,
        "verdict": "met in direction", "why": "Other people signed",
    }  # fmt: skip
    return Claim(**{**fields, **changed})  # type: ignore[arg-type]


def test_claims_are_shown_with_interval_verdict_and_reason(watched: Watched, tmp_path: Path) -> None:
    unknown = {"published": None, "ours": None, "low": None, "high": None, "verdict": "not testable here"}
    claims = (claim(), claim(id="b", statement="At web scale", why="No web here", **unknown))
    (tmp_path / "results").mkdir()
    result = Reproduction(find_paper("bromley1993"), claims, True)
    write_json(tmp_path / "results" / "bromley1993.quick.json", result.document())
    settings = Settings(
        port=0, papers=tmp_path, runs=tmp_path / "runs", database=f"sqlite:///{tmp_path / 'people.sqlite'}", warm=False
    )
    for studio in serving(settings, Models(), tmp_path / "runs"):
        watched.url = studio.url
        page = watched.open("/learn/bromley1993")
        rows = page.locator(".claims tbody tr")
        expect(rows).to_have_count(2)
        first = [cell.strip() for cell in rows.nth(0).locator("td").all_inner_texts()]
        assert first[1:] == ["0.955", "0.9", "0.8765 to 0.92", "met in direction"]
        assert all(asdict(claims[0])[key] in first[0] for key in ("statement", "source", "why"))
        second = rows.nth(1).locator("td").all_inner_texts()
        assert second[1:] == ["–", "–", "–", "not testable here"]
        expect(page.locator("main")).to_contain_text("quick sizes")
        assert page.evaluate(script("unreadable"))["found"] == []
        page.wait_for_load_state("networkidle")
