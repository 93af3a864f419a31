/** Bandwidth: what a step costs with each compressor, and the link speed below which compression wins. */
import { html } from "../html.js";
import { ApiError, get, segment } from "../api.js";
import { navigate } from "../router.js";
import { set, state } from "../store.js";
import { StepBars, SpeedChart } from "../widgets/linkchart.js";

const START = 100;

state.bandwidth = { list: null, run: "", found: null, at: 0, problem: "" };

/** Where on the slider a speed stands. */
const nearest = (speeds, mbit) => speeds.reduce((best, speed, index) => (Math.abs(Math.log(speed / mbit)) < Math.abs(Math.log(speeds[best] / mbit)) ? index : best), 0);

async function open(run, mbit) {
  set("bandwidth", { run, found: null, problem: "", wanted: mbit });
  try {
    const { runs } = await get("/bandwidth");
    set("bandwidth", { list: runs });
    const chosen = run || runs[0]?.run;
    if (!chosen) return;
    const found = await get(`/runs/${segment(chosen)}/bandwidth`);
    if (state.bandwidth.run === run) set("bandwidth", { run: chosen, found, at: nearest(found.speeds_mbit, mbit) });
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    set("bandwidth", { problem: error.message, list: state.bandwidth.list ?? [] });
  }
}

export const speed = (mbit) => (mbit >= 1000 ? `${Number((mbit / 1000).toPrecision(3))} Gbit/s` : `${Number(mbit.toPrecision(3))} Mbit/s`);
const size = (bytes) => (bytes >= 1e6 ? `${(bytes / 1e6).toFixed(2)} MB` : bytes >= 1e3 ? `${(bytes / 1e3).toFixed(1)} kB` : `${Math.round(bytes)} B`);
const figure = (value, digits = 3) => (typeof value === "number" ? value.toPrecision(digits) : "–");
const move = (by) => set("bandwidth", ({ at, found }) => (found ? { at: Math.min(found.speeds_mbit.length - 1, Math.max(0, at + by)) } : {}));

function Verdict({ found, at }) {
  const plain = found.methods[0];
  const best = found.methods.reduce((one, other) => (other.predicted_ms[at] < one.predicted_ms[at] ? other : one));
  const here = speed(found.speeds_mbit[at]);
  if (best === plain) return html`<p class="notice unsure" role="status"><strong>At ${here}: do not compress.</strong> ${plain.predicted_ms[at].toFixed(0)} ms a step as it is; every method would be slower.</p>`;
  return html`<p class="notice good" role="status"><strong>At ${here}: ${best.name}.</strong> ${best.predicted_ms[at].toFixed(0)} ms a step instead of ${plain.predicted_ms[at].toFixed(0)} ms, ${(plain.predicted_ms[at] / best.predicted_ms[at]).toFixed(1)} times faster. What it costs in accuracy is in the table, where it was trained.</p>`;
}

function Methods({ methods }) {
  const best = (method) => method.optimal_error?.[method.name.replace("rank ", "")];
  return html`<div class="scroll-x"><table class="methods">
    <caption class="sr">Bytes, error and break-even speed of each method</caption>
    <thead><tr><th scope="col">Method</th><th scope="col">Bytes a step</th><th scope="col">Cosine</th><th scope="col">Error</th><th scope="col">Best of its rank</th><th scope="col">Codec</th><th scope="col">Verdict</th></tr></thead>
    <tbody>${methods.map((method) => html`<tr key=${method.name}>
      <th scope="row">${method.name}</th><td class="number">${size(method.predicted_sent)}</td><td class="number">${figure(method.cosine)}</td>
      <td class="number">${figure(method.relative_error)}</td><td class="number">${figure(best(method))}</td>
      <td class="number">${(method.encode_ms + method.decode_ms).toFixed(1)} ms</td><td>${method.verdict || "–"}</td>
    </tr>`)}</tbody></table></div>`;
}

