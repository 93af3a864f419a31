/** The overlay of picked curves, and the chart of the depth probe. */
import uPlot from "../vendor/uplot.js";
import { Component, html } from "../html.js";
import { colour } from "./canvas.js";
import { styleOf } from "./runchart.js";
import { axis, Chart } from "./traces.js";

/** f, f' and f'' by their dash; the functions by colour and by a letter that stands on the line. */
export const DASHES = { value: [], slope: [8, 4], curvature: [2, 3] };
export const letter = (index) => String.fromCharCode(65 + index);

/** Put the letter of each curve on its first visible part, each a little further right than the one before. */
const letters = (marks) => (chart) => {
  const { ctx, bbox } = chart;
  ctx.save();
  ctx.font = `600 ${12 * devicePixelRatio}px Inter, sans-serif`;
  ctx.textAlign = "center";
  ctx.textBaseline = "middle";
  const count = new Set(marks.map(({ index }) => index)).size;
  const done = new Set();
  marks.forEach(({ column, index, tint }) => {
    const at = chart.posToIdx((bbox.width * (0.1 + 0.8 * ((index + 0.5) / count))) / devicePixelRatio);
    const x = chart.data[0];
    const y = chart.data[column];
    if (done.has(index)) return;
    for (let step = 0; step < x.length; step += 1) {
      const i = [at + step, at - step].find((place) => Number.isFinite(y[place]) && y[place] > chart.scales.y.min && y[place] < chart.scales.y.max);
      if (i === undefined) continue;
      const [left, top] = [chart.valToPos(x[i], "x", true), chart.valToPos(y[i], "y", true)];
      ctx.fillStyle = colour("surface");
      ctx.beginPath();
      ctx.arc(left, top, 9 * devicePixelRatio, 0, 7);
      ctx.fill();
      ctx.fillStyle = colour(tint);
      ctx.fillText(letter(index), left, top);
      done.add(index);
      break;
    }
  });
  ctx.restore();
};

/** The pieces between missing values: as columns of their own, since the library bridges a gap narrower than a pixel. */
export function segments(xs, ys) {
  const found = [];
  let open = null;
  xs.forEach((x, index) => {
    const y = ys[index];
    if (y === null) { open = null; return; }
    if (!open) found.push(open = [[], []]);
    open[0].push(x);
    open[1].push(y);
  });
  return found;
}

/** Props: curves, show (parts), low, high, onAt(x). */
export class CurveChart extends Component {
  shouldComponentUpdate(next) {
    return ["curves", "show", "low", "high"].some((name) => next[name] !== this.props[name]);
  }

  lay({ curves, show }) {
    const parts = curves.flatMap((curve, index) => show.flatMap((part) => segments(curve.x, curve[part]).map((table) => ({ index, part, table }))));
    this.columns = parts;
    return parts.length ? uPlot.join(parts.map(({ table }) => table)) : [[]];
  }

  build = () => ({
    legend: { show: false },
    cursor: { drag: { x: false, y: false }, points: { show: false } },
    scales: { x: { time: false, range: [this.props.low, this.props.high] }, y: { range: (_chart, low, high) => (low === null ? [-1, 1] : [Math.max(low, -1e4) - 0.15, Math.min(high, 1e4) + 0.15]) } },
    axes: [axis({ size: 30 }), axis({ size: 48 })],
    series: [{}, ...this.columns.map(({ index, part }) => ({
      stroke: colour(styleOf(index).name), width: part === "value" ? 2.25 : 1.75, dash: DASHES[part], points: { show: false }, spanGaps: false,
    }))],
    hooks: {
      draw: [letters(this.columns.map((one, at) => ({ ...one, column: at + 1, tint: styleOf(one.index).name })).filter(({ part }, _at, all) => part === all[0]?.part))],
      setCursor: [(chart) => {
        const { left } = chart.cursor;
        this.props.onAt(left === undefined || left < 0 ? null : chart.posToVal(left, "x"));
      }],
    },
  });

  render({ curves, show, low, high }) {
    const data = this.lay({ curves, show });
    const shape = JSON.stringify([curves.map(({ name }) => name), this.columns.map(({ index, part }) => [index, part]), low, high]);
    const names = curves.map(({ name }, index) => `${letter(index)} ${name}`).join(", ");
    return html`<${Chart} build=${this.build} data=${data} shape=${shape} height=${340} label=${`Curves over x: ${names || "none"}`} />`;
  }
}

/** Props: depths (answers of /v1/activations/depth). Signal solid, gradient dashed, both as powers of ten. */
export class DepthChart extends Component {
  shouldComponentUpdate(next) {
    return next.depths !== this.props.depths;
  }

  build = () => ({
    legend: { show: false },
    cursor: { drag: { x: false, y: false } },
    scales: { x: { time: false }, y: { range: (_chart, low, high) => [Math.min(low ?? -1, -1), Math.max(high ?? 1, 1)] } },
    axes: [axis({ size: 44, label: "layer", labelGap: 4 }), axis({ size: 58, values: (_chart, ticks) => ticks.map((tick) => `1e${tick}`) })],
    series: [{}, ...this.props.depths.flatMap((_one, index) => [[], [8, 4]].map((dash) => ({
      stroke: colour(styleOf(index).name), width: 2, dash, points: { show: false }, spanGaps: false,
    })))],
    hooks: { draw: [letters(this.props.depths.map((_one, index) => ({ column: 2 * index + 1, index, tint: styleOf(index).name })))] },
  });

  render({ depths }) {
    const log = (values) => values.map((value) => (value > 0 ? Math.log10(value) : null));
    const data = [depths[0].forward.map((_value, at) => at + 1), ...depths.flatMap(({ forward, gradient }) => [log(forward), log(gradient)])];
    const label = `Mean square of signal and gradient by layer: ${depths.map(({ name }) => name).join(", ")}`;
    return html`<${Chart} build=${this.build} data=${data} shape=${JSON.stringify(depths.map(({ name, forward }) => [name, forward.length]))} height=${280} label=${label} />`;
  }
}
