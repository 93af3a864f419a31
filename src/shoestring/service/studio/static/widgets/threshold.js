/** How many groups there are at every threshold, with the chosen one marked. */
import { Component, html } from "../html.js";
import { colour } from "./canvas.js";
import { axis, Chart } from "./traces.js";
import uPlot from "../vendor/uplot.js";

const STEPS = { width: 2, points: { show: false }, paths: uPlot.paths.stepped({ align: -1 }) };

/** Columns for uPlot, the threshold growing: groups, and rows of the largest group. */
export function columns({ threshold, groups, largest }) {
  return [threshold, groups, largest].map((values) => values.toReversed());
}

/** Props: curve (of POST /duplicates), threshold. */
export class ThresholdChart extends Component {
  build = (widget) => ({
    legend: { show: false },
    cursor: { drag: { x: false, y: false } },
    scales: { x: { time: false } },
    axes: [axis({ label: "threshold", labelGap: 4, size: 34, space: 70 }), axis({ size: 58 })],
    // Between two merges nothing changes: what holds at a threshold is the state of the merge above it.
    series: [{}, { ...STEPS, stroke: colour("comparisons") }, { ...STEPS, stroke: colour("labels"), dash: [6, 4] }],
    hooks: { draw: [(chart) => {
      const at = chart.valToPos(widget.props.mark, "x", true);
      const { ctx, bbox } = chart;
      if (at < bbox.left || at > bbox.left + bbox.width) return;
      ctx.save();
      ctx.strokeStyle = colour("accent");
      ctx.beginPath();
      ctx.moveTo(at, bbox.top);
      ctx.lineTo(at, bbox.top + bbox.height);
      ctx.stroke();
      ctx.restore();
    }] },
  });

  render({ curve, threshold }) {
    if (curve.threshold.length < 2) return null;
    if (this.curve !== curve) {
      this.curve = curve;
      this.data = columns(curve);
    }
    return html`<figure class="threshold-chart">
      <${Chart} build=${this.build} data=${this.data} shape="threshold" mark=${threshold} height=${200} label="Groups and the largest group at every threshold" />
      <figcaption class="small muted"><span class="key-line groups"></span>groups <span class="key-line largest"></span>rows of the largest group</figcaption>
    </figure>`;
  }
}
