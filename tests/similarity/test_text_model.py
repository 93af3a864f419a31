import json

import numpy as np
import pytest

from shoestring.core.errors import BadDataError, ConfigError
from shoestring.recipes.loading import PACKAGED
from shoestring.similarity.encoders import Bert, StaticWords
from shoestring.similarity.text_model import TextEncoder, load
from tests.recipes.texts import small_bert

TEXTS = ["The man buys a car.", "zyxwvut", "", "A guy purchases an automobile in the town."]


@pytest.fixture(scope="module", params=["static", "projected", "bert"])
def model(request, tmp_path_factory):
    match request.param:
        case "static":
            return TextEncoder(StaticWords().build(), title="for tests")
        case "projected":
            return TextEncoder(StaticWords(width=7).build(), title="for tests")
    folder = small_bert(tmp_path_factory.mktemp("bert"))
    return TextEncoder(Bert(model=str(folder), pooling="max", max_length=9).build(), title="for tests")


@pytest.fixture
def folder(model, tmp_path):
    model.save(tmp_path / "m")
    return tmp_path / "m"


def test_saved_and_loaded_it_is_the_same(model, folder):
    again = load(folder)
    assert np.array_equal(again.encode(TEXTS), model.encode(TEXTS))
    assert (again.fingerprint, again.title, again.width) == (model.fingerprint, "for tests", model.width)
    assert {path.suffix for path in folder.iterdir()} == {".json", ".safetensors"}
    assert str(folder.parent) not in "".join(path.read_text() for path in folder.glob("*.json"))


def test_the_first_numbers_are_a_model_of_their_own(model, tmp_path):
    whole = model.encode(TEXTS)
    for size in (3, model.width):
        short = model.shortened(size)
        first = whole[:, :size]
        length = np.linalg.norm(first, axis=1, keepdims=True)
        assert np.allclose(short.encode(TEXTS), first / np.where(length > 0, length, 1), atol=1e-6)
        assert short.width == size and short.fingerprint != model.fingerprint
    assert np.array_equal(model.encode(TEXTS), whole) and model.network.config.cut == 0
    short.save(tmp_path / "short")
    again = load(tmp_path / "short")
    assert again.fingerprint == short.fingerprint and np.array_equal(again.encode(TEXTS), short.encode(TEXTS))
    for size in (0, model.width + 1):
        with pytest.raises(ConfigError, match="numbers of a vector of this model"):
            model.shortened(size)


def test_likeness_is_the_cosine(model):
    found = model.similarity(TEXTS[:1], TEXTS[3:])
    assert found.shape == (1, 1) and found[0, 0] == pytest.approx(
        float(model.encode(TEXTS)[0] @ model.encode(TEXTS)[3])
    )
    assert model.encode(TEXTS).dtype == np.float32
    out = np.empty((4, model.width), np.float32)
    assert model.encode(TEXTS, out=out) is out
    with pytest.raises(BadDataError, match="a list of texts"):
        model.encode("one text")


def test_changed_weights_and_foreign_heads_are_refused(model, folder):
    head = json.loads((folder / "shoestring.json").read_text())
    for change in ({"fingerprint": "0" * 16}, {"kind": "verifier"}, {"schema": "x"}):
        (folder / "shoestring.json").write_text(json.dumps(head | change))
        with pytest.raises(BadDataError):
            load(folder)


def test_damaged_files_are_named(model, folder):
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-40])
    with pytest.raises(BadDataError, match="damaged"):
        load(folder)
    (folder / "tokenizer.json").write_text("{")
    with pytest.raises(BadDataError):
        load(folder)


def test_other_weights_are_another_fingerprint(model):
    before = model.fingerprint
    weight = next(iter(model.network.parameters()))
    old = weight.detach().clone()
    weight.data[0, ...] += 1
    changed = TextEncoder(model.network)
    weight.data.copy_(old)
    assert changed.fingerprint != before == TextEncoder(model.network).fingerprint


def test_a_folder_that_is_no_model_is_not_replaced(model, tmp_path):
    (tmp_path / "mine.txt").write_text("x")
    with pytest.raises(BadDataError, match="not a model folder"):
        model.save(tmp_path)
    assert (tmp_path / "mine.txt").exists()


def test_the_packaged_model_is_the_untrained_one_and_knows_what_is_alike():
    model = load(PACKAGED / "text")
    assert np.allclose(model.encode(TEXTS), StaticWords().build().encode(TEXTS), atol=1e-6)
    near, far = model.similarity(["a man plays the guitar"], ["someone plays an instrument", "stocks fell on friday"])[
        0
    ]
    assert near > 0.5 > far
