/** Search: what is alike in a collection, and which of it is the same twice. */
import { html } from "../html.js";
import { state } from "../store.js";
import { ThresholdChart } from "../widgets/threshold.js";
import * as on from "./search_actions.js";
import { MapView } from "./search_map.js";
import * as map from "./search_map_actions.js";
import { TeachView } from "./search_teach.js";
import * as teach from "./search_teach_actions.js";

const MOST_GROUPS = 100;

function Head({ search }) {
  const info = on.current(search);
  return html`<section class="card row spread" aria-label="Collection">
    <div class="field"><label for="collection">Collection</label>
      <select id="collection" value=${search.name} onChange=${(event) => on.choose(event.target.value)}>
        ${search.list.map(({ name }) => html`<option key=${name} value=${name}>${name}</option>`)}</select></div>
    ${info && html`<p class="small muted"><span class="number">${info.rows.toLocaleString("en")}</span> rows of ${info.width ?? "no"} numbers,
      made by <code>${info.fingerprint ?? "nobody said what"}</code></p>`}
  </section>`;
}

function Tabs({ search }) {
  return html`<div class="row search-tabs" role="tablist" aria-label="View">
    ${on.TABS.map(([name, label, key]) => html`<button key=${name} id=${`view-${name}`} role="tab" class="quiet"
      aria-selected=${String(search.tab === name)} aria-controls="view" onClick=${() => show(name)}>${label}<kbd>${key}</kbd></button>`)}
  </div>`;
}

function Query({ search }) {
  // A button that waits disabled for the next paint would swallow Enter; `run` itself does nothing without a query.
  const submit = (event) => {
    event.preventDefault();
    on.run();
  };
  return html`<form class="query" onSubmit=${submit}>
    <div class="field"><label for="by">Search by</label>
      <select id="by" value=${search.by} onChange=${(event) => on.edit({ by: event.target.value })}><option value="text">Text</option><option value="id">Id of a row</option></select></div>
    <div class="field"><label for="query">${search.by === "id" ? "Id" : "Text"}</label>
      <input id="query" type="search" value=${search.query} onInput=${(event) => on.edit({ query: event.target.value })} /></div>
    <div class="field"><label for="conditions">Filter</label>
      <input id="conditions" type="search" placeholder="lang=en" value=${search.filter} onInput=${(event) => on.edit({ filter: event.target.value })} /></div>
    <button class="primary">Search</button>
  </form>`;
}

function Hit({ hit, search, place }) {
  const here = search.cursor === place;
  return html`<li class=${`hit${here ? " cursor" : ""}`} aria-current=${here ? "true" : null} onClick=${() => on.edit({ cursor: place })}>
    <span class="number hit-score">${hit.score.toFixed(3)}</span>
    <div class="hit-body"><p>${hit.text ?? hit.reference ?? html`<span class="muted">no text</span>`}</p>
      <p class="small muted"><code>${hit.id}</code></p>
      ${search.open === hit.id && html`<pre class="small">${JSON.stringify({ ...hit.metadata, ...(hit.reference ? { reference: hit.reference } : {}) }, null, 2)}</pre>`}</div>
    <button class="quiet small" onClick=${() => on.like(hit.id)}>More like this</button>
  </li>`;
}

function Results({ search }) {
  const { answer } = search;
  const kind = answer && (answer.exact ? "exact" : `approximate, finds ${(100 * answer.recall).toFixed(1)} % of the true neighbours`);
  return html`<${Query} search=${search} />
    ${answer && html`<p class="small muted" role="status">${answer.searched.toLocaleString("en")} rows, ${kind}, ${answer.milliseconds.toFixed(0)} ms with the way there${answer.note ? `; ${answer.note}` : ""}</p>
      ${answer.hits.length ? html`<ol class="hits" aria-label="Rows, most similar first">${answer.hits.map((hit, place) => html`<${Hit} key=${hit.id} hit=${hit} search=${search} place=${place} />`)}</ol>`
        : html`<p class="lead">No row fits this filter.</p>`}`}
    ${!answer && !search.busy && !search.refused && html`<p class="lead">Type a text, or the id of a row to find what is like it.</p>`}`;
}

