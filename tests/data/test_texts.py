import json

import numpy as np
import pytest

from shoestring.core.errors import BadDataError
from shoestring.data.texts import content_hash, read_classes, read_same, read_scored, read_texts, read_triplets


def write(path, *rows):
    path.write_text("\n".join(map(json.dumps, rows)))
    return path


def test_scored_pairs_skip_what_has_no_score_or_no_text(tmp_path):
    path = write(
        tmp_path / "a.jsonl",
        {"sentence1": " A cat. ", "sentence2": "A dog.", "score": 2.5},
        {"sentence1": "A cat.", "sentence2": " ", "score": 1},
        {"sentence1": "A cat.", "sentence2": "x", "score": "much"},
        {"sentence1": "A cat.", "sentence2": "x", "score": float("nan")},
        {"sentence1": "A cat.", "sentence2": "x", "score": "5"},
    )
    pairs = read_scored(path)
    assert pairs.left == ("A cat.", "A cat.") and pairs.right == ("A dog.", "x")
    assert pairs.target.tolist() == [2.5, 5.0]
    assert pairs.skipped == {"an empty text": 1, "no usable score": 2}
    assert pairs.rows(np.array([False, True])).right == ("x",)


def test_inference_pairs_know_names_and_numbers(tmp_path):
    rows = [{"premise": "p", "hypothesis": "h", "label": label} for label in ("Entailment", "contradiction", 1, "-")]
    pairs = read_classes(write(tmp_path / "a.jsonl", *rows))
    assert pairs.target.tolist() == [0, 2, 1] and pairs.classes[2] == "contradiction"
    assert pairs.skipped == {"no usable label": 1}


def test_duplicates(tmp_path):
    rows = [{"question1": "p", "question2": "h", "is_duplicate": label} for label in ("1", 0, True, "maybe")]
    assert read_same(write(tmp_path / "a.jsonl", *rows)).target.tolist() == [1, 0, 1]


def test_a_file_without_a_usable_row_says_what_it_has_and_needs(tmp_path):
    path = write(tmp_path / "a.jsonl", {"sentence": "a", "stars": 3})
    with pytest.raises(BadDataError, match=r"needs sentence1, sentence2 and score and has sentence, stars; 1 rows"):
        read_scored(path)


def test_triplets_from_each_layout(tmp_path):
    given = read_triplets(write(tmp_path / "t.jsonl", {"anchor": "a", "positive": "b", "negative": "c"}))
    assert (given.anchor, given.positive, given.negative) == (("a",), ("b",), ("c",))
    nli = [("p", "h1", "entailment"), ("p", "h2", "contradiction"), ("p", "h3", "neutral"), ("q", "h4", "entailment"),
           ("r", "h5", "contradiction")]  # fmt: skip
    rows = [{"premise": a, "hypothesis": b, "label": c} for a, b, c in nli]
    found = read_triplets(write(tmp_path / "n.jsonl", *rows))
    assert list(zip(found.anchor, found.positive, found.negative, strict=True)) == [("p", "h1", "h2"), ("q", "h4", "")]
    same = [{"sentence1": "a", "sentence2": "b", "label": 1}, {"sentence1": "a", "sentence2": "c", "label": 0},
            {"sentence1": "d", "sentence2": "e", "label": 1}]  # fmt: skip
    found = read_triplets(write(tmp_path / "s.jsonl", *same))
    assert list(zip(found.anchor, found.positive, found.negative, strict=True)) == [("a", "b", "c"), ("d", "e", "")]
    found = read_triplets(write(tmp_path / "p.jsonl", {"query": "a", "answer": "b"}))
    assert found.positive == ("b",)
    found = read_triplets(write(tmp_path / "c.jsonl", {"captions": ["a", "b", "c"]}, {"captions": ["d"]}))
    assert found.anchor == ("a", "a") and found.positive == ("b", "c")
    assert found.skipped == {"fewer than two captions": 1}


def test_all_texts_of_any_layout(tmp_path):
    rows = [{"text": "a"}, {"sentence1": "b", "sentence2": "c"}, {"captions": ["d", "e"]}, {"x": 1}]
    assert read_texts(write(tmp_path / "a.jsonl", *rows)) == (("a", "b", "c", "d", "e"), {"an empty text": 1})
    with pytest.raises(BadDataError, match="a column text"):
        read_texts(write(tmp_path / "b.jsonl", {"x": "a"}))


def test_the_hash_depends_on_content_and_order():
    assert content_hash(("a", "b")) == content_hash(("a", "b")) != content_hash(("b", "a")) != content_hash(("ba",))
    assert content_hash(("a",), np.zeros(1)) != content_hash(("a",), np.ones(1))


def test_the_research_sets_are_read_whole(shared_data):
    assert len(read_scored(shared_data / "sts_benchmark/dev.jsonl.gz")) == 1_500
    assert len(read_scored(shared_data / "sick/dev.jsonl.gz")) == 500
    nli = read_classes(shared_data / "nli_mix/dev.jsonl.gz")
    assert len(nli) == 1_483 and set(np.unique(nli.target)) == {0, 1, 2}
    assert len(read_same(shared_data / "quora_pairs/dev.jsonl.gz")) == 2_000
    assert len(read_triplets(shared_data / "flickr8k_captions/dev.jsonl.gz")) == 4_000
