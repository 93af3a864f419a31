/** What the Runs page does: each function reads the store, talks to /v1, and writes the store. */
import { follow, get, post, segment } from "../api.js";
import { set, state, toast } from "../store.js";
import { download } from "../widgets/copy.js";
import { MOST } from "../widgets/runchart.js";

export const SECONDS = "seconds";

state.runs = {
  list: null, problem: "", filter: "", grouped: true, metric: "", result: "", x: "step", weight: 0, log: false,
  /** Picked group keys in the order of picking, the row of the cursor, what Backspace takes back. */
  picked: [], cursor: 0, undo: [], open: "",
  /** Curves by "run metric x". */
  curves: {}, difference: null, wants: null,
  presets: null, form: null, busy: "",
};

export const edit = (patch) => set("runs", patch);

/** The groups that the table shows: runs of one config that differ in nothing but the seed. */
export function groupsOf({ list, filter, grouped }) {
  const words = filter.toLowerCase().split(/\s+/).filter(Boolean);
  const fits = (run) => words.every((word) => {
    const [name, value] = word.includes(":") ? word.split(":", 2) : ["", word];
    const text = name ? String(run[name] ?? "") : [run.id, run.recipe, run.preset, run.status].join(" ");
    return text.toLowerCase().includes(value);
  });
  const groups = new Map();
  for (const run of (list ?? []).filter(fits)) {
    const key = grouped ? run.group : run.id;
    if (!groups.has(key)) groups.set(key, { key, label: grouped ? run.label : run.id, runs: [] });
    groups.get(key).runs.push(run);
  }
  return [...groups.values()];
}

/** Curves, results and axes that some run has. */
export const metricsOf = (list) => [...new Set((list ?? []).flatMap((run) => Object.keys(run.last)))].sort();
export const resultsOf = (list) => [...new Set((list ?? []).flatMap((run) => [...Object.keys(run.metrics), ...Object.keys(run.last)]))].sort();
export const axesOf = (list) => ["step", SECONDS, ...new Set((list ?? []).flatMap((run) => Object.keys(run.spent)))];

/** A run of GET /v1/runs with the words of this page; a sweep is only the sum of its runs and is left out. */
const adapt = (run) => ({ ...run, id: run.run, label: run.preset ?? run.recipe ?? run.run });

const CURVES = [/^validation/, /loss/, /return|accuracy/];
const RESULTS = [/^eer/, /accuracy|return/, /loss/];

/** Keep what was chosen if it exists, else what a reader most likely wants. */
function choice(known, chosen, wanted) {
  if (known.includes(chosen)) return chosen;
  return wanted.map((pattern) => known.find((name) => pattern.test(name))).find(Boolean) ?? known[0] ?? "";
}

/** A run that is going has no summary yet: ask a few of them for the names and last values of their curves. */
async function glance(list) {
  const fresh = list.filter((run) => run.status === "running" && !Object.keys(run.last).length).slice(0, 6);
  await Promise.all(fresh.map(async (run) => {
    const { series } = await get(`/runs/${segment(run.id)}/metrics?max_points=4`);
    run.last = Object.fromEntries(Object.entries(series).map(([key, { y }]) => [key, y.at(-1)]));
  }));
}

export async function load() {
  try {
    const answer = await get("/runs?limit=10000");
    const list = answer.runs.filter(({ kind }) => kind !== "sweep").map(adapt);
    await glance(list);
    edit((runs) => ({
      list, problem: "", metric: choice(metricsOf(list), runs.metric, CURVES), result: choice(resultsOf(list), runs.result, RESULTS),
    }));
    const groups = groupsOf(state.runs);
    if (state.runs.wants) {
      const exist = new Set(groupsOf({ ...state.runs, filter: "" }).map(({ key }) => key));
      edit((runs) => ({ picked: runs.wants.filter((key) => exist.has(key)), wants: null }));
    } else if (!state.runs.picked.length && groups.length) {
      edit({ picked: groups.slice(0, 2).map(({ key }) => key) });
    }
    watch();
    await draw();
  } catch (error) {
    edit({ problem: error.message });
  }
}

/** Fetch the curves and the difference table of what is picked and not here yet. */
export async function draw() {
  const { metric, x } = state.runs;
  const groups = pickedGroups(state.runs).slice(0, MOST);
  const missing = groups.flatMap(({ runs }) => runs).filter((run) => !(`${run.id} ${metric} ${x}` in state.runs.curves));
  await Promise.all([...missing.map((run) => fetchCurve(run.id, metric, x)), differ(groups)]);
}

let drawTimer = 0;
/** Draw soon: a hundred quick keys ask once. */
function soon() {
  clearTimeout(drawTimer);
  drawTimer = setTimeout(draw, 120);
}

async function fetchCurve(id, metric, x) {
  if (!metric) return;
  const name = `${id} ${metric} ${x}`;
  try {
    const query = new URLSearchParams({ keys: metric, max_points: "800", x });
    const answer = await get(`/runs/${segment(id)}/metrics?${query}`);
    const { x: places = [], y = [] } = answer.series[metric] ?? {};
    edit((runs) => ({ curves: { ...runs.curves, [name]: places.map((place, index) => [place, y[index]]) } }));
  } catch (error) {
    // A run that never recorded this axis is left out by name rather than drawn on another one.
    edit((runs) => ({ curves: { ...runs.curves, [name]: { refused: error.message } } }));
  }
}

