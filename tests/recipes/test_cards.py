import json
import tomllib

import pytest

from shoestring.core.errors import BadDataError, NotFoundError
from shoestring.core.files import write_json
from shoestring.core.folder import RunFolder
from shoestring.recipes.cards import card
from shoestring.recipes.training import train
from tests.recipes.logistic import TABLE
from tests.recipes.pen import small_verifier


@pytest.fixture
def run(preset, tmp_path):
    return train(str(preset), ["steps=5"], seed=3, root=tmp_path / "runs", quiet=True, recipes=TABLE)


def front_matter(text):
    assert text.startswith("---\n")
    lines = text.split("---\n")[1].splitlines()
    return {key: json.loads(value) for key, _, value in (line.partition(": ") for line in lines)}


def test_a_card_says_what_the_run_says(run):
    text = card(run)
    head = front_matter(text)
    assert head["library_name"] == "shoestring" and head["license_name"] == "made by this test"
    assert head["datasets"] == ["clouds"] and head["metrics"] == ["error"] and "logistic" in head["tags"]
    error = run.summary()["metrics"]["error"]
    assert f"| error | {error['value']:.4g} | {error['low']:.4g} to {error['high']:.4g} | lower |" in text
    for part in (run.id, "seed 3", "Spent: labels 40.", "5 steps", "torch "):
        assert part in text
    assert tomllib.loads(text.split("```toml\n")[1].split("```")[0])["steps"] == 5


def test_a_verifier_card_has_its_thresholds_and_bounds(run):
    (run.path / "model").rename(run.path / "old")
    small_verifier().save(run.path / "model")
    certificate, text = small_verifier().certificate, card(run)
    assert f"Accepted at or above {certificate['accept_at_or_above']:.4g}" in text
    assert "signature" in front_matter(text)["tags"]
    bound = certificate["false_accept"][0]
    row = f"| skilled accepted | {bound['seen']:.4g} | {bound['upper95']:.4g} | {bound['pairs']} | {bound['people']} |"
    assert row in text


def test_names_cannot_add_keys_to_the_front_matter(run):
    data = run.read_json("data.json")
    write_json(run.path / "data.json", {'x"\nlicense: mit': data["clouds"] | {"licence": 'a"\n---\n# hi'}})
    assert front_matter(card(run))["license_name"] == 'a"\n---\n# hi'


@pytest.mark.parametrize("licence", ["", "  ", None])
def test_an_input_without_licence_is_not_passed_over(run, licence):
    entry = run.read_json("data.json")["clouds"]
    write_json(run.path / "data.json", {"clouds": entry | {"licence": licence}})
    with pytest.raises(BadDataError, match="'clouds' has no licence"):
        card(run)
    (run.path / "data.json").unlink()
    with pytest.raises(BadDataError, match="no input was recorded"):
        card(run)


def test_without_a_result_there_is_no_card(tmp_path):
    with pytest.raises(NotFoundError, match="has no result"):
        card(RunFolder.create(tmp_path, "x", "", {"kind": "run"}))
