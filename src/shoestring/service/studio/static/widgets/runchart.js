/** Curves of the picked groups: a median over seeds with its interval, the seeds thin behind it, the raw line kept. */
import { Component, html } from "../html.js";
import { colour } from "./canvas.js";
import { across, commonGrid, onGrid, smooth } from "./stats.js";
import { axis, Chart } from "./traces.js";

/** Colour-blind safe, and each with a dash of its own: two lines differ in print too. */
const STYLES = [
  { name: "comparisons", dash: [] }, { name: "labels", dash: [9, 4] }, { name: "bandwidth", dash: [3, 3] },
  { name: "rewards", dash: [12, 4, 3, 4] }, { name: "ink", dash: [6, 3] }, { name: "muted", dash: [2, 4] },
];
export const MOST = 12;

/** @returns {{name: string, dash: number[]}} */
export const styleOf = (index) => STYLES[index % STYLES.length];

/** Lay out uPlot's columns: for each group its seeds, low, high, the plain median, and on top the smoothed one. */
export function columns(groups, weight, log) {
  const grid = commonGrid(groups.flatMap(({ curves }) => curves));
  const positive = (values) => (log ? values.map((value) => (value > 0 ? value : null)) : values);
  const table = [grid];
  const series = [];
  groups.forEach(({ curves }, index) => {
    const seeds = curves.map((curve) => positive(onGrid(curve, grid)));
    const { mid, low, high, coverage } = across(seeds);
    for (const seed of seeds) { table.push(seed); series.push({ index, role: "seed" }); }
    table.push(low, high, mid, smooth(mid, weight));
    series.push({ index, role: "low", coverage }, { index, role: "high" }, { index, role: "raw" }, { index, role: "line" });
  });
  return { table, series };
}

const WIDTH = { seed: 1, low: 0, high: 0, raw: 1, line: 2.25 };

/** Short numbers for the axes: 120k rather than 120,000. */
const short = (value) => (value === null ? "" : Intl.NumberFormat("en", { notation: "compact", maximumSignificantDigits: 4 }).format(value));

/** Props: groups ([{label, curves, style}]), weight, log, x (its name), metric. */
export class RunChart extends Component {
  shouldComponentUpdate(next) {
    return ["groups", "weight", "log", "x", "metric"].some((name) => next[name] !== this.props[name]);
  }

  build = () => {
    const { log, x, weight } = this.props;
    const { series } = this.laid;
    const bands = series.flatMap(({ role, index }, at) => (role === "high" ? [{ series: [at + 1, at], fill: `${colour(styleOf(this.props.groups[index].style).name)}26` }] : []));
    return {
      legend: { show: false },
      cursor: { drag: { x: true, y: false } },
      scales: { x: { time: false }, y: log ? { distr: 3 } : {} },
      axes: [axis({ label: x, labelGap: 4, size: 34, space: 90, values: (_chart, values) => values.map(short) }), axis({ size: 58, values: (_chart, values) => values.map(short) })],
      bands,
      series: [{}, ...series.map(({ index, role }) => {
        const { name, dash } = styleOf(this.props.groups[index].style);
        const faint = role === "seed" || role === "raw";
        return {
          stroke: WIDTH[role] ? `${colour(name)}${faint ? (role === "raw" ? "99" : "59") : ""}` : "transparent", width: WIDTH[role],
          dash: role === "line" ? dash : undefined, points: { show: false }, spanGaps: false, show: role !== "raw" || weight > 0,
        };
      })],
    };
  };

  render({ groups, weight, log, x, metric }) {
    this.laid = columns(groups, weight, log);
    const shape = JSON.stringify([groups.map(({ style, curves }) => [style, curves.length]), log, x, metric, weight > 0]);
    return html`<${Chart} build=${this.build} data=${this.laid.table} shape=${shape} height=${340}
      label=${`${metric} over ${x}: ${groups.map(({ label }) => label).join(", ")}`} />`;
  }
}
