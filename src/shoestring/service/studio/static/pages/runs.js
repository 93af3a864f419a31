/** Runs: everything trained here, read per unit of budget, across seeds. */
import { html } from "../html.js";
import { RunChart, MOST } from "../widgets/runchart.js";
import { Difference, RunTable } from "../widgets/runtable.js";
import { StartForm } from "../widgets/startform.js";
import { medianInterval } from "../widgets/stats.js";
import * as actions from "./runs_actions.js";

/** `scrolled` remembers which row was brought into view, so that painting again does not scroll again. */
const on = { ...actions, scrolled: { row: -1 } };

/** What the chart draws; the same object as before as long as nothing it depends on changed. */
let last = { parts: [], groups: [], refused: [] };
function drawn(runs) {
  const picked = actions.pickedGroups(runs).slice(0, MOST);
  const curves = picked.map(({ runs: members }) => members.map((run) => runs.curves[`${run.id} ${runs.metric} ${runs.x}`]));
  const parts = [runs.picked, runs.list, ...curves.flat()];
  if (parts.length !== last.parts.length || parts.some((part, index) => part !== last.parts[index])) {
    const refused = [...new Set(curves.flat().flatMap((curve) => (curve?.refused ? [curve.refused] : [])))];
    const groups = picked.map((group, style) => ({ label: group.label, style, curves: curves[style].filter((curve) => Array.isArray(curve) && curve.length) }))
      .filter((group) => group.curves.length);
    last = { parts, groups, refused };
  }
  return last;
}

function Controls({ runs }) {
  const option = (value) => html`<option key=${value} value=${value}>${value}</option>`;
  return html`<div class="controls">
    <div class="field"><label for="metric">Curve</label>
      <select id="metric" value=${runs.metric} onChange=${(event) => on.choose({ metric: event.target.value })}>${actions.metricsOf(runs.list).map(option)}</select></div>
    <div class="field"><label for="x">Horizontal axis</label>
      <select id="x" value=${runs.x} onChange=${(event) => on.choose({ x: event.target.value })}>${actions.axesOf(runs.list).map(option)}</select></div>
    <div class="field"><label for="smooth">Smoothing <span class="number muted">${runs.weight.toFixed(2)}</span></label>
      <input id="smooth" type="range" min="0" max="0.99" step="0.01" value=${runs.weight} onInput=${(event) => on.edit({ weight: Number(event.target.value) })} /></div>
    <label class="row check"><input type="checkbox" checked=${runs.log} onChange=${() => on.edit({ log: !runs.log })} />Log scale</label>
  </div>`;
}

/** What the band means, with the coverage that this number of seeds really reaches. */
function Caption({ groups, runs }) {
  const counts = [...new Set(groups.map(({ curves }) => curves.length))].filter((n) => n > 1);
  if (!counts.length) return html`<p class="small muted">One seed each, so there is no band: one run says nothing about the next.${runs.weight > 0 ? " The faint line is unsmoothed." : ""}</p>`;
  const words = counts.map((n) => `${(100 * medianInterval(n).coverage).toFixed(n < 6 ? 1 : 0)} % with ${n} seeds`).join(", ");
  return html`<p class="small muted">Line: median over seeds. Band: interval for that median from the ordered seeds, which covers it with ${words}. Thin: each seed.${runs.weight > 0 ? " The faint line is the unsmoothed median." : ""}</p>`;
}

function Empty() {
  return html`<section class="card stack empty">
    <h2>Nothing was trained here yet</h2>
    <p class="lead">A run is a folder: its configuration, its metrics, and the ledger of what it spent.</p>
    <p class="row"><button class="primary" onClick=${() => on.openForm()}>Start a run<kbd>n</kbd></button></p>
  </section>`;
}