function Qualities({ found, at }) {
  if (!found.qualities.length) return html`<p class="muted small">No finished run differs from this one in compression only, so nothing is said about accuracy. Train with <code>compress.kind=powersgd</code> to fill this table.</p>`;
  const column = String(Number(found.speeds_mbit[at].toPrecision(6)));
  return html`<div class="scroll-x"><table>
    <caption class="sr">Accuracy at equal steps and at equal time</caption>
    <thead><tr><th scope="col">Method</th><th scope="col">Run</th><th scope="col">Steps</th><th scope="col">${found.metric}</th><th scope="col">at equal time, ${speed(found.speeds_mbit[at])}</th></tr></thead>
    <tbody>${found.qualities.map((row) => html`<tr key=${row.run}><th scope="row">${row.method}</th><td>${row.run}</td><td class="number">${row.steps}</td><td class="number">${figure(row.value, 4)}</td><td class="number">${figure(row.at_equal_time?.[column], 4)}</td></tr>`)}</tbody></table></div>`;
}

function Empty({ problem }) {
  return html`<section class="card stack empty"><h2>No run was measured yet</h2>
    ${problem && html`<p class="notice bad" role="alert">${problem}</p>`}
    <p class="lead">Two workers train a few steps of a run with each compressor, over links of a set speed where this machine can make them.</p>
    <p><code>shoestring bandwidth measure latest --procs 2</code></p></section>`;
}

export default {
  title: "Bandwidth",
  built: true,
  enter: ({ arg, params }) => open(arg, Number(params.mbit) > 0 ? Number(params.mbit) : START),
  link: ({ bandwidth }) => (bandwidth.found ? { mbit: Number(bandwidth.found.speeds_mbit[bandwidth.at].toPrecision(6)) } : null),
  keys: () => [
    { key: "j", label: "slower link", run: () => move(-1) },
    { key: "k", label: "faster link", run: () => move(1) },
  ],
  view({ bandwidth }) {
    const { list, found, at, problem } = bandwidth;
    if (list === null) return html`<p class="muted">Loading…</p>`;
    if (problem || !list.length) return html`<${Empty} problem=${problem} />`;
    if (!found) return html`<p class="muted">Loading…</p>`;
    const here = found.speeds_mbit[at];
    return html`
      <div class="row spread"><h2>What a step costs</h2>
        <label class="row check">Run <select id="measured" value=${bandwidth.run} onChange=${(event) => navigate(`/bandwidth/${encodeURIComponent(event.target.value)}`)}>
          ${list.map(({ run }) => html`<option key=${run} value=${run}>${run}</option>`)}</select></label></div>
      <section class="card stack" aria-label="Link speed">
        <div class="field"><label for="speed">Speed of the link between ${found.workers} workers <strong class="number">${speed(here)}</strong></label>
          <input id="speed" type="range" min="0" max=${found.speeds_mbit.length - 1} step="1" value=${at} aria-valuetext=${speed(here)} onInput=${(event) => set("bandwidth", { at: Number(event.target.value) })} /></div>
        <${Verdict} found=${found} at=${at} />
        <${StepBars} methods=${found.methods} at=${at} />
        <${SpeedChart} found=${found} at=${at} />
        <p class="small muted">Times are predicted from bytes, speed, and the compute and codec of this machine${found.tunnel ? "; dots were measured on real links" : `. ${found.why_no_tunnel || "No link was measured"}`}. Rings mark break-even speeds.</p>
      </section>
      <section class="card stack" aria-labelledby="methods-title"><h3 id="methods-title">Bytes and error</h3><${Methods} methods=${found.methods} /></section>
      <section class="card stack" aria-labelledby="quality-title"><h3 id="quality-title">Accuracy for the bytes</h3><${Qualities} found=${found} at=${at} /></section>`;
  },
  same({ bandwidth }) {
    const run = bandwidth.run || "RUN";
    return {
      command: `shoestring bandwidth report ${run}`,
      rest: `curl ${location.origin}/v1/runs/${run}/bandwidth`,
      python: `import httpx\n\nfound = httpx.get("${location.origin}/v1/runs/${run}/bandwidth").json()\nfor method in found["methods"]:\n    print(method["name"], method["predicted_sent"], method["verdict"])`,
    };
  },
};
