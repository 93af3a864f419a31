/** The alignment that the service explains, over the time of what was drawn. Plain functions. */
import { COLUMNS } from "./ink.js";

const T = COLUMNS.indexOf("t");

/** From this many times the difference that is usual within one person, two matched moments count as unlike. */
export const UNLIKE = 1.5;

/**
 * @param {number[][]} probe rows of this signature
 * @param {{path: number[][], difference: number[]}} explain the path pairs rows of the probe with rows of the reference; a
 * difference of 1 is usual within one person
 * @returns {{a: number, b: number, time: number, unlike: boolean}[]} row of the probe, row of the reference, seconds since
 * the probe began, in the order of the path
 */
export function align(probe, explain) {
  return explain.path.map(([a, b], step) => ({
    a, b, time: (probe[a][T] - probe[0][T]) / 1000, unlike: explain.difference[step] >= UNLIKE,
  }));
}

/** Values of the reference at the moments of the probe, for a trace over the probe's time. */
export function carry(pairs, times, referenceRows, referenceTraces, name) {
  const indexOf = new Map();
  referenceTraces.t.forEach((t, index) => indexOf.set(Math.round(t * 1e6), index));
  const at = (row) => {
    const time = Math.round(((referenceRows[row][T] - referenceRows[0][T]) / 1000) * 1e6);
    return indexOf.has(time) ? referenceTraces[name][indexOf.get(time)] : null;
  };
  let step = 0;
  return times.map((time) => {
    while (step < pairs.length - 1 && pairs[step + 1].time <= time) step += 1;
    return pairs.length ? at(pairs[step].b) : null;
  });
}

/** The step of the path that belongs to a moment of the replay. */
export function stepAt(pairs, time) {
  let [low, high] = [0, pairs.length - 1];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (pairs[middle].time <= time) low = middle;
    else high = middle - 1;
  }
  return low;
}
