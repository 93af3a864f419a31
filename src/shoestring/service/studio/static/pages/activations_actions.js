/** What the Activations page does: each function reads the store, talks to /v1, and writes the store. */
import { get, post, segment } from "../api.js";
import { set, state, toast } from "../store.js";

/** Curves in one overlay; as many colours as there are. */
export const MOST = 6;
export const PARTS = ["value", "slope", "curvature"];
const DEFAULT = ["gelu", "mish"];
/** What the pencil starts with: something like a leaky ramp, to be pulled about. */
const SKETCH = [[-3, -0.3], [-1, -0.2], [0, 0], [1, 1], [3, 2.5]];

state.activations = {
  /** The catalogue, the small curves by name, and examples of what is no curve. */
  list: null, problem: "", grid: {}, examples: {},
  /** Specs in the overlay such as "elu:alpha=0.5", what Backspace takes back, the cursor in the grid. */
  picked: [], undo: [], cursor: -1,
  low: -4, high: 4, show: ["value", "slope"], at: null, peek: null,
  /** Curves of the overlay in the order of `shown`, and why the last request failed. */
  curves: [], refused: "",
  /** Points of the drawn curve, or null; the point that keys move. */
  drawn: null, point: -1, code: "",
  depth: { depth: 30, width: 256, init: "normal", norm: "none", gain: "", seed: 0 }, depths: null, busy: "",
  costs: {},
};

export const edit = (patch) => set("activations", patch);
const now = () => state.activations;

/** "elu:alpha=0.5" -> {name, values}; values are only those that were changed. */
export function parse(spec) {
  const [name, ...rest] = spec.split(":");
  return { name, values: Object.fromEntries(rest.map((part) => part.split("=")).map(([key, value]) => [key, Number(value)])) };
}

const format = (name, values) => [name, ...Object.entries(values).map(([key, value]) => `${key}=${value}`)].join(":");
export const entryOf = (list, spec) => list?.find(({ name }) => name === parse(spec).name);
export const elementwise = (list) => (list ?? []).filter(({ family }) => family === "elementwise");

/** Load the catalogue, the small curves, and the examples of what is no curve. */
export async function load() {
  try {
    const { activations: list } = now().list ? { activations: now().list } : await get("/activations");
    const known = new Set(elementwise(list).map(({ name }) => name));
    edit(({ picked }) => ({ list, picked: picked.filter((spec) => known.has(parse(spec).name)).slice(0, MOST), problem: "" }));
    if (!Object.keys(now().grid).length) {
      const { curves } = await post("/activations/curves", { f: [...known], points: 97 });
      edit({ grid: Object.fromEntries(curves.map((curve) => [curve.name, curve])) });
      const others = list.filter(({ family }) => family !== "elementwise");
      const found = await Promise.all(others.map(({ name }) => get(`/activations/${segment(name)}`)));
      edit({ examples: Object.fromEntries(found.map(({ name, example }) => [name, example])) });
    }
    refresh();
  } catch (error) {
    edit({ problem: error.message });
  }
}

let [asking, again] = [false, false];

/** Ask for the overlay. While an answer is on its way only the newest wish is remembered, so a slider never queues up. */
export async function refresh() {
  if (asking) {
    again = true;
    return;
  }
  asking = true;
  const { picked, drawn, low, high } = now();
  try {
    const answer = picked.length || drawn ? await post("/activations/curves", { f: picked, drawn, low, high, points: 401 }) : { curves: [] };
    const own = drawn ? answer.curves.at(-1) : null;
    edit({ curves: answer.curves, refused: "", code: own?.python ?? "" });
  } catch (error) {
    edit({ refused: error.message });
  }
  asking = false;
  if (again) {
    again = false;
    refresh();
  }
}

/** Keep what Backspace brings back, then change what is shown. */
function change(patch) {
  edit(({ undo, picked, drawn }) => ({ undo: [...undo, { picked, drawn }].slice(-200), depths: null, ...patch }));
  refresh();
}

export function toggle(name) {
  const { picked } = now();
  const inside = picked.filter((spec) => parse(spec).name === name);
  if (inside.length) change({ picked: picked.filter((spec) => !inside.includes(spec)) });
  else if (picked.length >= MOST) toast(`${MOST} curves are enough for one picture: take one away first.`);
  else change({ picked: [...picked, name] });
}

export function undo() {
  const last = now().undo.at(-1);
  if (!last) return;
  edit(({ undo: before }) => ({ undo: before.slice(0, -1), depths: null, ...last }));
  refresh();
}

/** One parameter of one curve of the overlay. */
export function adjust(index, parameter, value) {
  if (!Number.isFinite(value)) return;
  const { name, values } = parse(now().picked[index]);
  const next = { ...values, [parameter]: value };
  edit(({ picked }) => ({ depths: null, picked: picked.map((spec, at) => (at === index ? format(name, next) : spec)) }));
  refresh();
}

export function span(low, high) {
  if (!Number.isFinite(low) || !Number.isFinite(high) || low >= high) return;
  edit({ low, high });
  refresh();
}

export const showPart = (part) => edit(({ show }) => ({ show: show.includes(part) ? show.filter((one) => one !== part) : PARTS.filter((one) => one === part || show.includes(one)) }));

