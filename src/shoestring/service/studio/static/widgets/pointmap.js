/** A map of very many points: all of them are drawn, the nearest to the pointer is found by a grid of cells. */
import { Component, createRef, html } from "../html.js";
import { colour, prepare, watch } from "./canvas.js";

/** Coordinates of the server: a square of so many places a side. */
export const SIDE = 65536;
const CELLS = 256;
const REACH = 14;
const FARTHEST = 200;
export const WHOLE = { x: SIDE / 2, y: SIDE / 2, zoom: 1 };

/** Points by cell, so that a search looks at few of them: `start[c] .. start[c + 1]` are the places of cell c. */
export function cellsOf(x, y) {
  const cell = (i) => (x[i] >> 8) + CELLS * (y[i] >> 8);
  const start = new Uint32Array(CELLS * CELLS + 1);
  for (let i = 0; i < x.length; i += 1) start[cell(i) + 1] += 1;
  for (let c = 0; c < CELLS * CELLS; c += 1) start[c + 1] += start[c];
  const next = start.slice();
  const order = new Uint32Array(x.length);
  for (let i = 0; i < x.length; i += 1) { order[next[cell(i)]] = i; next[cell(i)] += 1; }
  return { start, order };
}

/** The point nearest to a place within `reach`, or -1. */
export function nearestPoint({ x, y, cells }, px, py, reach) {
  let [best, least] = [-1, reach * reach];
  const low = (v) => Math.max(0, Math.floor((v - reach) / 256));
  const high = (v) => Math.min(CELLS - 1, Math.floor((v + reach) / 256));
  for (let row = low(py); row <= high(py); row += 1) {
    for (let column = low(px); column <= high(px); column += 1) {
      const c = column + CELLS * row;
      for (let k = cells.start[c]; k < cells.start[c + 1]; k += 1) {
        const i = cells.order[k];
        const far = (x[i] - px) ** 2 + (y[i] - py) ** 2;
        if (far < least) [best, least] = [i, far];
      }
    }
  }
  return best;
}

/** The nearest other point to the right, left, up or down: within 45 degrees of that direction; `from` where there is none. */
export function neighbour({ x, y }, from, dx, dy) {
  let [best, least] = [from, Infinity];
  for (let i = 0; i < x.length; i += 1) {
    const [a, b] = [x[i] - x[from], y[from] - y[i]];
    const along = a * dx + b * dy;
    const aside = Math.abs(a * dy) + Math.abs(b * dx);
    const far = a * a + b * b;
    if (along > 0 && aside <= along && far < least) [best, least] = [i, far];
  }
  return best;
}

const rgb = (name) => {
  const text = colour(name);
  return [1, 3, 5].map((at) => parseInt(text.slice(at, at + 2), 16));
};

/** Props: data ({x, y, cells}), view, marks (places of the hits, best first), cursor (a place or -1), label, text (of the cursor), onView, onHover, onPick. */
export class PointMap extends Component {
  base = createRef();
  over = createRef();
  from = null;
  waiting = false;

  componentDidMount() {
    this.end = watch(this.base.current, () => this.draw());
    this.draw();
  }

  componentWillUnmount() {
    this.end();
  }

  componentDidUpdate(before) {
    const moved = before.data !== this.props.data || before.view !== this.props.view;
    if (moved) this.draw(); else this.drawOver();
  }

  /** Pixels for one place of the server, and where the corner lies. */
  frame() {
    const { clientWidth: width, clientHeight: height } = this.base.current;
    const { x, y, zoom } = this.props.view;
    const scale = (zoom * Math.min(width, height) * 0.94) / SIDE;
    return { scale, width, height, left: width / 2 - x * scale, top: height / 2 - (SIDE - y) * scale };
  }

  draw() {
    if (this.waiting) return;
    this.waiting = true;
    requestAnimationFrame(() => {
      this.waiting = false;
      if (this.base.current) { this.drawBase(); this.drawOver(); }
    });
  }

  drawBase() {
    const { data: { x, y }, view } = this.props;
    const { ctx } = prepare(this.base.current);
    const { width, height } = this.base.current;
    if (!width || !height) return;
    const ratio = devicePixelRatio || 1;
    const { scale, left, top } = this.frame();
    const [s, l, t] = [scale * ratio, left * ratio, top * ratio];
    const size = Math.max(1, Math.round(ratio * Math.min(5, (x.length > 20_000 ? 1.4 : x.length > 3000 ? 2 : 3) * view.zoom ** 0.35)));
    const counts = new Uint8Array(width * height);
    for (let i = 0; i < x.length; i += 1) {
      const px = Math.round(l + x[i] * s - size / 2);
      const py = Math.round(t + (SIDE - y[i]) * s - size / 2);
      if (px < 0 || py < 0 || px + size > width || py + size > height) continue;
      for (let row = py; row < py + size; row += 1) {
        for (let at = row * width + px; at < row * width + px + size; at += 1) if (counts[at] < 255) counts[at] += 1;
      }
    }
    // Where points lie on one another the colour grows stronger, so that dense places show.
    const each = x.length > 20_000 ? 0.45 : 0.7;
    const alpha = Uint8Array.from({ length: 256 }, (_none, n) => Math.round(255 * (1 - (1 - each) ** n)));
    const [r, g, b] = rgb("comparisons");
    const image = ctx.createImageData(width, height);
    const pixels = image.data;
    for (let at = 0; at < counts.length; at += 1) {
      if (!counts[at]) continue;
      pixels[4 * at] = r; pixels[4 * at + 1] = g; pixels[4 * at + 2] = b; pixels[4 * at + 3] = alpha[counts[at]];
    }
    ctx.putImageData(image, 0, 0);
    this.base.current.dataset.drawn = String(x.length);
  }

