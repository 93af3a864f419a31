/** The answer: a word, a shape and a colour; where the score lies; and what is promised, in plain words. */
import { html } from "../html.js";
import { Icon } from "./icons.js";

const WORDS = { accept: ["good", "Accept"], reject: ["bad", "Reject"], undecided: ["unsure", "Undecided"] };

/** 0.0123 -> "1.2 %"; two digits, and never "0 %" for what is only small. */
export function percent(share) {
  if (share === null || share === undefined) return "an unknown share";
  const value = 100 * share;
  if (value > 0 && value < 0.001) return "0.001 %";
  return `${Number(value.toPrecision(2))} %`;
}

const plain = (value) => (Math.abs(value) >= 100 ? value.toFixed(0) : value.toPrecision(3)).replace("-", "−");

/** The score between the two thresholds. The zones differ by pattern as well as by colour. */
function Scale({ decision }) {
  const { score, threshold: high, reject_below: low } = decision;
  const known = [score, high, low].filter((value) => value !== null);
  const [least, most] = [Math.min(...known), Math.max(...known)];
  const margin = 0.3 * (most - least) || 1;
  const x = (value) => 8 + (384 * (value - least + margin)) / (most - least + 2 * margin);
  // A threshold that the evidence does not support is null: then that zone does not exist.
  const xLow = low === null ? 8 : x(low);
  const xHigh = high === null ? 392 : x(high);
  const xScore = x(score);
  const apart = xHigh - xLow > 84;
  const single = low !== null && high !== null && xHigh - xLow < 2;
  return html`<svg class="scale" viewBox="0 0 400 92" role="img"
    aria-label=${`Score ${plain(score)}. ${low === null ? "No score is rejected" : `Rejected below ${plain(low)}`}, ${high === null ? "no score is accepted" : `accepted from ${plain(high)}`}.`}>
    <defs>
      <pattern id="hatch-bad" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect class="zone-line bad" width="2" height="6" /></pattern>
      <pattern id="dots-unsure" width="6" height="6" patternUnits="userSpaceOnUse"><circle class="zone-line unsure" cx="3" cy="3" r="1.2" /></pattern>
    </defs>
    <rect class="zone bad" x="8" y="40" width=${xLow - 8} height="14" /><rect fill="url(#hatch-bad)" x="8" y="40" width=${xLow - 8} height="14" />
    <rect class="zone unsure" x=${xLow} y="40" width=${xHigh - xLow} height="14" /><rect fill="url(#dots-unsure)" x=${xLow} y="40" width=${xHigh - xLow} height="14" />
    <rect class="zone good" x=${xHigh} y="40" width=${392 - xHigh} height="14" />
    ${low !== null && html`<path class="tick" d=${`M${xLow} 36V60`} />
      <text x=${xLow} y="74" text-anchor=${apart || single ? "middle" : "end"}>${plain(low)}</text>
      <text class="zone-name" x=${xLow - 6} y="89" text-anchor="end">reject</text>`}
    ${high !== null && html`<path class="tick" d=${`M${xHigh} 36V60`} />
      ${!single && html`<text x=${xHigh} y="74" text-anchor=${apart ? "middle" : "start"}>${plain(high)}</text>`}
      <text class="zone-name" x=${xHigh + 6} y="89" text-anchor="start">accept</text>`}
    ${apart && html`<text class="zone-name" x=${(xLow + xHigh) / 2} y="89" text-anchor="middle">undecided</text>`}
    <path class="marker" d=${`M${xScore} 38l-6 -10h12zM${xScore} 38V56`} />
    <text class="score" x=${Math.min(Math.max(xScore, 30), 370)} y="20" text-anchor="middle">${plain(score)}</text>
  </svg>`;
}

const ITEMS = { face: "pictures", image: "pictures" };

function Bounds({ decision }) {
  const items = ITEMS[decision.modality] ?? "signatures";
  const evidence = decision.evidence_subjects
    ? `from ${decision.evidence_pairs.toLocaleString("en")} comparisons of ${decision.evidence_subjects.toLocaleString("en")} people${decision.evidence_source && ` (${decision.evidence_source})`}`
    : "from no comparison at all";
  const [accepts, rejects] = [decision.false_accept_upper95, decision.false_reject_upper95].map(percent);
  return html`<ul class="promise">
    ${decision.threshold === null
      ? html`<li><strong>Nothing can be accepted</strong>: the evidence shows no fewer false accepts than ${accepts}.</li>`
      : html`<li>Of ${items} ${items === "signatures" ? "by" : "of"} <strong>somebody else</strong>, at most <strong class="number">${accepts}</strong> would be accepted.</li>`}
    ${decision.reject_below === null
      ? html`<li><strong>Nothing can be rejected</strong>: the evidence shows no fewer false rejections than ${rejects}.</li>`
      : html`<li>Of <strong>genuine</strong> ${items}, at most <strong class="number">${rejects}</strong> would be rejected.</li>`}
    <li class="muted small">Both bounds hold with 95 % confidence, ${evidence}.</li>
  </ul>`;
}

const FIRST = 2;

function Reasons({ reasons }) {
  const list = (some) => html`<ul class="reasons">${some.map((reason) => html`<li key=${reason}>${reason}</li>`)}</ul>`;
  return html`<div><h3>Why</h3>${list(reasons.slice(0, FIRST))}
    ${reasons.length > FIRST && html`<details class="small"><summary>${reasons.length - FIRST} more</summary>${list(reasons.slice(FIRST))}</details>`}</div>`;
}

/** @param {{decision: any}} props what POST /v1/verify answered */
export function Verdict({ decision }) {
  const [tone, word] = WORDS[decision.decision];
  return html`<div class="verdict">
    <p class=${`verdict-word ${tone}`} role="status"><span class=${`seal ${decision.decision}`}><${Icon} name=${decision.decision} /></span>${word}</p>
    <${Scale} decision=${decision} />
    <${Bounds} decision=${decision} />
    ${decision.reasons.length > 0 && html`<${Reasons} reasons=${decision.reasons} />`}
    ${decision.pointer_warning && html`<p class="notice unsure"><strong>Different device.</strong> ${decision.pointer_warning}</p>`}
    ${decision.replay.suspected && html`<p class="notice bad"><strong>Too perfect a copy.</strong> ${decision.replay.message}</p>`}
    <p class="small muted">Model <code>${decision.model}</code></p>
  </div>`;
}
