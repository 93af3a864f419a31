/**
 * The surface to sign on. Pointer events with their coalesced samples and the event's own time stamp: what is stored is
 * what the device measured, and the path of the pen above the surface between two strokes is kept as well.
 */
import { Component, createRef, html } from "../html.js";
import { colour, prepare, watch } from "./canvas.js";
import { MAX_ROWS, fit, measure, paint, pressureValid } from "./ink.js";

const exact = (value) => Math.round(value * 1000) / 1000;

/**
 * `read` gives the ink of this moment out of the store: between an event and the next paint `ink` is already old.
 * @param {{ink: import("./ink.js").Ink, read: () => any, onInk: (ink: any) => void, onRefused: (why: string) => void, label: string}} props
 */
export class Pad extends Component {
  canvas = createRef();

  /** Which pointer is down now; a device has no past, so this is no application state. */
  active = null;

  componentDidMount() {
    const canvas = this.canvas.current;
    const handlers = { pointerdown: this.begin, pointermove: this.move, pointerup: this.end, pointercancel: this.end };
    for (const [name, handler] of Object.entries(handlers)) canvas.addEventListener(name, handler);
    this.unwatch = watch(canvas, this.redraw);
    this.redraw();
  }

  componentWillUnmount() {
    this.unwatch();
  }

  componentDidUpdate() {
    if (this.props.ink !== this.painted) this.redraw();
  }

  /** One more row of `ink`, from an event. */
  add(ink, event, stroke, down) {
    const box = this.canvas.current.getBoundingClientRect();
    // Browsers blur event times against eavesdropping, each kind of event for itself: two of one moment may come out swapped.
    const time = Math.max(exact(event.timeStamp), ink.rows.at(-1)?.[2] ?? 0);
    ink.rows.push([exact(event.clientX - box.left), exact(event.clientY - box.top), time, exact(event.pressure),
      event.tiltX || 0, event.tiltY || 0, stroke, down]);
  }

  begin = (event) => {
    const { read, onInk, onRefused } = this.props;
    const ink = read();
    if (this.active !== null || event.button !== 0) return;
    if (ink.strokes && ink.pointer !== event.pointerType) {
      // A palm that touches the screen beside the pen is not a stroke.
      if (!(ink.pointer === "pen" && event.pointerType === "touch")) onRefused(`This signature was begun with a ${ink.pointer}. Clear it to sign with a ${event.pointerType}.`);
      return;
    }
    event.preventDefault();
    this.canvas.current.setPointerCapture(event.pointerId);
    this.active = event.pointerId;
    this.add(ink, event, ink.strokes, 1);
    const begun = { ...ink, pointer: event.pointerType || "mouse", strokes: ink.strokes + 1, dpr: devicePixelRatio || 1 };
    this.painted = begun;
    onInk(begun);
    this.extend(begun, begun.rows.length - 1);
  };

  move = (event) => {
    const ink = this.props.read();
    const drawing = event.pointerId === this.active;
    const hovering = this.active === null && ink.strokes > 0 && ink.pointer === event.pointerType;
    if ((!drawing && !hovering) || ink.rows.length >= MAX_ROWS) return;
    const coalesced = event.getCoalescedEvents?.() ?? [];
    const first = ink.rows.length;
    for (const sample of coalesced.length ? coalesced : [event]) this.add(ink, sample, ink.strokes - 1, drawing ? 1 : 0);
    if (drawing) this.extend(ink, first);
  };

  end = (event) => {
    if (event.pointerId !== this.active) return;
    const { read, onInk } = this.props;
    const ink = read();
    this.active = null;
    // The pressure of the lifting event is zero by definition, so it opens the pen-up path instead of closing the stroke.
    this.add(ink, event, ink.strokes - 1, 0);
    onInk({ ...ink });
  };

  /** Paint only what is new while the pen moves. */
  extend(ink, from) {
    const ctx = this.canvas.current.getContext("2d");
    paint(ctx, { rows: ink.rows, from, colour: colour("ink"), valid: pressureValid(ink.rows) });
  }

  redraw = () => {
    const { ink } = this.props;
    const { ctx, width, height } = prepare(this.canvas.current);
    const inked = ink.rows.filter((row) => row[7] === 1);
    const outside = inked.some(([x, y]) => x < 0 || y < 0 || x > width || y > height);
    paint(ctx, { rows: ink.rows, colour: colour("ink"), ...(outside ? fit(ink.rows, width, height, 24) : {}) });
    this.painted = ink;
  };

  render({ ink, label }) {
    const { points, hover, seconds } = measure(ink.rows);
    return html`<div class="pad">
      <div class="pad-surface">
        <canvas ref=${this.canvas} role="img" aria-label=${label} aria-describedby="pad-state"></canvas>
        <span class="pad-line" aria-hidden="true"></span>
        ${!points && html`<p class="pad-hint" aria-hidden="true">Sign on the line</p>`}
      </div>
      <p id="pad-state" class="small muted number pad-state">${points
        ? `${ink.pointer} · ${ink.strokes} ${ink.strokes === 1 ? "stroke" : "strokes"} · ${points} points, ${hover} above the surface · ${seconds.toFixed(2)} s · ${pressureValid(ink.rows) ? "pressure measured" : "no pressure from this device"}`
        : "pen, finger or mouse; nothing is sent until you press a button"}</p>
    </div>`;
  }
}
