import numpy as np
import pytest
import torch

from shoestring.similarity.encoders import StaticWords

TEXTS = ["The cat sat on the mat.", "a cat", "!?", "the the the", "zyxwvut"]


@pytest.fixture(scope="module")
def encoder():
    return StaticWords().build()


@pytest.fixture(scope="module")
def even():
    return StaticWords(weighting="even", remove=0).build()


def by_hand(encoder, text):
    """The weighted mean, word by word."""
    ids = encoder.prepare([text]).ids
    total = np.zeros(encoder.table.weight.shape[1])
    for number in ids:
        weight = float(encoder.log_weight.detach()[number].exp())
        total += weight * encoder.table.weight[number].detach().double().numpy()
    return total / max(len(ids), 1)


def test_a_sentence_is_the_weighted_mean_of_its_words(encoder):
    found = encoder(encoder.prepare(TEXTS)).detach().numpy()
    for row, text in zip(found, TEXTS, strict=True):
        assert np.allclose(row, by_hand(encoder, text), atol=1e-5)
    assert (found[2] == 0).all(), "a text without words has no direction"


def test_vectors_are_unit_vectors_or_zero_and_do_not_depend_on_their_company(encoder):
    together = encoder.encode(TEXTS)
    assert together.dtype == np.float32
    assert np.linalg.norm(together, axis=1) == pytest.approx([1, 1, 0, 1, 1], abs=1e-6)
    for row, text in enumerate(TEXTS):
        assert np.allclose(encoder.encode([text])[0], together[row], atol=1e-6)
    assert encoder.encode([]).shape == (0, 50)


def test_even_weights_are_the_plain_mean_of_the_bundled_vectors(even):
    cat, dog = (even.table.weight[even.tokeniser.tokenise([word]).ids[0]].detach() for word in ("cat", "dog"))
    assert torch.allclose(even(even.prepare(["cat dog"]))[0], (cat + dog) / 2, atol=1e-6)


def test_frequent_words_say_little(encoder, even):
    texts = ["the violin of the man", "violin", "the of the man"]
    near = [float(model.encode(texts)[0] @ model.encode(texts)[1]) for model in (encoder, even)]
    assert near[0] > near[1]


def test_rare_names_still_tell_texts_apart(encoder):
    same, other = (
        encoder.encode(["quijibo zorblax", "Quijibo-Zorblax", "wumpelfratz gnorkel"])[[0, 2]]
        @ encoder.encode(["quijibo zorblax"])[0]
    )
    assert same > 0.99 and other < 0.7


def test_all_parts_learn(tmp_path):
    encoder = StaticWords(width=12).build()
    out = encoder(encoder.prepare(TEXTS))
    assert out.shape == (5, 12)
    (out * torch.randn(12)).sum().backward()
    for weight in encoder.parameters():
        assert weight.grad.abs().sum() > 0


def test_it_is_better_than_the_mean_of_words_on_real_scores(encoder, even, shared_data):
    from shoestring.data.texts import read_scored
    from shoestring.similarity.rank_correlation import spearman

    pairs = read_scored(shared_data / "sts_benchmark/dev.jsonl.gz")
    rho = [spearman((m.encode(pairs.left) * m.encode(pairs.right)).sum(axis=1), pairs.target) for m in (encoder, even)]
    assert rho[0] > rho[1] + 0.1


@pytest.mark.parametrize("wrong", [{"smoothing": 0}, {"remove": -1}, {"width": -1}])
def test_wrong_settings_are_refused(wrong):
    with pytest.raises(ValueError, match="not negative"):
        StaticWords(**wrong)
