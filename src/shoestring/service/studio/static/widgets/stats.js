/** Statistics across seeds. Plain functions of plain arrays; null means "no value here". */

/**
 * Exponential moving average with the start corrected, so that the first values are not pulled to zero.
 * @param {(number|null)[]} values
 * @param {number} weight 0 keeps the values, towards 1 remembers longer
 */
export function smooth(values, weight) {
  let [sum, mass] = [0, 0];
  return values.map((value) => {
    if (value === null || !Number.isFinite(value)) return null;
    sum = weight * sum + (1 - weight) * value;
    mass = weight * mass + (1 - weight);
    return sum / mass;
  });
}

/** All x of all curves in order; thinned evenly to `most` when there are more. */
export function commonGrid(curves, most = 1200) {
  const all = [...new Set(curves.flatMap((curve) => curve.map(([x]) => x)))].sort((a, b) => a - b);
  if (all.length <= most) return all;
  return Array.from({ length: most }, (_none, i) => all[Math.round((i * (all.length - 1)) / (most - 1))]);
}

/** A curve on a grid, straight between its points and null outside of what was recorded. */
export function onGrid(curve, grid) {
  let at = 0;
  return grid.map((x) => {
    while (at < curve.length - 1 && curve[at + 1][0] <= x) at += 1;
    const [x0, y0] = curve[at] ?? [Infinity, null];
    if (x < x0) return null;
    if (x === x0) return y0;
    const next = curve[at + 1];
    if (!next) return null;
    return y0 === null || next[1] === null ? null : y0 + ((next[1] - y0) * (x - x0)) / (next[0] - x0);
  });
}

/**
 * Which order statistics of n independent values enclose the true median?
 * Between the k-th smallest and the k-th largest with probability 1 - 2 P(Binomial(n, 1/2) < k), whatever the
 * distribution. Takes the narrowest interval that reaches `wanted`, else the whole range with what it does reach.
 * @returns {{k: number, coverage: number}}
 */
export function medianInterval(n, wanted = 0.95) {
  if (n < 2) return { k: 1, coverage: 0 };
  let [best, below, term] = [{ k: 1, coverage: 1 - 2 ** (1 - n) }, 2 ** -n, 2 ** -n];
  for (let k = 2; 2 * k <= n; k += 1) {
    term *= (n - k + 2) / (k - 1);
    below += term;
    const coverage = 1 - 2 * below;
    if (coverage < wanted) break;
    best = { k, coverage };
  }
  return best;
}

export function median(values) {
  const sorted = values.filter((value) => value !== null && Number.isFinite(value)).sort((a, b) => a - b);
  if (!sorted.length) return null;
  const half = sorted.length >> 1;
  return sorted.length % 2 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}

/**
 * Median and its interval over seeds at each moment; both null where some seed has no value, so that a line never jumps
 * because a seed ended.
 * @param {(number|null)[][]} rows one array a seed, all on the same grid
 */
export function across(rows) {
  const { k, coverage } = medianInterval(rows.length);
  const mid = [];
  const low = [];
  const high = [];
  for (let i = 0; i < (rows[0]?.length ?? 0); i += 1) {
    const sorted = rows.map((row) => row[i]).filter((value) => value !== null && Number.isFinite(value)).sort((a, b) => a - b);
    const whole = sorted.length === rows.length;
    mid.push(whole ? median(sorted) : null);
    low.push(whole && rows.length > 1 ? sorted[k - 1] : null);
    high.push(whole && rows.length > 1 ? sorted[sorted.length - k] : null);
  }
  return { mid, low, high, coverage };
}
