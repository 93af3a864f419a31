/** What the Search page does: each function reads the store, talks to /v1, and writes the store. */
import { get, post, segment } from "../api.js";
import { format, navigate } from "../router.js";
import { set, state, toast } from "../store.js";

/** Where the curve of thresholds ends. */
export const LOWEST = 0.5;
export const LIMIT = 20;
const PAIRS = 1000;

/** Name, label and key of each tab. */
export const TABS = [["results", "Results", "1"], ["duplicates", "Duplicates", "2"], ["map", "Map", "3"], ["pairs", "Pairs", "4"]];

/** What the tabs of the map and the pairs keep; each puts its own part here when it is imported. */
const kept = { map: {}, teach: {} };
export const keep = (part, fresh) => { kept[part] = fresh; edit({ [part]: fresh }); };

state.search = {
  list: null, problem: "", name: "", tab: "results", busy: "",
  by: "text", query: "", filter: "", answer: null, refused: "", cursor: 0, open: "",
  threshold: 0.9, found: null, foundAt: null,
};

export const edit = (patch) => set("search", patch);
export const current = ({ list, name }) => (list ?? []).find((one) => one.name === name);

/** `lang=en n=1` as the filter that the server takes: what reads as JSON is JSON, everything else is text. */
export function filterOf(text) {
  const parts = text.split(/\s+/).filter(Boolean).map((part) => part.split(/=(.*)/s, 2));
  return Object.fromEntries(parts.filter(([key, value]) => key && value !== undefined).map(([key, value]) => {
    try {
      return [key, JSON.parse(value)];
    } catch {
      return [key, value];
    }
  }));
}

/** The body of a search. */
export function request({ by, query, filter }) {
  const conditions = filterOf(filter);
  return { [by === "id" ? "like" : "text"]: query, limit: LIMIT, ...(Object.keys(conditions).length ? { filter: conditions } : {}) };
}

/** Groups, grouped rows and the largest group at a threshold, from the curve that came with the answer. */
export function curveAt(curve, threshold) {
  let place = -1;
  while (place + 1 < curve.threshold.length && curve.threshold[place + 1] >= threshold - 1e-9) place += 1;
  return place < 0 ? { groups: 0, grouped: 0, largest: 1 } : { groups: curve.groups[place], grouped: curve.grouped[place], largest: curve.largest[place] };
}

/** A number for every call, so that an answer that comes late never replaces a later one. */
let latest = 0;

export async function load({ arg, params }) {
  try {
    const { collections } = await get("/collections?limit=1000");
    const name = collections.some((one) => one.name === arg) ? arg : arg ? "" : (collections[0]?.name ?? "");
    const other = name !== state.search.name;
    edit({
      list: collections, name, problem: arg && !name ? `There is no collection “${arg}”.` : "",
      tab: TABS.some(([tab]) => tab === params.tab) ? params.tab : "results", by: params.by ?? (collections.find((one) => one.name === name)?.modality === "text" ? "text" : "id"), query: params.q ?? "", filter: params.filter ?? "",
      threshold: Math.min(1, Math.max(LOWEST, Number(params.threshold) || 0.9)), ...(other ? { answer: null, found: null, foundAt: null, refused: "", ...kept } : {}),
    });
    if (!name) return;
    if (state.search.tab === "duplicates") await duplicates();
    else if (state.search.query) await run();
  } catch (error) {
    edit({ problem: error.message });
  }
}

export function choose(name) {
  edit({ answer: null, found: null, foundAt: null, refused: "", query: "", filter: "", ...kept });
  navigate(format("search", name));
}

async function ask(path, body, busy, done) {
  const { name } = state.search;
  const mine = (latest += 1);
  edit({ busy, refused: "" });
  try {
    const answer = await post(`/collections/${segment(name)}/${path}`, body);
    if (mine === latest) edit({ busy: "", ...done(answer) });
  } catch (error) {
    if (mine === latest) edit({ busy: "", refused: error.message });
  }
}

export async function run() {
  const { query, name } = state.search;
  if (!query.trim() || !name) return;
  const began = performance.now();
  await ask("search", request(state.search), "Searching…", (answer) => ({ answer: { ...answer, milliseconds: performance.now() - began }, cursor: 0, open: "" }));
}

export async function duplicates() {
  const { threshold, name } = state.search;
  if (!name) return;
  await ask("duplicates", { threshold, lowest: LOWEST, limit: PAIRS }, "Comparing all pairs…", (found) => ({ found, foundAt: threshold }));
}

/** Show a tab, and fetch what it needs the first time. */
export function tab(name) {
  edit({ tab: name, refused: "" });
  if (name === "duplicates" && !state.search.found) duplicates();
}

export const move = (step) => edit(({ cursor, answer }) => ({ cursor: Math.min(Math.max(cursor + step, 0), Math.max((answer?.hits.length ?? 0) - 1, 0)) }));

export const toggleOpen = () => edit(({ open, answer, cursor }) => {
  const id = answer?.hits[cursor]?.id ?? "";
  return { open: open === id ? "" : id };
});

/** Search with the row of the cursor, or with `id`. */
export function like(id = state.search.answer?.hits[state.search.cursor]?.id) {
  if (id === undefined) return;
  edit({ by: "id", query: id, tab: "results" });
  run();
}

export function step(by) {
  edit(({ threshold }) => ({ threshold: Math.min(1, Math.max(LOWEST, Math.round((threshold + by) * 1000) / 1000)) }));
  if (state.search.tab !== "duplicates") toast(`Threshold ${state.search.threshold.toFixed(3)}`);
}
