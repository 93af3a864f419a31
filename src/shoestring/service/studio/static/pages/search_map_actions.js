/** What the map of the Search page does: fetch it, follow its drawing, move through it. */
import { follow, get, segment } from "../api.js";
import { state } from "../store.js";
import { cellsOf, neighbour, WHOLE, zoomed } from "../widgets/pointmap.js";
import { edit, keep } from "./search_actions.js";

export const METHODS = { tsne: "Neighbours (t-SNE)", pca: "Variance (PCA)" };
const TEXT_WAIT = 60;
const FRESH = { method: "tsne", data: null, view: WHOLE, cursor: -1, wanted: "", drawing: null, texts: {} };

keep("map", FRESH);

/** Change the part of the store that belongs to the map. */
export const editMap = (patch) => edit(({ map }) => ({ map: { ...map, ...(typeof patch === "function" ? patch(map) : patch) } }));

let stop = () => {};
/** End what is being followed, as when the page closes. */
export const leave = () => { stop(); stop = () => {}; };

function adapt(answer) {
  const [x, y] = [Uint16Array.from(answer.x), Uint16Array.from(answer.y)];
  return { ...answer, x, y, cells: cellsOf(x, y), place: new Map(answer.ids.map((id, index) => [id, index])) };
}

function show(answer) {
  const data = adapt(answer);
  // The row under the cursor stays under it when the method changes.
  const { data: old, cursor, wanted } = state.search.map;
  const id = wanted || (old && cursor >= 0 ? old.ids[cursor] : "");
  editMap({ data, cursor: data.place.get(id) ?? -1, wanted: "" });
  fetchText();
}

/** Fetch the map; one that takes long is followed, with the principal plane shown meanwhile. */
export async function loadMap() {
  leave();
  const { name } = state.search;
  const { method } = state.search.map;
  const current = () => state.search.name === name && state.search.map.method === method;
  const path = `/collections/${segment(name)}/map`;
  edit({ refused: "" });
  try {
    const answer = await get(`${path}?method=${method}`);
    if (!current()) return;
    if (answer.status === "ready") {
      editMap({ drawing: null });
      show(answer);
      return;
    }
    editMap({ drawing: answer });
    stop = follow(`${path}/events`, ["progress", "end"], (event, drawing) => {
      if (!current()) { leave(); return; }
      editMap({ drawing });
      if (event !== "end") return;
      leave();
      if (drawing.status === "ready") loadMap(); else edit({ refused: drawing.problem });
    });
    const plain = await get(`${path}?method=pca`);
    if (current() && state.search.map.drawing) show(plain);
  } catch (error) {
    if (current()) { editMap({ drawing: null }); edit({ refused: error.message }); }
  }
}

export function setMethod(method) {
  editMap({ method, drawing: null });
  loadMap();
}

export const otherMethod = () => setMethod(state.search.map.method === "tsne" ? "pca" : "tsne");

let timer = 0;
/** The text of the row under the cursor, asked for once it rests there. */
function fetchText() {
  clearTimeout(timer);
  timer = setTimeout(async () => {
    const { data, cursor, texts } = state.search.map;
    const id = data?.ids[cursor];
    if (id === undefined || id in texts) return;
    try {
      const { items } = await get(`/collections/${segment(state.search.name)}/items?id=${segment(id)}`);
      const text = items[0] ? items[0].text ?? items[0].reference ?? "" : "";
      editMap((map) => ({ texts: { ...map.texts, [id]: text } }));
    } catch (error) {
      edit({ refused: error.message });
    }
  }, TEXT_WAIT);
}

export function point(place) {
  if (place < 0 || place === state.search.map.cursor) return;
  editMap({ cursor: place });
  fetchText();
}

/** Move the cursor to the nearest point in a direction; the first press starts at the best hit or in the middle. */
export function walk(dx, dy) {
  const { data, cursor, view } = state.search.map;
  if (!data?.x.length) return;
  const next = cursor < 0 ? (marksOf(state.search)[0] ?? middle(data)) : neighbour(data, cursor, dx, dy);
  editMap({ cursor: next, view: view.zoom > 1 ? { ...view, x: data.x[next], y: data.y[next] } : view });
  fetchText();
}

function middle({ x, y }) {
  let [best, least] = [0, Infinity];
  for (let i = 0; i < x.length; i += 1) {
    const far = (x[i] - WHOLE.x) ** 2 + (y[i] - WHOLE.y) ** 2;
    if (far < least) [best, least] = [i, far];
  }
  return best;
}

export function zoom(factor) {
  editMap(({ view, data, cursor }) => ({ view: cursor < 0 ? zoomed(view, factor) : zoomed(view, factor, data.x[cursor], data.y[cursor]) }));
}

export const whole = () => editMap({ view: WHOLE });

export const idOfCursor = () => state.search.map.data?.ids[state.search.map.cursor];

/** Places of the hits of the last search, best first. */
export function marksOf({ answer, map: { data } }) {
  return (answer?.hits ?? []).map(({ id }) => data?.place.get(id)).filter((place) => place !== undefined);
}

/** Go where a permalink points. */
export function place({ method, at, view }) {
  editMap({ method: method in METHODS ? method : "tsne", data: null, cursor: -1, wanted: at ?? "", view: parseView(view) });
}

/** `x,y,zoom` of a view that is not the whole map. */
export const viewText = ({ x, y, zoom: z }) => (z === 1 ? "" : [Math.round(x), Math.round(y), Number(z.toPrecision(3))].join(","));

export function parseView(text) {
  const [x, y, z] = (text ?? "").split(",").map(Number);
  return z > 1 && z <= 400 && x >= 0 && y >= 0 ? { x, y, zoom: z } : WHOLE;
}