async function differ(groups) {
  const ids = groups.map(({ runs }) => runs[0].id);
  if (ids.length < 2) {
    edit({ difference: null });
    return;
  }
  try {
    const { differences } = await get(`/runs-compare?runs=${ids.map(segment).join(",")}`);
    edit({ difference: { rows: differences } });
  } catch (error) {
    edit({ difference: { problem: error.message } });
  }
}

export const pickedGroups = (runs) => {
  const groups = new Map(groupsOf(runs).map((group) => [group.key, group]));
  return runs.picked.filter((key) => groups.has(key)).map((key) => groups.get(key));
};

export function pick(key) {
  edit((runs) => ({
    undo: [...runs.undo, { picked: runs.picked, cursor: runs.cursor }],
    picked: runs.picked.includes(key) ? runs.picked.filter((other) => other !== key) : [...runs.picked, key],
  }));
  soon();
}

/** Pick the row under the cursor and go on to the next one. */
export function pickNext() {
  const groups = groupsOf(state.runs);
  const { cursor } = state.runs;
  if (!groups[cursor]) return;
  pick(groups[cursor].key);
  edit({ cursor: Math.min(cursor + 1, groups.length - 1) });
}

export function undo() {
  const last = state.runs.undo.at(-1);
  if (!last) return;
  edit((runs) => ({ ...last, undo: runs.undo.slice(0, -1) }));
  soon();
}

export const move = (step) => edit((runs) => ({ cursor: Math.max(0, Math.min(runs.cursor + step, groupsOf(runs).length - 1)) }));

export function toggleOpen() {
  const group = groupsOf(state.runs)[state.runs.cursor];
  if (group) edit((runs) => ({ open: runs.open === group.key ? "" : group.key }));
}

export function choose(patch) {
  edit(patch);
  draw();
}

let unfollow = () => {};
let poll = 0;

/** Follow at most two running runs by events (a browser opens only six connections); the list itself is asked again. */
function watch() {
  quiet();
  const running = state.runs.list.filter(({ status }) => status === "running" || status === "created");
  if (!running.length) return;
  const stops = running.slice(0, 2).map((run) => follow(`/runs/${segment(run.id)}/events`, ["metrics", "end"], (name) => {
    if (name === "metrics") renew(run.id);
    else load();
  }));
  unfollow = () => stops.forEach((stop) => stop());
  poll = setInterval(() => {
    for (const run of running.slice(2)) renew(run.id);
    load();
  }, 5000);
}

/** Ask for the shown curve of a run again. */
function renew(id) {
  const { metric, x } = state.runs;
  if (pickedGroups(state.runs).some(({ runs }) => runs.some((run) => run.id === id))) fetchCurve(id, metric, x);
}

/** Stop listening, when the page closes. */
export function quiet() {
  unfollow();
  unfollow = () => {};
  clearInterval(poll);
}

export async function act(id, verb) {
  try {
    await post(`/runs/${segment(id)}/${verb}`);
    toast(verb === "stop" ? "It stops after this step and writes a checkpoint." : "Resuming from the last checkpoint.");
    await load();
  } catch (error) {
    toast(error.message);
  }
}

export async function saveCsv(id) {
  const { series } = await get(`/runs/${segment(id)}/metrics?max_points=20000`);
  const rows = Object.entries(series).flatMap(([key, { x, y }]) => x.map((step, index) => `${step},${JSON.stringify(key)},${y[index] ?? ""}`));
  download(`${id}.csv`, ["step,metric,value", ...rows].join("\n"), "text/csv");
}

/** Open the form that starts a run, with a preset chosen when the address names one. */
export async function openForm(preset = "") {
  try {
    const presets = state.runs.presets ?? (await get("/presets")).presets;
    edit({ presets, form: { preset: preset || presets[0]?.name || "", overrides: "", seeds: 1, seed: 0, kind: "", amount: "", problem: "" } });
  } catch (error) {
    edit({ problem: error.message });
  }
}

export const editForm = (patch) => edit((runs) => ({ form: { ...runs.form, ...patch } }));

/** The body of POST /v1/runs for what the form says. */
export function request(form) {
  const overrides = form.overrides.split("\n").map((line) => line.trim()).filter(Boolean);
  const budget = form.kind && form.amount ? { budget: { [form.kind]: Number(form.amount) } } : {};
  return { preset: form.preset, overrides, seed: form.seed, ...(form.seeds > 1 ? { seeds: form.seeds } : {}), ...budget };
}

export async function startRun() {
  const { form, busy } = state.runs;
  if (busy) return;
  edit({ busy: "Starting…" });
  try {
    const { run } = await post("/runs", request(form));
    edit({ form: null });
    toast(`Started ${run}.`);
    await load();
  } catch (error) {
    editForm({ problem: error.message });
  } finally {
    edit({ busy: "" });
  }
}
