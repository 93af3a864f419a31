/** Scores of the people who are enrolled here, with a handle that moves the threshold and the error rates with it. */
import { html } from "../html.js";
import { percent } from "./verdict.js";

const WIDTH = 640;
const HALF = 92;
const MIDDLE = 106;

const plain = (value) => value.toPrecision(3).replace("-", "−");

function Bars({ counts, edges, x, up, name }) {
  const most = Math.max(...counts, 1);
  return html`<g class=${`bars ${name}`}>${counts.map((count, place) => {
    const height = (HALF - 14) * (count / most);
    return count > 0 && html`<rect key=${place} x=${x(edges[place]) + 0.5} width=${Math.max(x(edges[place + 1]) - x(edges[place]) - 1, 1)} y=${up ? MIDDLE - height : MIDDLE} height=${height} />`;
  })}</g>`;
}

/** Same above the line, different below it: the side tells them apart as well as the colour. */
function Histogram({ gallery, threshold }) {
  const { edges, same, different } = gallery.histogram;
  const [least, most] = [edges[0], edges.at(-1)];
  const x = (value) => (WIDTH * (value - least)) / (most - least);
  // The two thresholds may lie close together: each has its words on its own side.
  const mark = (value, label, anchor) => value !== null && value >= least && value <= most && html`<g class="set"><path d=${`M${x(value)} 8V${2 * MIDDLE - 8}`} />
    <text x=${x(value)} y=${2 * MIDDLE + 4} text-anchor=${anchor}>${label}</text></g>`;
  return html`<svg class="histogram" viewBox=${`0 0 ${WIDTH} ${2 * MIDDLE + 10}`} role="img"
    aria-label=${`Scores from ${plain(least)} to ${plain(most)}: ${gallery.same_pairs} comparisons of a person with their own other pictures above the line, ${gallery.different_pairs} with other people below it. The handle is at ${plain(threshold)}.`}>
    <${Bars} counts=${same} edges=${edges} x=${x} up=${true} name="same" /><${Bars} counts=${different} edges=${edges} x=${x} up=${false} name="different" />
    <path class="axis" d=${`M0 ${MIDDLE}H${WIDTH}`} />
    <text x="4" y="16">same person</text><text x="4" y=${2 * MIDDLE - 8}>different people</text>
    ${mark(gallery.accept, "accepts", "start")}${mark(gallery.reject_below, "model rejects", "end")}
    <path class="handle" d=${`M${x(threshold)} 2V${2 * MIDDLE - 2}`} />
  </svg>`;
}

const interval = ({ low, high }, place) => (low[place] === null ? "not known" : `${percent(low[place])} to ${percent(high[place])}`);

function Rates({ gallery, place }) {
  const row = (name, curve, pairs) => html`<tr><th scope="row">${name}</th><td class="number">${percent(curve.seen[place])} <span class="muted">of ${pairs.toLocaleString("en")}</span></td>
    <td class="number">${interval(curve, place)}</td><td class="number"><strong>${percent(curve.upper95[place])}</strong></td></tr>`;
  return html`<div class="scroll-x"><table class="rates" aria-live="polite">
    <thead><tr><th></th><th>seen here</th><th>95 % interval</th><th>at most, with 95 % confidence</th></tr></thead>
    <tbody>${row("False accepts", gallery.false_accept, gallery.different_pairs)}${row("False rejects", gallery.false_reject, gallery.same_pairs)}</tbody>
  </table></div>`;
}

/**
 * @param {{gallery: any, place: number, onMove: (value: number) => void}} props `place` is the index of the threshold
 */
export function Gallery({ gallery, place, onMove }) {
  if (gallery.missing.length) {
    return html`<p class="lead">Nothing to show yet.</p>${gallery.missing.map((reason) => html`<p key=${reason}>${reason}.</p>`)}`;
  }
  const threshold = gallery.threshold[place];
  return html`<div class="stack gallery">
    <div><${Histogram} gallery=${gallery} threshold=${threshold} />
      <label class="sr" for="threshold">Threshold</label>
      <input id="threshold" type="range" min="0" max=${gallery.threshold.length - 1} step="1" value=${place} aria-valuetext=${plain(threshold)}
        onInput=${(event) => onMove(gallery.threshold[Number(event.target.value)])} /></div>
    <p>Accepting from a score of <strong class="number" id="threshold-value">${plain(threshold)}</strong>: <span class="small muted"><kbd>,</kbd> and <kbd>.</kbd> move it</span></p>
    <${Rates} gallery=${gallery} place=${place} />
    <p class="small muted">From ${gallery.samples} pictures of ${gallery.people} people${gallery.complete ? "" : " (the first ones; there are more)"}, ${gallery.people_with_two} of them with two or more.
      ${gallery.people < 10 && " With fewer than ten people the interval is too narrow: rely on the last column."}
      ${" "}The last column holds for a threshold that was chosen before looking. The handle shows and changes nothing: what the model accepts rests on its own calibration.</p>
  </div>`;
}