function Duplicates({ search }) {
  const { found, threshold } = search;
  if (!found) return null;
  const now = on.curveAt(found.curve, threshold);
  const same = threshold === search.foundAt;
  return html`<div class="slider">
      <div class="field"><label for="threshold">Threshold <span class="number">${threshold.toFixed(3)}</span></label>
        <input id="threshold" type="range" min=${on.LOWEST} max="1" step="0.005" value=${threshold} onInput=${(event) => on.edit({ threshold: Number(event.target.value) })} /></div>
      <p class="lead" role="status"><strong class="number" id="group-count">${now.groups.toLocaleString("en")}</strong> groups hold <span class="number">${now.grouped.toLocaleString("en")}</span> of
        <span class="number"> ${found.rows.toLocaleString("en")}</span> rows; the largest has <span class="number">${now.largest.toLocaleString("en")}</span></p>
      <button class=${same ? "" : "primary"} disabled=${same || search.busy !== ""} onClick=${on.duplicates}>Show these groups<kbd>r</kbd></button>
    </div>
    <${ThresholdChart} curve=${found.curve} threshold=${threshold} />
    ${!found.curve.complete && html`<p class="small muted">The curve was thinned: counts between its points are those of the point above.</p>`}
    <h2>${found.groups.length.toLocaleString("en")} groups at ${search.foundAt.toFixed(3)}</h2>
    <p class="small muted">${found.total_pairs.toLocaleString("en")} pairs. Rows are joined by chains of pairs, so two rows of a group may be less alike than the threshold.</p>
    <ol class="groups">${found.groups.slice(0, MOST_GROUPS).map((group) => html`<li key=${group[0]}><span class="number muted">${group.length}</span>
      <span>${group.slice(0, 12).map((id) => html`<button class="quiet small" key=${id} onClick=${() => on.like(id)}>${id}</button>`)}${group.length > 12 ? ` and ${group.length - 12} more` : ""}</span></li>`)}</ol>
    ${found.groups.length > MOST_GROUPS && html`<p class="small muted">The ${MOST_GROUPS} largest are shown; the command lists all.</p>`}`;
}

function Empty() {
  return html`<section class="card stack empty">
    <h2>There is no collection yet</h2>
    <p class="lead">A collection holds rows with vectors that one model made. It finds what is alike, and what is there twice.</p>
    <pre class="small"><code>shoestring collection create tickets --model text\nshoestring collection add tickets tickets.csv</code></pre>
  </section>`;
}

/** What a tab needs when it is shown for the first time. */
function opened(params = {}) {
  const { tab, name, map: drawn, teach: taught } = state.search;
  if (!name) return undefined;
  if (tab === "map" && !drawn.data) return map.loadMap();
  if (tab === "pairs" && !taught.counts) return teach.loadTeach(params.run);
  return undefined;
}

function show(name) {
  on.tab(name);
  opened();
}

/** Search with a row and stay on the map. */
function onMap(id = map.idOfCursor()) {
  if (id === undefined) return;
  on.edit({ by: "id", query: id });
  on.run();
}

const typing = { key: "/", label: "type a query", run: () => document.getElementById("query")?.focus() };

function tabKeys({ tab, by, answer }) {
  const threshold = [
    { key: "[", label: "lower threshold", run: () => on.step(-0.005) },
    { key: "]", label: "higher threshold", run: () => on.step(0.005) },
    { key: "r", label: "show the groups of this threshold", run: on.duplicates },
  ];
  if (tab === "map") {
    return [
      typing,
      { key: "ArrowLeft", label: "row to the left", run: () => map.walk(-1, 0) },
      { key: "ArrowRight", label: "row to the right", run: () => map.walk(1, 0) },
      { key: "ArrowUp", label: "row above", run: () => map.walk(0, -1) },
      { key: "ArrowDown", label: "row below", run: () => map.walk(0, 1) },
      { key: "+", label: "larger", run: () => map.zoom(1.6) },
      { key: "-", label: "smaller", run: () => map.zoom(1 / 1.6) },
      { key: "0", label: "whole map", run: map.whole },
      { key: "v", label: "neighbours or variance", run: map.otherMethod },
      { key: "m", label: "more like this row", run: () => onMap() },
    ];
  }
  if (tab === "pairs") {
    return [
      { key: "s", label: "the same", run: () => teach.answer(true) },
      { key: "d", label: "different", run: () => teach.answer(false) },
      { key: " ", label: "skip this pair", run: teach.skip },
      { key: "Backspace", label: "take the last answer back", run: teach.undo },
      { key: "l", label: "learn from these", run: teach.learn },
      { key: "y", label: "use the new vectors", run: teach.accept },
    ];
  }
  if (tab === "duplicates") return threshold;
  return [
    typing,
    { key: "j", label: "next row", run: () => on.move(1) },
    { key: "k", label: "row before", run: () => on.move(-1) },
    { key: "o", label: "open or close the row’s metadata", run: on.toggleOpen },
    { key: "m", label: "more like this row", run: () => on.like() },
    ...(by === "id" && answer ? [
      { key: "s", label: "this row is the same as the one searched by", run: () => teach.answerHit(true) },
      { key: "x", label: "this row is different", run: () => teach.answerHit(false) },
    ] : []),
    ...threshold,
  ];
}

