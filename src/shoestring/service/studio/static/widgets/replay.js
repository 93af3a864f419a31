/** Two signatures side by side in time: matched moments are joined, and where they are unlike the lines are thick. */
import { html } from "../html.js";
import { UNLIKE, stepAt } from "./align.js";
import { colour } from "./canvas.js";
import { Drawn } from "./drawn.js";
import { Icon } from "./icons.js";
import { fit, paint } from "./ink.js";

const JOINS = 26;

/** Thick, pale strokes on the parts that are unlike: width and colour both say it. */
function mark(ctx, drawn, rows, side, { scale, dx, dy }) {
  ctx.strokeStyle = colour("bad");
  ctx.lineWidth = 7;
  ctx.lineCap = "round";
  ctx.lineJoin = "round";
  ctx.globalAlpha = 0.45;
  for (let step = 0; step < drawn.length; step += 1) {
    if (!drawn[step].unlike) continue;
    // One path for a whole stretch, or the overlaps of its pieces would look like beads.
    const first = step;
    while (drawn[step + 1]?.unlike) step += 1;
    ctx.beginPath();
    let joined = false;
    for (let row = drawn[Math.max(first - 1, 0)][side]; row <= drawn[step][side]; row += 1) {
      const down = rows[row][7] === 1;
      if (down) ctx[joined ? "lineTo" : "moveTo"](scale * rows[row][0] + dx, scale * rows[row][1] + dy);
      joined = down;
    }
    ctx.stroke();
  }
  ctx.globalAlpha = 1;
}

/** Both signatures, the matched moments joined, up to the moment that is shown. */
function draw(ctx, width, height, { probe, reference, pairs, at, duration }) {
  const half = height / 2;
  const upper = fit(reference, width, half, 22);
  const lower = fit(probe, width, half, 22);
  lower.dy += half;
  const now = pairs.length ? pairs[stepAt(pairs, at)] : null;
  const done = at >= duration;
  const place = ([x, y], { scale, dx, dy }) => [scale * x + dx, scale * y + dy];
  const ends = ({ a, b }) => [place(reference[b], upper), place(probe[a], lower)];

  ctx.globalAlpha = 0.22;
  paint(ctx, { rows: reference, ...upper, colour: colour("ink-other"), weight: 0.8 });
  paint(ctx, { rows: probe, ...lower, colour: colour("ink"), weight: 0.8 });
  ctx.globalAlpha = 1;

  const drawn = now ? pairs.slice(0, done ? pairs.length : stepAt(pairs, at) + 1) : [];
  const stride = Math.max(1, Math.floor(pairs.length / JOINS));
  drawn.forEach((pair, step) => {
    if (step % stride && !(done === false && step === drawn.length - 1)) return;
    const [[x1, y1], [x2, y2]] = ends(pair);
    ctx.strokeStyle = pair.unlike ? colour("bad") : colour("line-strong");
    ctx.lineWidth = pair.unlike ? 2 : 1;
    ctx.globalAlpha = pair.unlike ? 0.9 : 0.45;
    ctx.setLineDash(pair.unlike ? [] : [2, 4]);
    ctx.beginPath();
    ctx.moveTo(x1, y1);
    ctx.lineTo(x2, y2);
    ctx.stroke();
  });
  ctx.globalAlpha = 1;
  ctx.setLineDash([]);

  paint(ctx, { rows: reference, to: now && !done ? now.b + 1 : reference.length, ...upper, colour: colour("ink-other") });
  paint(ctx, { rows: probe, to: now && !done ? now.a + 1 : probe.length, ...lower, colour: colour("ink") });
  mark(ctx, drawn, reference, "b", upper);
  mark(ctx, drawn, probe, "a", lower);
}

/**
 * Props: probe and reference (rows), pairs (from `align`), duration and at (seconds), playing,
 * onSeek(seconds), onToggle().
 */
export function Replay({ probe, reference, pairs, duration, at, playing, onSeek, onToggle }) {
  const unlike = pairs.length ? Math.round((100 * pairs.filter((pair) => pair.unlike).length) / pairs.length) : 0;
  return html`<figure class="replay">
    <div class="replay-surface">
      <${Drawn} draw=${(ctx, width, height) => draw(ctx, width, height, { probe, reference, pairs, at, duration })} label=${`Both signatures matched in time; the ${unlike} % of matched moments that are unlike are thick.`} />
      <span class="replay-name upper">closest reference</span><span class="replay-name lower">this signature</span>
    </div>
    <div class="row replay-controls">
      <button onClick=${onToggle}><${Icon} name=${playing ? "pause" : "play"} />${playing ? "Pause" : "Play"}<kbd>space</kbd></button>
      <label class="sr" for="scrub">Moment of the replay</label>
      <input id="scrub" type="range" min="0" max=${duration} step="0.01" value=${Math.min(at, duration)}
        aria-valuetext=${`${at.toFixed(1)} of ${duration.toFixed(1)} seconds`} onInput=${(event) => onSeek(Number(event.target.value))} />
      <span class="number small muted">${Math.min(at, duration).toFixed(1)} / ${duration.toFixed(1)} s</span>
    </div>
    <figcaption class="small muted"><i class="thick"></i>${unlike} % of the matched moments differ at least ${UNLIKE} times as much as is usual within one person</figcaption>
  </figure>`;
}
