/** The map of a collection on the Search page. */
import { html } from "../html.js";
import { PointMap } from "../widgets/pointmap.js";
import * as on from "./search_map_actions.js";

function Drawing({ drawing }) {
  const words = ["waiting for its turn", "laying rows out", "placing all rows", "ready"];
  return html`<div class="row drawing-map" role="status"><progress max=${drawing.of} value=${drawing.done} aria-label="Map being drawn"></progress>
    <span class="small muted">${drawing.status === "waiting" ? words[0] : words[Math.min(drawing.done, 3)] || words[1]}; meanwhile the plane of greatest variance is shown</span></div>`;
}

function About({ data, method }) {
  const rows = data.rows.toLocaleString("en");
  if (data.method === "pca") return html`<p class="small muted">All <span class="number">${rows}</span> rows. This plane shows ${(100 * data.variance).toFixed(1)} % of their variance: rows far apart here are different, rows close here may be too.</p>`;
  return html`<p class="small muted">All <span class="number">${rows}</span> rows, by t-SNE${data.placed ? html`: <span class="number">${(data.rows - data.placed).toLocaleString("en")}</span> were laid out, the other <span class="number">${data.placed.toLocaleString("en")}</span> placed among those most like them` : ""}. Neighbours are kept together; distances between groups and their sizes mean nothing.</p>`;
}

export function MapView({ search, onLike }) {
  const { map } = search;
  const { data, cursor } = map;
  const id = data?.ids[cursor];
  const text = id === undefined ? "" : map.texts[id] || id;
  const marks = on.marksOf(search);
  return html`<div class="row spread">
      <div class="row" role="radiogroup" aria-label="How rows are placed">${Object.entries(on.METHODS).map(([name, words]) => html`<label key=${name} class="row check"><input type="radio" name="method" checked=${map.method === name} onChange=${() => on.setMethod(name)} />${words}</label>`)}<kbd>v</kbd></div>
      <div class="row"><button class="quiet small" onClick=${() => on.zoom(1.6)} aria-label="Larger">+</button><button class="quiet small" onClick=${() => on.zoom(1 / 1.6)} aria-label="Smaller">−</button>
        <button class="quiet small" onClick=${on.whole}>Whole map<kbd>0</kbd></button></div>
    </div>
    ${map.drawing && map.drawing.status !== "ready" && html`<${Drawing} drawing=${map.drawing} />`}
    ${data ? html`<${PointMap} data=${data} view=${map.view} marks=${marks} cursor=${cursor} text=${text}
        label=${`Map of ${data.rows} rows; arrow keys go from row to row`} onView=${(view) => on.editMap({ view })} onHover=${on.point} onPick=${on.point} />
      <${About} data=${data} method=${map.method} />
      <div class="map-row" role="status">${id === undefined ? html`<p class="small muted">Point at the map, or press an arrow key.${marks.length ? ` The ${marks.length} rows that the search found are marked, the best with numbers.` : ""}</p>`
        : html`<p>${map.texts[id] ?? ""} <code class="small muted">${id}</code></p><button class="quiet small" onClick=${() => onLike(id)}>More like this<kbd>m</kbd></button>`}</div>`
      : !map.drawing && !search.refused && html`<p class="muted">Drawing…</p>`}`;
}