export default {
  title: "Search",
  built: true,
  enter: async (route) => {
    await on.load(route);
    if (state.search.tab === "map") map.place(route.params);
    await opened(route.params);
  },
  leave() {
    map.leave();
    teach.leave();
  },
  link: ({ search }) => (search.list === null || !search.name ? null : {
    tab: search.tab === "results" ? "" : search.tab, by: search.by, q: search.query, filter: search.filter,
    threshold: search.tab === "duplicates" || search.tab === "pairs" ? search.threshold : "",
    ...(search.tab === "map" ? { method: search.map.method === "tsne" ? "" : search.map.method, at: map.idOfCursor() ?? search.map.wanted, view: map.viewText(search.map.view) } : {}),
    run: search.tab === "pairs" ? search.teach.run?.run : "",
  }),
  keys: ({ search }) => [
    ...tabKeys(search),
    ...on.TABS.map(([name, label, key]) => ({ key, label: label.toLowerCase(), run: () => show(name) })),
  ],
  view({ search }) {
    if (search.problem) return html`<p class="notice bad" role="alert">${search.problem}</p>`;
    if (search.list === null) return html`<p class="muted">Loading…</p>`;
    if (!search.list.length) return html`<${Empty} />`;
    return html`<${Head} search=${search} />
      <${Tabs} search=${search} />
      <section class="card stack" id="view" role="tabpanel" aria-labelledby=${`view-${search.tab}`}>
        ${search.tab === "duplicates" ? html`<${Duplicates} search=${search} />` : search.tab === "pairs" ? html`<${TeachView} search=${search} />`
          : search.tab === "map" ? html`<${Query} search=${search} /><${MapView} search=${search} onLike=${onMap} />` : html`<${Results} search=${search} />`}
        ${search.busy && html`<p class="muted" role="status">${search.busy}</p>`}
        ${search.refused && html`<p class="notice bad" role="alert">${search.refused}</p>`}
      </section>`;
  },
  same({ search }) {
    const name = search.name || "tickets";
    const shell = (text) => (/^[\w.=-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`);
    const start = `import shoestring\n\nrows = shoestring.Collection.open(${JSON.stringify(name)})\n`;
    const curl = (path, body) => `curl ${location.origin}/v1/collections/${encodeURIComponent(name)}/${path} -H 'content-type: application/json' \\\n  -d ${shell(JSON.stringify(body))}`;
    if (search.tab === "map") {
      const { method } = search.map;
      return {
        command: `shoestring collection map ${shell(name)} --method ${method} --out map.csv`,
        rest: `curl '${location.origin}/v1/collections/${encodeURIComponent(name)}/map?method=${method}'`,
        python: `${start}\nfrom shoestring.similarity.collection import map_of\n\nfound = map_of(rows, ${JSON.stringify(method)})\nprint(dict(zip(found.ids, found.points.tolist())))`,
      };
    }
    if (search.tab === "pairs") {
      const [pair] = search.teach.questions;
      const [first, second] = pair ? [pair.first.id, pair.second.id] : ["FIRST", "SECOND"];
      const python = `${start}\nfrom shoestring.similarity.collection import Teaching\n\nteaching = Teaching(rows)\nprint(teaching.questions(20, threshold=${search.threshold}))`;
      return {
        command: `shoestring collection teach ${shell(name)} --same ${shell(first)} ${shell(second)} && shoestring collection learn ${shell(name)}`,
        rest: `${curl("pairs", { pairs: [{ first, second, same: true }] })}\n${curl("learn", {})}`,
        python: `${python}\nteaching.add([(${JSON.stringify(first)}, ${JSON.stringify(second)}, True)])\nrun = shoestring.train("taught-pairs", [f"data={teaching.write_lessons()}"])`,
      };
    }
    if (search.tab === "duplicates") {
      const threshold = search.threshold;
      return {
        command: `shoestring collection duplicates ${shell(name)} --threshold ${threshold} --lowest ${on.LOWEST}`,
        rest: curl("duplicates", { threshold, lowest: on.LOWEST }),
        python: `${start}found = rows.duplicates(${threshold}, lowest=${on.LOWEST})\nprint(found.groups, found.curve.at(${threshold}))`,
      };
    }
    const query = search.query || "refund not received";
    const body = on.request({ ...search, query });
    const conditions = Object.entries(body.filter ?? {});
    const words = conditions.map(([key, value]) => ` --filter ${shell(`${key}=${typeof value === "string" ? value : JSON.stringify(value)}`)}`).join("");
    const python = conditions.length ? `, filter=json.loads(${JSON.stringify(JSON.stringify(body.filter))})` : "";
    const asked = search.by === "id" ? `rows.vector_of(${JSON.stringify(query)}), model=rows.model` : `${JSON.stringify(query)}, encoder=load_embedder(rows.source)`;
    const imports = `${conditions.length ? "import json\n\n" : ""}${search.by === "id" ? "" : "from shoestring.recipes.embedding import load_embedder\n\n"}`;
    return {
      command: `shoestring collection search ${shell(name)} ${search.by === "id" ? `--like ${shell(query)}` : shell(query)} -k ${on.LIMIT}${words}`,
      rest: curl("search", body),
      python: `${imports}${start}found = rows.search(${asked}, k=${on.LIMIT}${python})\nprint([(hit.id, hit.score, hit.text) for hit in found.hits])`,
    };
  },
};
