/** The list of runs, and what differs between the picked ones. */
import { html } from "../html.js";
import { Icon } from "./icons.js";
import { MOST, styleOf } from "./runchart.js";
import { colour } from "./canvas.js";
import { median, medianInterval } from "./stats.js";

const STATUS = {
  done: ["good", "accept"], budget: ["good", "warn"], running: ["busy", "play"], created: ["plain", "play"], interrupted: ["unsure", "pause"],
  failed: ["bad", "reject"], lost: ["bad", "undecided"], damaged: ["bad", "warn"],
};

export function Status({ word }) {
  const [tone, icon] = STATUS[word] ?? ["plain", "undecided"];
  return html`<span class=${`chip ${tone}`}><${Icon} name=${icon} />${word === "budget" ? "budget spent" : word}</span>`;
}

export const number = (value) => (value === null || value === undefined || !Number.isFinite(value) ? "–" : Number(value.toPrecision(4)).toLocaleString("en", { maximumSignificantDigits: 4 }));

/** A run's result: what it summarised, plain or with an interval, else the last value it logged. */
export function lastOf(run, metric) {
  const result = run.metrics[metric];
  return (typeof result === "number" ? result : result?.value) ?? run.last[metric] ?? null;
}

function Headline({ group, metric }) {
  const values = group.runs.map((run) => lastOf(run, metric)).filter((value) => typeof value === "number").sort((a, b) => a - b);
  if (!values.length) return html`<span class="muted">–</span>`;
  if (values.length < 2) return html`<span class="number">${number(values[0])}</span>`;
  const { k, coverage } = medianInterval(values.length);
  return html`<span class="number" title=${`median of ${values.length} seeds; the interval covers the true median with ${(100 * coverage).toFixed(0)} %`}>${number(median(values))} <small class="muted">[${number(values[k - 1])}, ${number(values[values.length - k])}]</small></span>`;
}

function Spent({ runs }) {
  const total = {};
  for (const run of runs) for (const [kind, n] of Object.entries(run.spent)) total[kind] = (total[kind] ?? 0) + n;
  const kinds = Object.entries(total);
  return html`<span class="number">${kinds.length ? kinds.map(([kind, n]) => `${n.toLocaleString("en")} ${kind}`).join(", ") : "–"}</span>`;
}

function Seeds({ group, on }) {
  return html`<tr class="seeds"><td></td><td colspan="5"><ul>${group.runs.map((run) => html`<li key=${run.id}>
    <code>${run.id}</code>${(run.error ?? run.problem) && html`<span class="small">${run.error ?? run.problem}</span>`}<span class="small muted">seed ${run.seed ?? "–"}</span><${Status} word=${run.status} />
    <span class="row">
      ${run.status === "running" && html`<button class="quiet" onClick=${() => on.act(run.id, "stop")}>Stop</button>`}
      ${["lost", "failed", "interrupted"].includes(run.status) && html`<button class="quiet" onClick=${() => on.act(run.id, "resume")}>Resume</button>`}
      ${run.report && html`<a class="button quiet-link" href=${`/v1/runs/${encodeURIComponent(run.id)}/report`} target="_blank" rel="noopener">Report</a>`}
      <button class="quiet" onClick=${() => on.saveCsv(run.id)}>CSV</button>
    </span>
  </li>`)}</ul></td></tr>`;
}

const statuses = (runs) => [...new Set(runs.map(({ status }) => status))];

/** The colour and dash of a picked group, as it is on the chart. */
function Swatch({ index }) {
  const { name, dash } = styleOf(index);
  return html`<svg class="swatch" viewBox="0 0 32 8" aria-hidden="true"><path d="M1 4h30" stroke=${colour(name)} stroke-width="2.5" stroke-dasharray=${dash.join(" ") || null} fill="none" /></svg>`;
}

/** @param {{runs: any, groups: any[], on: any}} props */
export function RunTable({ runs, groups, on }) {
  return html`<div class="scroll-x"><table class="run-table">
    <caption class="sr">Runs${runs.grouped ? ", grouped by configuration without the seed" : ""}</caption>
    <thead><tr><th scope="col"><span class="sr">Show</span></th><th scope="col">${runs.grouped ? "Group" : "Run"}</th><th scope="col">Seeds</th>
      <th scope="col">State</th><th scope="col">${runs.result || "Result"}</th><th scope="col">Spent</th></tr></thead>
    ${groups.map((group, row) => {
      const place = runs.picked.indexOf(group.key);
      return html`<tbody key=${group.key}>
        <tr class=${`${row === runs.cursor ? "cursor" : ""}${place >= 0 ? " picked" : ""}`} aria-current=${row === runs.cursor ? "true" : null}
          ref=${(node) => row === runs.cursor && runs.cursor !== on.scrolled.row && node && ((on.scrolled.row = row), node.scrollIntoView({ block: "nearest" }))}>
          <td><input type="checkbox" aria-label=${`Show ${group.label}`} checked=${place >= 0} onChange=${() => { on.edit({ cursor: row }); on.pick(group.key); }} /></td>
          <td><button class="quiet name" aria-expanded=${String(runs.open === group.key)} onClick=${() => { on.edit({ cursor: row }); on.toggleOpen(); }}>
            ${place >= 0 && place < MOST && html`<${Swatch} index=${place} />`}<span>${group.label}</span></button></td>
          <td class="number">${group.runs.length}</td>
          <td>${statuses(group.runs).map((word) => html`<${Status} key=${word} word=${word} />`)}</td>
          <td><${Headline} group=${group} metric=${runs.result} /></td>
          <td><${Spent} runs=${group.runs} /></td>
        </tr>
        ${runs.open === group.key && html`<${Seeds} group=${group} on=${on} />`}
      </tbody>`;
    })}
  </table></div>`;
}

const shown = (value) => (value === null || value === undefined ? "–" : typeof value === "string" ? value : JSON.stringify(value));

/** Only the keys that differ; a column for each picked group. */
export function Difference({ difference, groups }) {
  if (!difference) return null;
  if (difference.problem) return html`<p class="notice bad">${difference.problem}</p>`;
  const rows = difference.rows.filter(({ key }) => key !== "seed");
  if (!rows.length) return html`<p class="muted">The picked groups have the same configuration.</p>`;
  return html`<div class="scroll-x"><table class="difference">
    <caption class="sr">Configuration keys that differ</caption>
    <thead><tr><th scope="col">Key</th>${groups.map((group, index) => html`<th scope="col" key=${group.key}><${Swatch} index=${index} /> ${group.label}</th>`)}</tr></thead>
    <tbody>${rows.map(({ key, values }) => html`<tr key=${key}><th scope="row"><code>${key}</code></th>
      ${groups.map((group, column) => html`<td key=${group.key}><code>${shown(values[column])}</code></td>`)}</tr>`)}</tbody>
  </table></div>`;
}
