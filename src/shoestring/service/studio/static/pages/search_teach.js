/** Pairs taught: is this the same? And what was learned of the answers. */
import { html } from "../html.js";
import { Icon } from "../widgets/icons.js";
import * as on from "./search_teach_actions.js";

const percent = (value) => `${(100 * value).toFixed(1)} %`;
const span = ({ value, low, high }) => html`<span class="number">${percent(value)}</span> <span class="small muted number">[${percent(low)}, ${percent(high)}]</span>`;
const body = (row) => row.text ?? row.reference ?? row.id;

function Question({ teach }) {
  const [pair] = teach.questions;
  if (!pair) return html`<p class="lead" role="status">${teach.asking ? "Looking for pairs…" : "Every pair near the threshold is answered or skipped."}</p>`;
  return html`<div class="pair" aria-live="polite">${[pair.first, pair.second].map((row) => html`<div key=${row.id} class="pair-side"><p class="pair-text">${body(row)}</p><code class="small muted">${row.id}</code></div>`)}</div>`;
}

/** After a click the space bar skips again, instead of pressing the button once more. */
const clicked = (run) => (event) => {
  if (event.detail > 0) event.currentTarget.blur();
  run();
};

function Buttons({ teach }) {
  const none = !teach.questions.length;
  return html`<div class="row">
    <button class="primary" disabled=${none} onClick=${clicked(() => on.answer(true))}>Same<kbd>s</kbd></button>
    <button class="primary" disabled=${none} onClick=${clicked(() => on.answer(false))}>Different<kbd>d</kbd></button>
    <button disabled=${none} onClick=${clicked(on.skip)}>Skip<kbd>space</kbd></button>
    <button class="quiet" disabled=${!teach.answers.length} onClick=${clicked(on.undo)}>Undo<kbd>⌫</kbd></button>
  </div>`;
}

function Counts({ counts }) {
  const part = (n, words) => html`<span class=${`chip ${n >= counts.least ? "good" : "plain"}`}>${n >= counts.least && html`<${Icon} name="check" />`}<span class="number">${n}</span> ${words}</span>`;
  const short = [["same", counts.least - counts.same], ["different", counts.least - counts.different]].filter(([, n]) => n > 0);
  return html`<div class="row" role="status">${part(counts.same, "same")} ${part(counts.different, "different")}
    <span class="small muted">${counts.given} answers given (budget: comparisons)${short.length ? `; to learn, ${short.map(([kind, n]) => `${n} more ${kind}`).join(" and ")}` : ""}</span></div>`;
}

function Verdict({ gain }) {
  if (gain.low > 0) return html`<p class="notice good">Fewer held-out pairs are wrong: ${span(gain)} of them, and the interval is above zero.</p>`;
  if (gain.high < 0) return html`<p class="notice bad">More held-out pairs are wrong than before: the old vectors are better.</p>`;
  return html`<p class="notice unsure">The difference, ${span(gain)}, is within what chance does. More answers may show one; nothing has to be accepted.</p>`;
}

function Learned({ teach }) {
  const { run } = teach;
  const going = ["created", "running"].includes(run.status);
  const { metrics } = run;
  if (going) {
    const total = run.config?.steps ?? 100;
    return html`<div class="row" role="status"><progress max=${total} value=${run.step ?? 0} aria-label="Learning"></progress>
      <span class="small">step <span class="number">${run.step ?? 0}</span> of <span class="number">${total}</span>${run.now === undefined ? "" : html`, held-out pair error <span class="number">${percent(run.now)}</span>`}</span>
      <button class="danger" onClick=${on.halt}>Stop</button></div>`;
  }
  if (run.status !== "done" || !metrics?.held_out_gain) return html`<p class="notice unsure">The last run is ${run.status}${run.error ? `: ${run.error}` : ""}. The vectors are the old ones.</p>`;
  const used = teach.counts?.accepted === run.run;
  return html`<table class="learned"><caption class="sr">Pair error on held-out pairs</caption>
      <thead><tr><th scope="col">Vectors</th><th scope="col">Held-out pairs that are wrong</th><th scope="col">Threshold</th></tr></thead>
      <tbody><tr><th scope="row">before</th><td>${span(metrics.held_out_error_before)}</td><td class="number">${metrics.threshold_before.toFixed(3)}</td></tr>
        <tr><th scope="row">after</th><td>${span(metrics.held_out_error_after)}</td><td class="number">${metrics.threshold_after.toFixed(3)}</td></tr></tbody></table>
    <p class="small muted">From <span class="number">${metrics.pairs}</span> pairs, each held out once in five parts; 95 % intervals. They are pairs near the threshold, which are harder than most.</p>
    <${Verdict} gain=${metrics.held_out_gain} />
    ${used ? html`<p class="row"><span class="chip good"><${Icon} name="check" />in use</span> <span class="small muted">The collection has these vectors; texts are encoded by <code>${run.run}</code> from now on.</span></p>`
      : html`<div class="row"><button class="primary" disabled=${teach.learning !== ""} onClick=${on.accept}>Use the new vectors<kbd>y</kbd></button><span class="small muted">Until then, and if you never do, the old ones stay.</span></div>`}`;
}

export function TeachView({ search }) {
  const { teach } = search;
  if (!teach.counts) return !search.refused && html`<p class="muted">Loading…</p>`;
  const going = ["created", "running"].includes(teach.run?.status);
  const enough = Math.min(teach.counts.same, teach.counts.different) >= teach.counts.least;
  return html`<h2>Are these the same?</h2>
    <${Question} teach=${teach} />
    <${Buttons} teach=${teach} />
    <${Counts} counts=${teach.counts} />
    ${teach.threshold !== null && html`<p class="small muted">Pairs near a cosine of <span class="number">${teach.threshold.toFixed(3)}</span>, ${teach.placed ? "where your answers change from different to same" : "the threshold of the Duplicates tab; five answers of each kind will place it"}.</p>`}
    ${teach.answers.length > 0 && html`<details><summary>Last answers</summary><ol class="answers" aria-label="Last answers, newest first">${teach.answers.map((one) => html`<li key=${one.number} class="small"><span class="chip plain">${one.same ? "same" : "different"}</span> <code>${one.first}</code> <code>${one.second}</code></li>`)}</ol></details>`}
    <section class="stack learn-part" aria-label="What was learned">
      <div class="row"><button class=${enough && !going ? "primary" : ""} disabled=${going || teach.learning !== ""} onClick=${on.learn}>Learn from these<kbd>l</kbd></button>
        <span class="small muted">${teach.learning || "A small matrix on top of the model, in a run of its own; the collection stays as it is."}</span></div>
      ${teach.run && html`<${Learned} teach=${teach} />`}
    </section>`;
}
