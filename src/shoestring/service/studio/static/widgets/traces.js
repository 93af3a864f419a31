/** uPlot inside Preact: created once, fed by data, repainted when the colours change. */
import { Component, createRef, html } from "../html.js";
import uPlot from "../vendor/uplot.js";
import { colour, watch } from "./canvas.js";

/**
 * @param {{build: (width: number) => object, data: any[], shape: string, label: string, height: number}} props
 * `shape` names what `build` depends on: the chart is made anew when it changes, and only fed otherwise
 */
export class Chart extends Component {
  box = createRef();

  componentDidMount() {
    this.unwatch = watch(this.box.current, () => this.make());
    this.make();
  }

  componentDidUpdate(before) {
    if (before.shape !== this.props.shape) this.make();
    else if (before.data !== this.props.data) this.chart.setData(this.props.data);
    else if (before.mark !== this.props.mark) this.chart.redraw(false);
  }

  componentWillUnmount() {
    this.unwatch();
    this.chart?.destroy();
  }

  make() {
    const width = this.box.current.clientWidth;
    if (!width) return;
    const { theme } = document.documentElement.dataset;
    const key = `${width} ${theme} ${this.props.shape}`;
    if (key === this.key && this.chart && colour("grid") === this.tint) return;
    [this.key, this.tint] = [key, colour("grid")];
    this.chart?.destroy();
    this.chart = new uPlot({ width, height: this.props.height, ...this.props.build(this) }, this.props.data, this.box.current);
  }

  render({ label }) {
    return html`<div class="chart" ref=${this.box} role="img" aria-label=${label}></div>`;
  }
}

/** Axes in the studio's type and colours. */
export function axis(extra = {}) {
  return {
    stroke: colour("muted"), font: "11px Inter, sans-serif", labelFont: "12px Inter, sans-serif", labelSize: 18, gap: 4,
    grid: { stroke: colour("grid"), width: 1 }, ticks: { stroke: colour("grid"), width: 1, size: 4 }, ...extra,
  };
}

/** Draw the moment of the replay as a vertical line. */
const playhead = (widget) => (chart) => {
  const at = widget.props.mark;
  if (at === null || at === undefined) return;
  const x = Math.round(chart.valToPos(at, "x", true));
  const { ctx, bbox } = chart;
  ctx.save();
  ctx.strokeStyle = colour("accent");
  ctx.lineWidth = devicePixelRatio;
  ctx.beginPath();
  ctx.moveTo(x, bbox.top);
  ctx.lineTo(x, bbox.top + bbox.height);
  ctx.stroke();
  ctx.restore();
};

const seconds = (_chart, values) => values.map((value) => `${value} s`);
const fromZero = (_chart, _low, high) => [0, 1.08 * (high || 1)];

/**
 * One curve of the signature, and the same of the reference behind it when there is one.
 * Props: title, t (seconds), mine and theirs (values, null above the surface), mark (seconds or null), range.
 */
export class Trace extends Component {
  data(t, mine, theirs) {
    if (this.kept?.t !== t || this.kept.theirs !== theirs) this.kept = { t, theirs, table: [t, theirs ?? t.map(() => null), mine] };
    return this.kept.table;
  }

  build = (widget) => ({
    legend: { show: false },
    cursor: { y: false, points: { show: false }, drag: { setScale: false } },
    scales: { x: { time: false }, y: { range: this.props.range ?? fromZero } },
    axes: [axis({ size: 26, values: seconds }), axis({ size: 44 })],
    series: [
      {},
      { stroke: colour("ink-other"), width: 1.25, dash: [5, 3], show: Boolean(this.props.theirs), points: { show: false } },
      { stroke: colour("ink"), width: 1.75, points: { show: false } },
    ],
    hooks: { draw: [playhead(widget)] },
  });

  render({ title, t, mine, theirs, mark }) {
    return html`<figure class="trace">
      <figcaption class="small"><strong>${title}</strong>
        ${theirs && html`<span class="legend"><i class="solid"></i>this one<i class="dashed"></i>reference, matched in time</span>`}</figcaption>
      <${Chart} build=${this.build} data=${this.data(t, mine, theirs)} shape=${`${title} ${Boolean(theirs)}`}
        label=${`${title} over time`} height=${124} mark=${mark} />
    </figure>`;
  }
}
