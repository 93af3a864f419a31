/** The time line of an episode: one curve over steps, those of a second policy dashed, and the moment that is shown. */
import { Component, html } from "../html.js";
import { colour } from "./canvas.js";
import { axis, Chart } from "./traces.js";

const line = (widget) => (chart) => {
  const x = Math.round(chart.valToPos(widget.props.mark, "x", true));
  const { ctx, bbox } = chart;
  ctx.save();
  ctx.setLineDash([]);
  ctx.strokeStyle = colour("accent");
  ctx.lineWidth = devicePixelRatio;
  ctx.beginPath();
  ctx.moveTo(x, bbox.top);
  ctx.lineTo(x, bbox.top + bbox.height);
  ctx.stroke();
  ctx.restore();
};

/** Columns for uPlot: steps, then each row padded with null to the longest. */
export function columns(rows) {
  const length = Math.max(...rows.map((row) => row.length));
  const steps = Array.from({ length }, (_, t) => t);
  return [steps, ...rows.map((row) => (row.length === length ? row : [...row, ...new Array(length - row.length).fill(null)]))];
}

/** Curves end where numbers do; a flat one still gets room above and below. */
const range = (_chart, low, high) => {
  const room = Math.max((high - low) * 0.08, 1e-3 * Math.max(Math.abs(high), Math.abs(low)), 1e-6);
  return [low - room, high + room];
};

/** Props: title, rows ([mine, pale?, other?], null where there is none), words (legend of each), at, onSeek(step). */
export class EpisodeChart extends Component {
  build = (widget) => ({
    legend: { show: false },
    cursor: { y: false, points: { show: false }, drag: { setScale: false, x: false, y: false } },
    scales: { x: { time: false }, y: { range } },
    axes: [axis({ size: 24 }), axis({ size: 52 })],
    series: [{}, ...this.styles()],
    hooks: {
      draw: [line(widget)],
      ready: [(chart) => chart.over.addEventListener("click", () => chart.cursor.idx !== null && this.props.onSeek(chart.cursor.idx))],
    },
  });

  styles() {
    return this.props.rows.map((row, index) => ({
      show: Boolean(row), points: { show: false }, width: index === 0 ? 1.75 : 1.25,
      stroke: colour(index === 2 ? "bandwidth" : index === 1 ? "line-strong" : "comparisons"), dash: index === 0 ? undefined : index === 1 ? [2, 3] : [6, 3],
    }));
  }

  render({ title, rows, words, at }) {
    const same = this.rows && rows.every((row, index) => row === this.rows[index]);
    if (!same) {
      this.rows = rows;
      this.data = columns(rows.map((row) => row ?? []));
    }
    return html`<figure class="episode-chart">
      <figcaption class="small"><strong>${title}</strong>${words.map((word, index) => word && rows[index] && html`<span key=${index} class=${`key k${index}`}>${word}</span>`)}</figcaption>
      <${Chart} build=${this.build} data=${this.data} shape=${rows.map(Boolean).join()} label=${`${title} over the steps of the episode`} height=${112} mark=${at} />
    </figure>`;
  }
}
