import json
from dataclasses import replace

import numpy as np
import pytest
import torch

from shoestring.core.errors import BadDataError, NotFoundError
from shoestring.rl import episodes
from shoestring.rl.actor_critic import ActorCritic
from shoestring.rl.envs import CartPole, Pendulum
from shoestring.rl.episodes import FOLDER, find, listed, read, read_head, record, write
from shoestring.rl.policy_files import TrainedPolicy


def recorded(component, **settings):
    env = component.build(1, np.random.default_rng(0))
    networks = ActorCritic(env.observation_space, env.action_space, torch.Generator().manual_seed(0))
    judge = TrainedPolicy(
        networks, None, component.kind, env.observation_space, env.action_space, (64, 64), (64, 64),
        settings={"kind": component.kind}, discount=0.9, trace=0.8,
    )  # fmt: skip
    return record(env, judge, np.random.default_rng(1), **settings), judge


@pytest.fixture(params=[CartPole(limit=40), Pendulum(limit=15)], ids=lambda component: component.kind)
def episode(request):
    return recorded(request.param)


def test_an_episode_is_recorded_from_start_to_end(episode, tmp_path):
    episode, judge = episode
    ended = episode.terminated | episode.truncated
    assert ended.tolist() == [False] * (len(episode) - 1) + [True]
    assert episode.value == pytest.approx(judge.value(episode.observation), abs=1e-6)
    assert episode.reached_value[:-1] == pytest.approx(episode.value[1:], abs=1e-6)
    assert episode.reached_value[-1] == pytest.approx(judge.value(episode.final[None])[0], abs=1e-6)
    assert episode.distribution == pytest.approx(judge.distribution(episode.observation), abs=1e-6)
    assert (episode.how, episode.total) == ("drawn", episode.reward.sum())
    write(tmp_path / "new" / "e.npz", episode)
    again = read(tmp_path / "new" / "e.npz")
    assert again.head() == episode.head() and read_head(tmp_path / "new" / "e.npz")["steps"] == len(episode)
    for name in (*episodes.ROWS, "final", "visits"):
        ours, theirs = getattr(again, name), getattr(episode, name)
        assert (ours == theirs).all() and ours.dtype == theirs.dtype
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["e.npz"], "nothing half-written stays"


def test_advantages_are_those_of_the_settings_and_can_be_asked_for_others(episode):
    episode, _ = episode
    delta = episode.reward + 0.9 * episode.reached_value * ~episode.terminated - episode.value
    assert episode.advantage(trace=0.0) == pytest.approx(delta)
    loop, after = [], 0.0
    for error in delta[::-1]:
        after = error + 0.9 * 0.8 * after
        loop.append(after)
    assert episode.advantage() == pytest.approx(loop[::-1])


def test_an_episode_without_end_is_cut_and_says_so():
    episode, _ = recorded(CartPole(limit=100_000), max_steps=4)
    assert len(episode) == 4 and episode.truncated.tolist() == [False, False, False, True]
    assert not episode.terminated.any() and episode.head()["end"] == "truncated"


def test_what_is_no_episode_is_refused(tmp_path):
    whole, _ = recorded(CartPole(limit=40))
    path = tmp_path / "e.npz"
    for content in (b"PK\x03\x04 nothing", b"", b"\x00" * 100):
        path.write_bytes(content)
        with pytest.raises(BadDataError, match="not a readable npz"):
            read(path)
    with pytest.raises(BadDataError, match="no such file"):
        read(tmp_path / "other.npz")
    long = len(whole) + 1
    for wrong in (
        {"reward": np.zeros(1)}, {"reward": np.full(len(whole), np.nan)}, {"value": np.zeros((len(whole), 2))},
        {"terminated": np.zeros(len(whole))}, {"final": np.zeros(3)}, {"observation": np.zeros((long, 4))},
        {"visits": np.zeros((2, 2))}, {"action": np.array(["left"] * len(whole))},
    ):  # fmt: skip
        fake = replace(whole, **wrong)
        arrays = {name: getattr(fake, name) for name in (*episodes.ROWS, "final", "visits")}
        head = np.frombuffer(json.dumps(whole.head()).encode(), dtype=np.uint8)
        np.savez(path, head=head, **arrays)
        with pytest.raises(BadDataError, match="do not belong together"):
            read(path)
    np.savez(path, **arrays)
    with pytest.raises(BadDataError, match="e.npz"):
        read(path)
    for head in (b"{}", b"[1]", b"\xff\xfe", json.dumps(whole.head() | {"schema": "x"}).encode()):
        np.savez(path, head=np.frombuffer(head, dtype=np.uint8))
        with pytest.raises(BadDataError, match="not an episode"):
            read_head(path)
    np.savez(path, head=np.array([{}], dtype=object))
    with pytest.raises(BadDataError):
        read(path)


def test_size_is_bounded_when_writing_and_when_reading(tmp_path, monkeypatch):
    whole, _ = recorded(CartPole(limit=40))
    write(tmp_path / "e.npz", whole)
    monkeypatch.setattr(episodes, "MAX_BYTES", 100)
    with pytest.raises(BadDataError, match="too large"):
        write(tmp_path / "f.npz", whole)
    assert not (tmp_path / "f.npz").exists()
    monkeypatch.setattr(episodes, "MAX_BYTES", -(2**16))
    with pytest.raises(BadDataError, match="the limit is 0"):
        read(tmp_path / "e.npz")


def test_episodes_of_a_run_are_listed_by_age_and_found_by_name_or_number(tmp_path):
    whole, _ = recorded(CartPole(limit=5))
    for name in ("evaluation-best", "training-000000000010", "training-000000000009", "Not a name"):
        write(tmp_path / FOLDER / f"{name}.npz", whole)
    names = [name for name, _ in listed(tmp_path)]
    assert names == ["training-000000000009", "training-000000000010", "evaluation-best"]
    assert find(tmp_path, "2") == find(tmp_path, names[1])
    for wrong in ("4", "0", "../run", "nothing"):
        with pytest.raises(NotFoundError, match="it has: training-000000000009"):
            find(tmp_path, wrong)
    with pytest.raises(NotFoundError, match="none"):
        find(tmp_path / "empty", "1")
