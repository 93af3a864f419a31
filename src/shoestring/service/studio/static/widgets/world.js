/** An environment on a canvas, from the shapes that the server sends; and where agents walked in a grid. */
import { html } from "../html.js";
import { colour } from "./canvas.js";
import { Drawn } from "./drawn.js";

const TAU = 2 * Math.PI;

/** How a scene of this size lies in a canvas. */
function fit(scene, width, height) {
  const scale = Math.min(width / scene.width, height / scene.height);
  return { scale, dx: (width - scale * scene.width) / 2, dy: (height - scale * scene.height) / 2 };
}

/** Draw shapes [kind, tone, size, numbers, text]; tones are colours of the style sheet. */
export function paint(ctx, shapes, { scale, dx, dy }, tones = new Map()) {
  const tone = (name) => tones.get(name) ?? tones.set(name, colour(name)).get(name);
  ctx.lineCap = "butt";
  ctx.lineJoin = "round";
  ctx.textAlign = "center";
  ctx.textBaseline = "middle";
  for (const [kind, name, size, numbers, text] of shapes) {
    ctx.fillStyle = tone(name);
    ctx.strokeStyle = tone(name);
    ctx.beginPath();
    if (kind === "disc") ctx.arc(dx + scale * numbers[0], dy + scale * numbers[1], scale * size, 0, TAU);
    else if (kind !== "text") for (let k = 0; k < numbers.length; k += 2) ctx.lineTo(dx + scale * numbers[k], dy + scale * numbers[k + 1]);
    if (kind === "line") {
      ctx.lineWidth = Math.max(1, scale * size);
      ctx.stroke();
    } else if (kind === "text") {
      ctx.font = `550 ${scale * size}px Inter, sans-serif`;
      ctx.fillText(text, dx + scale * numbers[0], dy + scale * numbers[1]);
    } else ctx.fill();
  }
}

/** Visits of each state summed by the cell in which it is shown. */
export function cellVisits(scene, visits) {
  const cells = new Array(scene.tiles.length * scene.tiles[0].length).fill(0);
  visits.forEach((count, state) => { cells[scene.cells[state]] += count; });
  return cells;
}

/** How often each cell of a grid was visited, behind what moves. */
function shade(ctx, scene, cells, { scale, dx, dy }) {
  const [columns, most] = [scene.tiles[0].length, Math.max(...cells, 1)];
  const side = (scale * scene.width) / columns;
  ctx.fillStyle = colour("accent");
  cells.forEach((count, cell) => {
    if (!count) return;
    // The square root: rare visits would not be seen beside those of the start.
    ctx.globalAlpha = 0.08 + 0.72 * Math.sqrt(count / most);
    ctx.fillRect(dx + side * (cell % columns), dy + side * Math.floor(cell / columns), side, side);
  });
  ctx.globalAlpha = 1;
}

/** Props: scene, frame (shapes that move), cells (visits of each cell of a grid, or null), label. */
export function World({ scene, frame, cells, label, small }) {
  const draw = (ctx, width, height) => {
    const place = fit(scene, width, height);
    const tones = new Map();
    paint(ctx, scene.backdrop, place, tones);
    if (cells) shade(ctx, scene, cells, place);
    paint(ctx, frame, place, tones);
  };
  const flat = scene.width > 2.2 * scene.height;
  return html`<${Drawn} draw=${draw} label=${label} className=${`world${small ? " small-world" : ""}${flat ? " flat" : ""}`} />`;
}