export const move = (step) => edit(({ cursor, list }) => ({ cursor: Math.max(0, Math.min(elementwise(list).length - 1, cursor + step)) }));

export function toggleAtCursor() {
  const entry = elementwise(now().list)[now().cursor];
  if (entry) toggle(entry.name);
}

/** Begin with a sketch, or put the pencil away. */
export const pencil = () => change({ drawn: now().drawn ? null : SKETCH, point: -1 });

/** Points by rising x, each within the limits of the server, no two at one place. */
export function putPoints(points, chosen) {
  const inside = (value) => Math.round(1000 * Math.max(-100, Math.min(100, value))) / 1000;
  const tidy = points.map(([x, y]) => [inside(x), inside(y)]);
  const target = tidy[chosen];
  tidy.sort((a, b) => a[0] - b[0]);
  if (tidy.some(([x], index) => index > 0 && x - tidy[index - 1][0] < 0.002)) return;
  edit({ drawn: tidy, point: target ? tidy.indexOf(target) : -1, depths: null });
  refresh();
}

export function addPoint(x, y) {
  const { drawn } = now();
  if (drawn.length >= 64) toast("A drawn curve has at most 64 points.");
  else putPoints([...drawn, [x, y]], drawn.length);
}

export function removePoint(index) {
  const { drawn } = now();
  if (drawn.length > 2 && index >= 0) putPoints(drawn.filter((_point, at) => at !== index), -1);
}

export function nudge(dx, dy) {
  const { drawn, point } = now();
  if (drawn?.[point]) putPoints(drawn.map(([x, y], at) => (at === point ? [x + dx, y + dy] : [x, y])), point);
}

/** Settings of the depth probe as the server wants them. */
export function depthBody({ depth }) {
  const { gain, ...rest } = depth;
  return { ...rest, ...(gain === "" ? {} : { gain: Number(gain) }) };
}

export const setDepth = (patch) => edit(({ depth }) => ({ depth: { ...depth, ...patch }, depths: null }));

/** Run the probe for every curve of the overlay, one after another. */
export async function runDepth() {
  if (now().busy || !(now().picked.length || now().drawn)) return;
  edit({ busy: "depth", refused: "" });
  const { picked, drawn } = now();
  const wanted = [...picked.map((f) => ({ f })), ...(drawn ? [{ drawn }] : [])];
  const found = [];
  try {
    for (const one of wanted) found.push(await post("/activations/depth", { ...one, ...depthBody(now()) }));
    // Whoever changed something meanwhile does not want the answer to what stood there before.
    if (now().picked === picked && now().drawn === drawn) edit({ depths: found });
  } catch (error) {
    edit({ refused: error.message });
  }
  edit({ busy: "" });
}

/** Time the curves of the overlay on the server's machine. */
export async function runCost() {
  if (now().busy) return;
  edit({ busy: "cost" });
  try {
    for (const f of now().picked) {
      const cost = await post("/activations/cost", { f });
      edit(({ costs }) => ({ costs: { ...costs, [f]: cost } }));
    }
  } catch (error) {
    edit({ refused: error.message });
  }
  edit({ busy: "" });
}

const pairs = (text) => text.split(";").map((pair) => pair.split(",").map(Number)).filter(([x, y]) => Number.isFinite(x) && Number.isFinite(y));

/** Everything that is shown, from the address. */
export function read(params) {
  const [low, high] = (params.x ?? "").split(",").map(Number);
  const valid = Number.isFinite(low) && Number.isFinite(high) && low < high;
  const drawn = params.d ? pairs(params.d) : [];
  const number = (key, otherwise) => (params[key] && Number.isFinite(Number(params[key])) ? Number(params[key]) : otherwise);
  edit({
    picked: params.f === undefined ? (drawn.length > 1 ? [] : DEFAULT) : params.f.split(",").filter(Boolean), undo: [], cursor: -1,
    low: valid ? low : -4, high: valid ? high : 4, drawn: drawn.length > 1 ? drawn : null, point: -1, depths: null, refused: "",
    show: params.show === undefined ? ["value", "slope"] : PARTS.filter((_part, index) => params.show.includes(String(index))),
    depth: {
      depth: number("depth", 30), width: number("width", 256), init: params.init ?? "normal", norm: params.norm ?? "none",
      gain: params.gain ?? "", seed: number("seed", 0),
    },
  });
}

export function link({ list, picked, low, high, drawn, show, depth }) {
  if (list === null) return null;
  const shown = show.map((part) => PARTS.indexOf(part)).join("");
  return {
    f: picked.join(",") || (drawn ? "" : "-"), x: low === -4 && high === 4 ? "" : `${low},${high}`, d: drawn ? drawn.map((point) => point.join(",")).join(";") : "",
    show: shown === "01" ? "" : shown || "-", depth: depth.depth === 30 ? "" : depth.depth, width: depth.width === 256 ? "" : depth.width,
    init: depth.init === "normal" ? "" : depth.init, norm: depth.norm === "none" ? "" : depth.norm, gain: depth.gain, seed: depth.seed || "",
  };
}

export const removeChosen = () => now().drawn && removePoint(now().point);