  place(i) {
    const { scale, left, top } = this.frame();
    const { x, y } = this.props.data;
    return [left + x[i] * scale, top + (SIDE - y[i]) * scale];
  }

  drawOver() {
    const { marks, cursor } = this.props;
    const { ctx } = prepare(this.over.current);
    this.over.current.dataset.marks = String(marks.length);
    ctx.lineWidth = 2;
    ctx.font = `600 11px ${colour("sans")}`;
    for (let rank = marks.length - 1; rank >= 0; rank -= 1) {
      const [px, py] = this.place(marks[rank]);
      ctx.beginPath();
      ctx.arc(px, py, 5, 0, 2 * Math.PI);
      ctx.fillStyle = colour("labels");
      ctx.fill();
      ctx.strokeStyle = colour("surface");
      ctx.stroke();
      if (rank < 9) {
        ctx.strokeStyle = colour("surface");
        ctx.lineWidth = 3;
        ctx.strokeText(String(rank + 1), px + 8, py + 4);
        ctx.lineWidth = 2;
        ctx.fillText(String(rank + 1), px + 8, py + 4);
      }
    }
    if (cursor < 0) return;
    const [px, py] = this.place(cursor);
    ctx.beginPath();
    ctx.arc(px, py, 8, 0, 2 * Math.PI);
    ctx.strokeStyle = colour("text");
    ctx.stroke();
  }

  /** A pointer event in places of the server. */
  at(event) {
    const box = this.over.current.getBoundingClientRect();
    const { scale, left, top } = this.frame();
    return { px: (event.clientX - box.left - left) / scale, py: SIDE - (event.clientY - box.top - top) / scale, scale };
  }

  move = (event) => {
    if (this.from) {
      const { scale } = this.frame();
      const { view, clientX, clientY } = this.from;
      this.from.moved ||= Math.hypot(event.clientX - clientX, event.clientY - clientY) > 4;
      if (this.from.moved) this.props.onView({ ...view, x: view.x - (event.clientX - clientX) / scale, y: view.y + (event.clientY - clientY) / scale });
      return;
    }
    const { px, py, scale } = this.at(event);
    this.props.onHover(nearestPoint(this.props.data, px, py, REACH / scale));
  };

  down = (event) => {
    this.over.current.setPointerCapture(event.pointerId);
    this.from = { view: this.props.view, clientX: event.clientX, clientY: event.clientY, moved: false };
  };

  up = (event) => {
    const { moved } = this.from ?? { moved: true };
    this.from = null;
    if (moved) return;
    const { px, py, scale } = this.at(event);
    this.props.onPick(nearestPoint(this.props.data, px, py, REACH / scale));
  };

  wheel = (event) => {
    // A wheel that only passes by scrolls the page; after a click on the map, or with Ctrl, it zooms.
    if (!event.ctrlKey && document.activeElement !== this.over.current) return;
    event.preventDefault();
    const { px, py } = this.at(event);
    this.props.onView(zoomed(this.props.view, Math.exp(-event.deltaY / 400), px, py));
  };

  render({ cursor, label, text }) {
    const [left, top] = cursor >= 0 && this.over.current ? this.place(cursor) : [0, 0];
    const inside = this.over.current && left >= 0 && top >= 0 && left <= this.over.current.clientWidth && top <= this.over.current.clientHeight;
    const side = this.over.current && left > this.over.current.clientWidth / 2 ? "left" : "right";
    return html`<div class="pointmap">
      <canvas ref=${this.base} aria-hidden="true"></canvas>
      <canvas ref=${this.over} role="img" tabindex="0" aria-label=${label} onPointerMove=${this.move} onPointerDown=${this.down} onPointerUp=${this.up}
        onPointerCancel=${() => { this.from = null; }} onWheel=${this.wheel}></canvas>
      ${cursor >= 0 && inside && text && html`<p class=${`map-text small ${side}`} style=${{ left: `${left}px`, top: `${top}px` }} aria-hidden="true">${text.length > FARTHEST ? `${text.slice(0, FARTHEST)}…` : text}</p>`}
    </div>`;
  }
}

/** Zoom by a factor with the place (px, py) staying where it is. */
export function zoomed(view, factor, px = view.x, py = view.y) {
  const zoom = Math.min(400, Math.max(1, view.zoom * factor));
  const share = view.zoom / zoom;
  return zoom === 1 ? WHOLE : { x: px + (view.x - px) * share, y: py + (view.y - py) * share, zoom };
}
