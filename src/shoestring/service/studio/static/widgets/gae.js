/** Generalised advantages in the page: the recursion of `shoestring.rl.returns.gae`, on an episode of GET /v1/runs. */

/**
 * @param {{reward: number[], value: number[], reached_value: number[], terminated: boolean[], truncated: boolean[]}} episode
 * @returns {{delta: number[], advantage: number[]}} TD errors and advantages; only a termination has no future
 */
export function gae({ reward, value, reached_value: reached, terminated, truncated }, gamma, lambda) {
  const steps = reward.length;
  const [delta, advantage] = [new Array(steps), new Array(steps)];
  let after = 0;
  for (let t = steps - 1; t >= 0; t -= 1) {
    delta[t] = reward[t] + (terminated[t] ? 0 : gamma * reached[t]) - value[t];
    after = delta[t] + (terminated[t] || truncated[t] ? 0 : gamma * lambda * after);
    advantage[t] = after;
  }
  return { delta, advantage };
}

/** Steps over which an advantage looks ahead: 1 / (1 - gamma lambda). */
export const horizon = (gamma, lambda) => 1 / Math.max(1 - gamma * lambda, 1e-9);
