import json

import numpy as np
import pytest
from sklearn.metrics import average_precision_score

import shoestring
from shoestring.core.errors import BadDataError
from shoestring.data.paraphrases import scored_paraphrases
from shoestring.similarity.rank_correlation import spearman
from shoestring.similarity.text_evaluation import compare_pairs, evaluate_texts, resampled
from tests.recipes.texts import write_pairs


@pytest.fixture(scope="module")
def model():
    return shoestring.load("text")


def test_scored_pairs_give_spearman_with_an_interval(model, tmp_path):
    pairs = scored_paraphrases(80)
    found = evaluate_texts(model, write_pairs(tmp_path / "p.jsonl", pairs), resamples=50)
    metric = found["metrics"]["spearman"]
    assert metric["value"] == pytest.approx(spearman(compare_pairs(model, pairs.left, pairs.right), pairs.target))
    assert metric["low"] < metric["value"] < metric["high"] and found["rows"] == 80
    assert found["fingerprint"] == model.fingerprint and json.dumps(found)


def test_labels_give_precision_and_triplets_accuracy(model, tmp_path):
    rows = [("a cat", "one cat", 1), ("a cat", "the stock market", 0), ("a boat", "a ship", 1), ("a road", "bread", 0)]
    path = tmp_path / "l.jsonl"
    path.write_text("\n".join(json.dumps({"sentence1": a, "sentence2": b, "label": c}) for a, b, c in rows))
    found = evaluate_texts(model, path, resamples=20)["metrics"]
    scores = compare_pairs(model, *zip(*[(a, b) for a, b, _ in rows], strict=True))
    assert found["average_precision"]["value"] == pytest.approx(average_precision_score([1, 0, 1, 0], scores))
    assert set(found) == {"average_precision", "auc"}
    path.write_text(json.dumps({"anchor": "a cat", "positive": "one cat", "negative": "the stock market"}))
    assert evaluate_texts(model, path, resamples=5)["metrics"]["accuracy"]["value"] == 1


def test_what_cannot_be_measured_says_what_it_needs(model, tmp_path):
    path = tmp_path / "x.jsonl"
    path.write_text('{"text": "a"}')
    with pytest.raises(BadDataError, match="has text; a text model is measured on"):
        evaluate_texts(model, path)
    path.write_text('{"sentence1": "a", "sentence2": "b", "label": 1}')
    with pytest.raises(BadDataError, match="both kinds"):
        evaluate_texts(model, path)


def test_an_interval_holds_what_resampling_gives():
    values = np.random.default_rng(0).normal(size=400)
    found = resampled(lambda rows: float(values[rows].mean()), 400, 500, 0)
    assert found["high"] - found["low"] == pytest.approx(2 * 1.96 * values.std() / 20, rel=0.15)
