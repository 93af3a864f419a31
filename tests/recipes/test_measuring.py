import pytest

from shoestring.core.errors import ConfigError
from shoestring.distributed import tunnel
from shoestring.recipes.bandwidth import measurement
from shoestring.recipes.measuring import METHODS, measure
from shoestring.recipes.training import create, plan

TINY = ["images=60", "test_images=10", "side=8", "width=8", "blocks=[1, 1]", "batch_size=2", "compress.kind=none"]


@pytest.fixture
def run(tmp_path):
    return create(plan("powersgd-images", TINY), tmp_path)


@pytest.mark.slow
@pytest.mark.skipif(bool(tunnel.unavailable()), reason=tunnel.unavailable() or "-")
def test_real_workers_on_real_links_send_what_was_predicted(run, monkeypatch):
    monkeypatch.setattr("shoestring.recipes.measuring.METHODS", {name: METHODS[name] for name in ("none", "rank 1")})
    document = measure(run, steps=10, mbits=(50,))
    assert measurement(run) == document
    plain, rank1 = document["methods"]
    for method in (plain, rank1):
        on_link = method["measured"]["50"]
        # Headers and acknowledgements weigh more on messages of a few kilobytes.
        assert method["predicted_sent"] == on_link["sent"] < on_link["wire"] < 1.12 * on_link["sent"] + 3_000
        assert on_link["send_ms"] > 0 and on_link["compute_ms"] > 0
    assert plain["cosine"] == pytest.approx(1) and plain["relative_error"] == pytest.approx(0, abs=1e-5)
    assert 0 < rank1["optimal_error"]["4"] < rank1["optimal_error"]["1"] < 1
    assert rank1["predicted_sent"] < plain["predicted_sent"] / 3


@pytest.mark.slow
def test_without_a_tunnel_the_steps_are_measured_and_links_predicted(run, monkeypatch):
    monkeypatch.setattr("shoestring.recipes.measuring.METHODS", {"none": METHODS["none"]})
    # The run itself simulates its workers.
    run = create(plan("powersgd-images", [*TINY, "workers=2"]), run.path.parent)
    document = measure(run, steps=6, use_tunnel=False)
    assert document["methods"][0]["measured"] == {} and document["methods"][0]["wire"] is None
    assert document["methods"][0]["predicted_ms"][0] > document["methods"][0]["predicted_ms"][-1]


def test_what_cannot_be_measured_is_refused_before_anything_starts(run, tmp_path, monkeypatch):
    with pytest.raises(ConfigError, match="at least 2 workers"):
        measure(run, workers=1)
    with pytest.raises(ConfigError, match="not trained by gradients"):
        measure(create(plan("signature-dtw", ["data=synthetic:7"]), tmp_path))
    monkeypatch.setattr(tunnel, "unavailable", lambda: "no root here")
    with pytest.raises(ConfigError, match="no root here"):
        measure(run, use_tunnel=True)
    assert not (run.path / "bandwidth.json").exists()
