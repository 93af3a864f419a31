import numpy as np
import pytest

from shoestring.distributed.compressors import NoCompression, PowerSGD
from shoestring.papers.powersgd import (
    IMAGE_CLAIMS,
    WORD_CLAIMS,
    Measured,
    accuracy_claim,
    byte_claims,
    judged,
    measure,
    paired_interval,
    perplexity_claim,
    step_bytes,
)


def test_bytes_are_those_of_the_paper_for_its_own_shapes():
    claims = {claim.id: claim for claim in byte_claims()}
    assert len(claims) == 8
    for claim in claims.values():
        assert claim.verdict == "met" and round(claim.ours) == claim.published, claim.id
    assert step_bytes("resnet18", NoCompression()) == 4 * 11_173_962
    assert step_bytes("lstm", NoCompression()) == 4 * 28_949_319
    # 28,869 + 650 of the words, 6 x (2,600 + 650) of the gates, and 44,469 biases.
    assert step_bytes("lstm", PowerSGD(rank=1)) == 4 * (29_519 + 6 * 3_250 + 44_469)


def test_an_interval_of_three_seeds_is_students():
    mean, low, high = paired_interval([1.0, 2.0, 3.0])
    assert (mean, round(low, 3), round(high, 3)) == (2.0, -0.484, 4.484)
    assert paired_interval([5.0])[1:] == (-np.inf, np.inf)


@pytest.mark.parametrize(
    ("expected", "value", "low", "high", "verdict"),
    [
        ("equal", 0.1, -1.0, 1.2, "met"), ("equal", 0.1, -4.0, 4.2, "met in direction"),
        ("equal", -5.0, -6.0, -4.0, "not met"),
        ("less", -5.0, -6.0, -4.0, "met"), ("less", -5.0, -11.0, 1.0, "met in direction"),
        ("less", 1.0, 0.5, 1.5, "not met"),
        ("more", 2.0, 1.0, 3.0, "met"), ("more", 2.0, -1.0, 5.0, "met in direction"),
        ("more", -2.0, -3.0, -1.0, "not met"),
    ],
)  # fmt: skip
def test_verdicts_follow_from_intervals(expected, value, low, high, verdict):
    assert judged(expected, (value, low, high), 0.0, 2.0) == verdict


def test_claims_compare_seed_by_seed():
    found = {("iid", "rank2"): Measured((80.0, 70.0, 60.0), 10), ("iid", "sgd"): Measured((81.0, 71.5, 60.5), 20)}
    claim = accuracy_claim(IMAGE_CLAIMS[0], found)
    assert claim.ours == -1.0 and claim.high < 0.5 and claim.seeds == 3 and claim.budget == {"bytes": 30}
    found = {("iid", "rank4"): Measured((100.0, 200.0), 1), ("iid", "sgd"): Measured((50.0, 100.0), 1)}
    assert perplexity_claim(WORD_CLAIMS[0], found).ours == 2.0
    single = {("iid", "rank4"): Measured((100.0,), 1), ("iid", "sgd"): Measured((100.0,), 1)}
    claim = perplexity_claim(WORD_CLAIMS[0], single)
    assert claim.low is None and claim.verdict == "met in direction"


def test_without_data_bytes_are_computed_and_the_rest_is_not_claimed(tmp_path):
    claims = measure(quick=True, root=tmp_path, images=tmp_path / "none.npz", words=tmp_path / "none.gz")
    assert [claim.verdict for claim in claims[:8]] == ["met"] * 8
    assert {claim.verdict for claim in claims[8:]} == {"not testable here"} and len(claims) == 8 + 11 + 3


@pytest.mark.slow
def test_every_claim_is_measured_on_real_images_and_captions(shared_data, tmp_path):
    claims = measure(
        quick=True, root=tmp_path, images=shared_data / "cifar10_jpeg" / "train.npz",
        words=shared_data / "flickr8k_captions" / "train.jsonl.gz",
    )  # fmt: skip
    figures = {claim.id: claim for claim in claims}
    assert all(claim.ours is not None for claim in claims)
    # 45 times fewer bytes than SGD is what rank 2 of these shapes cannot miss.
    assert figures["rank2-as-sgd"].budget["bytes"] > 0
