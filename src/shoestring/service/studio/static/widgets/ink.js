/**
 * What was drawn, as data. Plain functions, no page in sight: rows go in as the device gave them and are never smoothed,
 * thinned or resampled. A row is [x, y, t, p, tx, ty, stroke, down]: CSS pixels (y downwards), milliseconds of the event
 * itself, pressure 0..1, tilt in degrees, running number of the stroke, 1 on the surface and 0 above it.
 */

export const COLUMNS = ["x", "y", "t", "p", "tx", "ty", "stroke", "down"];
export const MAX_ROWS = 20000;
const [X, Y, T, P, , , STROKE, DOWN] = COLUMNS.keys();

/** @typedef {{pointer: string, rows: number[][], strokes: number, undone: number, dpr: number}} Ink */

/** @returns {Ink} */
export const emptyInk = () => ({ pointer: "", rows: [], strokes: 0, undone: 0, dpr: 1 });

/**
 * Is the pressure measured, or a constant in disguise? A mouse always reports 0.5 and many touch screens 0, 0.5 or 1, so
 * the values decide and not the name of the device: a real pen gives more than a few different ones.
 */
export function pressureValid(rows) {
  const values = new Set();
  for (const row of rows) if (row[DOWN] === 1 && row[P] > 0) values.add(Math.round(row[P] * 1024));
  return values.size > 3;
}

/** The ink without its last stroke and without the pen-up path that led to it. */
export function undoStroke(ink) {
  if (ink.strokes === 0) return ink;
  const rows = ink.rows.slice(0, lastInk(ink.rows.filter((row) => row[STROKE] < ink.strokes - 1)) + 1);
  const strokes = ink.strokes - 1;
  return { ...ink, rows, strokes, undone: ink.undone + 1, pointer: strokes ? ink.pointer : "" };
}

function lastInk(rows) {
  let index = rows.length - 1;
  while (index >= 0 && rows[index][DOWN] !== 1) index -= 1;
  return index;
}

/** The capture as the service reads it; ends where the pen last left the surface. */
export function toPage(ink) {
  const rows = ink.rows.slice(0, lastInk(ink.rows) + 1);
  return { v: 1, pointer: ink.pointer, pressure_valid: pressureValid(rows), dpr: ink.dpr, columns: COLUMNS, rows };
}

/** @returns {Ink} from a stored or imported capture, whose columns may be fewer and in another order */
export function fromPage(page) {
  if (page?.v !== 1 || !Array.isArray(page.columns) || !Array.isArray(page.rows)) throw new Error("this is not a capture of the Sign page");
  const place = COLUMNS.map((name) => page.columns.indexOf(name));
  if ([X, Y, T, STROKE].some((column) => place[column] < 0)) throw new Error("the capture lacks x, y, t or stroke");
  const fallback = [0, 0, 0, 0.5, 0, 0, 0, 1];
  const rows = page.rows.map((row) => place.map((from, column) => (from < 0 ? fallback[column] : row[from])));
  if (rows.flat().some((value) => typeof value !== "number" || !Number.isFinite(value))) throw new Error("the capture holds a value that is not a number");
  const strokes = rows.length ? rows[rows.length - 1][STROKE] + 1 : 0;
  return { pointer: page.pointer, rows, strokes, undone: 0, dpr: page.dpr ?? 1 };
}

/** Numbers for people: points, strokes, seconds from first to last contact. */
export function measure(rows) {
  const inked = rows.filter((row) => row[DOWN] === 1);
  if (!inked.length) return { points: 0, hover: 0, seconds: 0 };
  return { points: inked.length, hover: rows.length - inked.length, seconds: (inked[inked.length - 1][T] - inked[0][T]) / 1000 };
}

/**
 * Curves over time for the two traces.
 * @returns {{t: number[], pressure: (number | null)[], speed: (number | null)[]}} seconds, 0..1, pixels a second; null above the surface
 */