export default {
  title: "Runs",
  built: true,
  enter({ params }) {
    const grouped = params.group !== "none";
    on.edit({
      filter: params.filter ?? "", grouped, metric: params.metric ?? "", result: params.result ?? "", x: params.x ?? "step", log: params.log === "1", undo: [], cursor: 0,
      weight: Math.min(0.99, Math.max(0, Number(params.smooth) || 0)), wants: params.pick === undefined ? null : params.pick.split(",").filter(Boolean),
    });
    on.load();
    if (params.preset) on.openForm(params.preset);
  },
  leave: actions.quiet,
  link: ({ runs }) => (runs.list === null || runs.wants ? null : {
    filter: runs.filter, group: runs.grouped ? "" : "none", metric: runs.metric, result: runs.result, x: runs.x === "step" ? "" : runs.x,
    smooth: runs.weight || "", log: runs.log ? "1" : "", pick: runs.picked.join(","),
  }),
  keys: () => [
    { key: "j", label: "next row", run: () => on.move(1) },
    { key: "k", label: "row before", run: () => on.move(-1) },
    { key: "x", label: "show or hide this row, and go on", run: on.pickNext },
    { key: "Backspace", label: "take the last x back", run: on.undo },
    { key: "o", label: "open or close the row’s seeds", run: on.toggleOpen },
    { key: "n", label: "start a run", run: () => on.openForm() },
    { key: "L", label: "logarithmic scale", run: () => on.edit((runs) => ({ log: !runs.log })) },
    { key: "/", label: "filter", run: () => document.getElementById("filter")?.focus() },
  ],
  view({ runs }) {
    if (runs.problem) return html`<p class="notice bad" role="alert">${runs.problem}</p>`;
    if (runs.list === null) return html`<p class="muted">Loading…</p>`;
    const groups = actions.groupsOf(runs);
    const { groups: curves, refused } = drawn(runs);
    return html`
      ${runs.form && html`<${StartForm} runs=${runs} on=${on} />`}
      ${runs.list.length === 0 ? !runs.form && html`<${Empty} />` : html`
        <section class="card stack" aria-label="Curves">
          <${Controls} runs=${runs} />
          ${curves.length ? html`<${RunChart} groups=${curves} weight=${runs.weight} log=${runs.log} x=${runs.x} metric=${runs.metric} />
            <${Caption} groups=${curves} runs=${runs} />` : html`<p class="lead">${runs.picked.length ? `Nothing picked has recorded ${runs.metric || "a metric"} over ${runs.x}.` : "Pick runs below to draw them."}</p>`}
          ${refused.map((why) => html`<p class="notice unsure small" key=${why}>${why}</p>`)}
          ${runs.picked.length > MOST && html`<p class="notice small">${runs.picked.length} are picked; the first ${MOST} are drawn.</p>`}
        </section>
        <section class="stack" aria-labelledby="runs-title">
          <div class="row spread"><h2 id="runs-title">${runs.list.length} runs</h2>
            <div class="row list-tools">
              <label class="sr" for="filter">Filter runs</label>
              <input id="filter" type="search" placeholder="filter: recipe:signature status:done" value=${runs.filter} onInput=${(event) => on.edit({ filter: event.target.value, cursor: 0 })} />
              <label class="row check">Result <select id="result" value=${runs.result} onChange=${(event) => on.edit({ result: event.target.value })}>
                ${actions.resultsOf(runs.list).map((name) => html`<option key=${name} value=${name}>${name}</option>`)}</select></label>
              <label class="row check"><input type="checkbox" checked=${runs.grouped} onChange=${() => on.edit({ grouped: !runs.grouped, picked: [], undo: [], cursor: 0 })} />Group seeds</label>
              <button class="primary" onClick=${() => on.openForm()}>Start a run<kbd>n</kbd></button>
            </div></div>
          <${RunTable} runs=${runs} groups=${groups} on=${on} />
          ${groups.length === 0 && html`<p class="muted">No run fits “${runs.filter}”.</p>`}
        </section>
        ${runs.difference && html`<section class="card stack" aria-labelledby="difference-title"><h2 id="difference-title">What differs</h2>
          <${Difference} difference=${runs.difference} groups=${actions.pickedGroups(runs).slice(0, MOST)} /></section>`}`}`;
  },
  same({ runs }) {
    if (runs.form) {
      const body = actions.request(runs.form);
      const seeds = `--seed ${body.seed}${body.seeds ? ` --seeds ${body.seeds}` : ""}`;
      return {
        command: ["shoestring train", body.preset, ...body.overrides, ...Object.entries(body.budget ?? {}).map(([kind, n]) => `--budget ${kind}=${n}`), seeds].join(" "),
        rest: `curl ${location.origin}/v1/runs -H 'content-type: application/json' \\\n  -d '${JSON.stringify(body)}'`,
        python: `import httpx\n\nhttpx.post("${location.origin}/v1/runs", json=${JSON.stringify(body, null, 4)})`,
      };
    }
    const ids = actions.pickedGroups(runs).flatMap((group) => group.runs.map(({ id }) => id));
    const axis = runs.x === "step" ? "" : ` --x ${runs.x}`;
    return {
      command: ids.length > 1 ? `shoestring compare ${ids.join(" ")}${axis}` : ids.length ? `shoestring show ${ids[0]}` : "shoestring list runs",
      rest: ids.length ? ids.map((id) => `curl '${location.origin}/v1/runs/${id}/metrics?keys=${encodeURIComponent(runs.metric)}&x=${runs.x}'`).join("\n") : `curl ${location.origin}/v1/runs`,
      python: `from pathlib import Path\n\nfrom shoestring.core.folder import RunFolder\n\nfor run in ${JSON.stringify(ids)}:\n    folder = RunFolder(Path("runs") / run)\n    print(folder.spent(), folder.metrics(["${runs.metric}"]))`,
    };
  },
};
