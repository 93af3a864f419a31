import numpy as np
import pytest

from shoestring.core.errors import BadDataError
from shoestring.similarity.protocol import Comparisons, compare, enrolments

from .toys import ToyMatcher, ToySamples, table, toy_people


def numbered(writers, genuine, sample=None):
    """Each item is its own row number."""
    count = len(writers)
    return ToySamples(
        np.arange(count, dtype=float)[:, None], np.array(writers), np.array(genuine),
        np.arange(count) if sample is None else np.array(sample),
    )  # fmt: skip


def test_the_first_by_sample_enrol_and_all_else_is_probe():
    samples = numbered(list("aaaabbbb"), [True, True, True, False, True, True, True, True], [9, 1, 5, 0, 3, 2, 1, 0])
    chosen, notes = enrolments(samples, 2)
    assert [(e.subject, e.references.tolist(), e.genuine.tolist(), e.skilled.tolist()) for e in chosen] == [
        ("a", [1, 2], [0], [3]),
        ("b", [7, 6], [5, 4], []),
    ]
    assert notes == ()


def test_who_meets_whom():
    samples = numbered(list("aaabbbcc"), [True, True, False, True, True, True, True, False])
    rows = compare(ToyMatcher(), samples, references=1)
    seen = sorted(zip(rows.subject, rows.probe, rows.kind, -rows.score, strict=True))
    # a enrols item 0, b item 3; c has one genuine item only and is no stranger either.
    assert seen == [
        ("a", "", "skilled", 2.0),
        ("a", "a", "genuine", 1.0),
        ("a", "b", "random", 4.0),
        ("a", "b", "random", 5.0),
        ("b", "a", "random", 2.0),
        ("b", "b", "genuine", 1.0),
        ("b", "b", "genuine", 2.0),
    ]
    assert len(rows.notes) == 1 and rows.notes[0].startswith("c: left out, 1 genuine")
    assert (rows.references, rows.matcher, rows.source) == (1, ToyMatcher().fingerprint, "toy people")


def test_references_never_are_probes():
    samples = toy_people(4, genuine=8, forgeries=3)
    rows = compare(ToyMatcher(), samples, references=5)
    assert {kind: rows.count(kind) for kind in ("genuine", "skilled", "random")} == {
        "genuine": 4 * 3, "skilled": 4 * 3, "random": 4 * 3 * 3,
    }  # fmt: skip
    assert rows.subjects == 4


def test_random_strangers_are_a_repeatable_choice():
    samples = toy_people(6, genuine=8, forgeries=0)
    first, again, other = (compare(ToyMatcher(), samples, random_per_subject=4, seed=seed) for seed in (1, 1, 2))
    assert first.count("random") == 24
    assert first.score.tolist() == again.score.tolist() != other.score.tolist()
    assert compare(ToyMatcher(), samples, random_per_subject=10**6).count("random") == 6 * 5 * 3


def test_levels_belong_to_the_template():
    samples = toy_people(3, uneven=1.0)
    rows = compare(ToyMatcher(), samples, references=4, levels=True)
    assert all(len(set(rows.level[rows.subject == name])) == 1 for name in np.unique(rows.subject))
    assert len(set(rows.level)) == 3
    assert np.isnan(compare(ToyMatcher(), samples, references=4).level).all()


def test_one_writer_without_forgeries_has_only_genuine_rows():
    rows = compare(ToyMatcher(), toy_people(1, genuine=7, forgeries=0))
    assert rows.kind.tolist() == ["genuine", "genuine"]


@pytest.mark.parametrize("references", [0, 10, 11])
def test_nothing_left_is_an_error(references):
    with pytest.raises(BadDataError):
        compare(ToyMatcher(), toy_people(3, genuine=10), references=references)


def test_a_matcher_that_fails_is_named():
    class Broken(ToyMatcher):
        def score(self, template, items):
            return np.full(len(items), np.nan)

    class Short(ToyMatcher):
        def score(self, template, items):
            return np.zeros(1)

    with pytest.raises(BadDataError, match="score nan"):
        compare(Broken(), toy_people(3))
    with pytest.raises(BadDataError, match="matcher toy"):
        compare(Short(), toy_people(3))


def test_a_table_that_contradicts_itself_is_refused():
    good = table([1.0], [0.0])
    for column, value in {"kind": np.array(["genuine", "other"]), "genuine": np.array([True, True]),
                          "probe": np.array(["x"]), "score": np.array([1.0, np.inf])}.items():  # fmt: skip
        columns = {name: getattr(good, name) for name in ("score", "genuine", "subject", "probe", "kind")}
        with pytest.raises(BadDataError):
            Comparisons(**(columns | {column: value}))


def test_against_keeps_genuine_and_one_kind():
    rows = compare(ToyMatcher(), toy_people(3))
    for kind in ("random", "skilled"):
        assert set(rows.against(kind).kind) == {"genuine", kind}
