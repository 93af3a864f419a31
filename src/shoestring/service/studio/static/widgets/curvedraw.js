/** Draw an activation: points are put, moved and taken away; what lies between them is computed by the server. */
import { Component, createRef, html } from "../html.js";
import { number } from "./curvegrid.js";

const [WIDTH, HEIGHT, LOW, HIGH, BOTTOM, TOP] = [480, 300, -5, 5, -3, 4];
const left = (x) => ((x - LOW) / (HIGH - LOW)) * WIDTH;
const top = (y) => HEIGHT - ((y - BOTTOM) / (TOP - BOTTOM)) * HEIGHT;

const line = (xs, ys) => xs.map((x, index) => (ys[index] === null ? "" : `${index && ys[index - 1] !== null ? "L" : "M"}${left(x).toFixed(1)} ${Math.max(-99, Math.min(HEIGHT + 99, top(ys[index]))).toFixed(1)}`)).join("");

/**
 * Props: points, chosen (index), curve (samples of the drawn one, or null), on (addPoint, putPoints, removePoint, edit).
 * With the keyboard: the list beside the picture, or the arrow keys of the page.
 */
export class CurveDraw extends Component {
  surface = createRef();

  place(event) {
    const box = this.surface.current.getBoundingClientRect();
    return [LOW + ((event.clientX - box.left) / box.width) * (HIGH - LOW), TOP - ((event.clientY - box.top) / box.height) * (TOP - BOTTOM)];
  }

  /** The point under the pointer, within a finger's width. */
  near([x, y]) {
    const far = this.props.points.map(([px, py]) => Math.hypot(left(px) - left(x), top(py) - top(y)));
    const best = far.indexOf(Math.min(...far));
    return far[best] < 14 ? best : -1;
  }

  down = (event) => {
    if (event.button !== 0) return;
    event.preventDefault();
    const at = this.place(event);
    const hit = this.near(at);
    if (hit < 0) this.props.on.addPoint(...at);
    else this.props.on.edit({ point: hit });
    this.dragging = true;
    this.surface.current.setPointerCapture(event.pointerId);
  };

  drag = (event) => {
    const { points, chosen, on } = this.props;
    if (!this.dragging || chosen < 0) return;
    const at = this.place(event);
    on.putPoints(points.map((point, index) => (index === chosen ? at : point)), chosen);
  };

  up = () => {
    this.dragging = false;
  };

  /** Painting again would put the old number back into a field that is being typed into, whatever answer arrives. */
  shouldComponentUpdate() {
    return !this.typing;
  }

  render({ points, chosen, curve, on }) {
    const typing = () => { this.typing = true; };
    const typed = () => { this.typing = false; };
    const field = (index, axis) => (event) => {
      typed();
      const value = Number(event.target.value);
      if (event.target.value !== "" && Number.isFinite(value)) on.putPoints(points.map((point, at) => (at === index ? [axis ? point[0] : value, axis ? value : point[1]] : point)), index);
    };
    return html`<div class="draw-area">
      <svg ref=${this.surface} class="draw-surface" viewBox=${`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label=${`Drawn curve through ${points.length} points; the list beside it holds them`}
        onPointerDown=${this.down} onPointerMove=${this.drag} onPointerUp=${this.up} onPointerCancel=${this.up}>
        ${[-4, -3, -2, -1, 0, 1, 2, 3, 4].map((x) => html`<path class=${x ? "rule" : "zero"} d=${`M${left(x)} 0V${HEIGHT}`} />`)}
        ${[-2, -1, 0, 1, 2, 3].map((y) => html`<path class=${y ? "rule" : "zero"} d=${`M0 ${top(y)}H${WIDTH}`} />`)}
        ${[-4, -2, 2, 4].map((x) => html`<text x=${left(x)} y=${HEIGHT - 4}>${x}</text>`)}
        ${[-2, -1, 1, 2, 3].map((y) => html`<text x="10" y=${top(y) + 4}>${y}</text>`)}
        ${curve && html`<path class="of-slope" d=${line(curve.x, curve.slope)} /><path class="of-value" d=${line(curve.x, curve.value)} />`}
        ${points.map(([x, y], index) => html`<circle class=${`handle${index === chosen ? " chosen" : ""}`} cx=${left(x)} cy=${top(y)} r=${index === chosen ? 7 : 5.5} />`)}
      </svg>
      <div class="draw-points" role="group" aria-label="Points">
        ${points.map(([x, y], index) => html`<div class="draw-point" key=${index}>
          <input type="number" step="0.1" aria-label=${`x of point ${index + 1}`} value=${number(x)} onFocus=${() => on.edit({ point: index })} onInput=${typing} onBlur=${typed} onChange=${field(index, 0)} />
          <input type="number" step="0.1" aria-label=${`y of point ${index + 1}`} value=${number(y)} onFocus=${() => on.edit({ point: index })} onInput=${typing} onBlur=${typed} onChange=${field(index, 1)} />
          <button class="quiet" aria-label=${`Take point ${index + 1} away`} disabled=${points.length <= 2} onClick=${() => on.removePoint(index)}>×</button>
        </div>`)}
      </div>
    </div>`;
  }
}