export function traces(rows) {
  const t = [];
  const pressure = [];
  const speed = [];
  for (let i = 0; i < rows.length; i += 1) {
    const seconds = (rows[i][T] - rows[0][T]) / 1000;
    if (t.length && seconds <= t[t.length - 1]) continue;
    const down = rows[i][DOWN] === 1;
    const a = rows[Math.max(i - 2, 0)];
    const b = rows[Math.min(i + 2, rows.length - 1)];
    const span = (b[T] - a[T]) / 1000;
    t.push(seconds);
    pressure.push(down ? rows[i][P] : null);
    speed.push(down && span > 0 && a[STROKE] === b[STROKE] ? Math.hypot(b[X] - a[X], b[Y] - a[Y]) / span : null);
  }
  return { t, pressure, speed };
}

/** How to place rows inside a box, keeping the proportions. */
export function fit(rows, width, height, margin) {
  const inked = rows.filter((row) => row[DOWN] === 1);
  if (!inked.length) return { scale: 1, dx: 0, dy: 0 };
  let [left, right, top, bottom] = [Infinity, -Infinity, Infinity, -Infinity];
  for (const row of inked) {
    left = Math.min(left, row[X]); right = Math.max(right, row[X]);
    top = Math.min(top, row[Y]); bottom = Math.max(bottom, row[Y]);
  }
  const scale = Math.min((width - 2 * margin) / Math.max(right - left, 1), (height - 2 * margin) / Math.max(bottom - top, 1));
  return { scale, dx: (width - scale * (left + right)) / 2, dy: (height - scale * (top + bottom)) / 2 };
}

/** Line width for a point: by pressure where it was measured, else thinner where the hand was faster. For the eye only. */
function thickness(row, before, valid) {
  if (valid) return 0.7 + 3.4 * row[P];
  const span = Math.max(row[T] - before[T], 1);
  return Math.max(1, 3.2 - 1.1 * Math.hypot(row[X] - before[X], row[Y] - before[Y]) / span);
}

/**
 * Paint rows `from`..`to` onto a canvas, as quadratic curves through the midpoints.
 * @param {CanvasRenderingContext2D} ctx
 * @param {{rows: number[][], from?: number, to?: number, scale?: number, dx?: number, dy?: number, colour: string, weight?: number, valid?: boolean}} what
 */
export function paint(ctx, { rows, from = 0, to = rows.length, scale = 1, dx = 0, dy = 0, colour, weight = 1, valid = pressureValid(rows) }) {
  const at = (row) => [scale * row[X] + dx, scale * row[Y] + dy];
  ctx.strokeStyle = colour;
  ctx.fillStyle = colour;
  ctx.lineCap = "round";
  ctx.lineJoin = "round";
  let smooth = 0;
  for (let i = from; i < to; i += 1) {
    const row = rows[i];
    if (row[DOWN] !== 1) continue;
    const before = rows[i - 1];
    const joined = before && before[DOWN] === 1 && before[STROKE] === row[STROKE];
    const target = thickness(row, joined ? before : row, valid);
    smooth = joined && smooth ? 0.7 * smooth + 0.3 * target : target;
    const [x, y] = at(row);
    ctx.lineWidth = weight * smooth;
    ctx.beginPath();
    if (!joined) {
      ctx.arc(x, y, (weight * smooth) / 2, 0, 2 * Math.PI);
      ctx.fill();
      continue;
    }
    const [bx, by] = at(before);
    const older = rows[i - 2];
    const curved = older && older[DOWN] === 1 && older[STROKE] === row[STROKE];
    const [ox, oy] = curved ? at(older) : [bx, by];
    ctx.moveTo((ox + bx) / 2, (oy + by) / 2);
    ctx.quadraticCurveTo(bx, by, (bx + x) / 2, (by + y) / 2);
    if (i + 1 >= to || rows[i + 1][DOWN] !== 1 || rows[i + 1][STROKE] !== row[STROKE]) ctx.lineTo(x, y);
    ctx.stroke();
  }
}
