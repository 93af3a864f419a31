"""Our batch beside as many environments of Gymnasium, put into the same states and given the same actions."""

import numpy as np
import pytest

from shoestring.rl.spaces import Discrete

SIZE, STEPS = 6, 700


def assert_equal_step_for_step(environment, name):
    """Through hundreds of steps with ends of episodes by themselves and by the limit."""
    import gymnasium

    rng = np.random.default_rng(0)
    ours = environment.build(SIZE, rng)
    theirs = [gymnasium.make(name) for _ in range(SIZE)]
    assert theirs[0].spec.max_episode_steps == environment.limit
    assert ours.observation_space.low == pytest.approx(theirs[0].observation_space.low)
    assert ours.observation_space.high == pytest.approx(theirs[0].observation_space.high)
    for index, env in enumerate(theirs):
        env.reset(seed=0)
        put(env, ours.state[:, index])
    ends = 0
    for _ in range(STEPS):
        if isinstance(ours.action_space, Discrete):
            action = rng.integers(ours.action_space.n, size=SIZE)
        else:
            action = rng.uniform(-3, 3, (SIZE, 1)).astype(np.float32)
        step = ours.step(action)
        for index, env in enumerate(theirs):
            observation, reward, terminated, truncated, _ = env.step(action[index])
            assert np.allclose(step.reached[index], observation, rtol=1e-6, atol=1e-6)
            assert np.isclose(step.reward[index], float(reward), rtol=1e-9)
            # Gymnasium may set both flags at the limit; an episode that ended by itself was not cut.
            assert step.terminated[index] == terminated and step.truncated[index] == (truncated and not terminated)
            if terminated or truncated:
                ends += 1
                env.reset(seed=0)
            # The same state, so that rounding never adds up.
            put(env, ours.state[:, index])
    assert ends >= SIZE


def put(env, state):
    env.unwrapped.state = state.copy()
