import numpy as np
import pytest

from shoestring.papers import gae
from shoestring.papers.gae_cart_pole import Learned


def made(better):
    """Returns of every setting for six seeds: 100 with luck, and more where ``better`` says so."""
    luck = np.random.default_rng(0).normal(100, 30, (21, 6))
    return {name: Learned(luck + better.get(name, 0.0), 10) for name in gae.settings()}


def test_the_grid_has_the_article_s_networks_and_both_ends_of_lambda():
    settings = gae.settings()
    assert len(settings) == 22 and {s.trace for s in settings.values()} == set(gae.TRACES)
    assert all(s.hidden == () and s.critic_hidden == (20,) for s in settings.values())
    assert settings["time"].baseline == "time" and settings["time"].trace == 1.0
    assert settings[gae.cell(0.9, 0.0)].discount == 0.9


def test_claims_follow_from_the_returns():
    claims = {c.id: c for c in gae.cart_pole_claims(made({gae.cell(0.99, 0.96): 50.0}))}
    assert all(claims[key].ours == pytest.approx(50) and claims[key].verdict == "met" for key in (
        "lambda-0", "lambda-1", "lambda-0-speed", "lambda-1-speed", "value-time", "value-none"
    ))  # fmt: skip
    assert claims["grid"].ours == pytest.approx(12.5) and claims["grid"].budget == {"env_steps": 200}
    assert "gamma 0.99: 1" in claims["grid"].why
    none = {c.id: c.verdict for c in gae.cart_pole_claims(made({gae.cell(0.99, 1.0): 50.0}))}
    assert none["lambda-1"] == none["lambda-0"] == none["grid"] == "not met"


def test_without_mujoco_nothing_is_claimed(tmp_path, monkeypatch):
    def missing(name):
        raise gae.MissingExtraError("mujoco", "mujoco")

    monkeypatch.setattr(gae, "random_return", missing)
    claims = gae.mujoco(quick=True, root=tmp_path)
    assert len(claims) == 3 and {claim.verdict for claim in claims} == {"not testable here"}


def test_random_actions_drop_the_pendulum():
    pytest.importorskip("mujoco")
    assert 1 <= gae.random_return("InvertedPendulum-v5", 4) < 50


@pytest.mark.slow
def test_every_claim_is_measured(tmp_path):
    pytest.importorskip("mujoco")
    claims = gae.measure(quick=True, root=tmp_path)
    assert len(claims) == 10 and all(claim.ours is not None for claim in claims)
