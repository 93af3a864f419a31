/** What the Sign page does: each function reads the store, talks to /v1, and writes the store. */
import { get, onceOnly, post, put, remove, segment } from "../api.js";
import { set, state, toast } from "../store.js";
import { align, carry } from "../widgets/align.js";
import { download } from "../widgets/copy.js";
import { emptyInk, fromPage, measure, toPage, traces, undoStroke } from "../widgets/ink.js";

state.sign = {
  loaded: false, people: [], more: false, person: "", detail: null, samples: [], pages: {}, ink: emptyInk(), busy: "", problem: "", decision: null,
  shown: null, at: 0, playing: false, adding: false, newName: "", consent: "", asking: "", proof: null,
};

export const edit = (patch) => set("sign", patch);
const PEOPLE = 1000;

let last = Promise.resolve();
let waiting = 0;

/** Do one thing after the other, so that a quick hand loses nothing, and say what went wrong in the server's words. */
function during(busy, work) {
  waiting += 1;
  edit({ busy, problem: "" });
  last = last.then(work).catch((error) => edit({ problem: error.message })).then(() => {
    waiting -= 1;
    if (!waiting) edit({ busy: "" });
  });
}

export async function load(params) {
  try {
    const { people: found, more } = await get(`/people?limit=${PEOPLE}`);
    const people = found.map(({ name }) => name);
    // Somebody quick may have opened the form before the list came.
    edit((sign) => ({ people, more, adding: sign.adding || people.length === 0 }));
    const wanted = params.person || state.sign.person;
    const person = wanted && (more || people.includes(wanted)) ? wanted : people[0] ?? "";
    if (params.person && params.person !== person) edit({ problem: `There is no person “${params.person}” here.` });
    if (person !== state.sign.person) await choose(person);
    else if (person) await refresh();
    edit({ loaded: true });
  } catch (error) {
    edit({ problem: error.message });
  }
}

export async function choose(person) {
  edit({ person, detail: null, samples: [], pages: {}, decision: null, shown: null, playing: false });
  if (person) await refresh();
}

/** Read again what is stored of the person, and the pictures that are not here yet. */
async function refresh() {
  const { person } = state.sign;
  const path = `/people/${segment(person)}`;
  const [detail, { samples }] = await Promise.all([get(path), get(`${path}/samples`)]);
  if (state.sign.person !== person) return;
  edit({ detail, samples });
  await Promise.all(samples.filter(({ sample }) => !state.sign.pages[sample]).map(({ sample }) => page(person, sample)));
}

async function page(person, sample) {
  const { strokes } = await get(`/people/${segment(person)}/samples/${segment(sample)}/strokes`);
  if (state.sign.person === person) edit((sign) => ({ pages: { ...sign.pages, [sample]: strokes } }));
  return strokes;
}

export const create = () => during("Adding…", async () => {
  const person = state.sign.newName.trim();
  const consent = state.sign.consent.trim();
  await put(`/people/${segment(person)}`, consent ? { consent } : {});
  edit((sign) => ({ people: [...new Set([...sign.people, person])].sort(), adding: false, newName: "", consent: "", proof: null }));
  await choose(person);
});

const ready = () => {
  const { ink, person, adding } = state.sign;
  if (!person || adding) toast("Add or choose a person first.");
  else if (!ink.strokes) toast("Sign first: the pad is empty.");
  else return true;
  return false;
};

const capture = (ink) => ({ undone: ink.undone, ...measure(ink.rows) });

async function store(person, kind, ink) {
  const answer = await post(`/people/${segment(person)}/samples`, { strokes: toPage(ink), kind, capture: capture(ink) }, { "idempotency-key": onceOnly() });
  const warnings = (answer.warnings ?? []).join(" ");
  toast(`${kind === "forgery" ? "Kept as a forgery." : "Enrolled."}${warnings ? ` ${warnings}` : ""}`);
  if (person === state.sign.person) await refresh();
}

/** Take the ink off the pad at once, so that the next signature can begin; give it back when the server refuses it. */
function keep(busy, kind) {
  if (!ready()) return;
  const { person, ink } = state.sign;
  edit({ ink: emptyInk(), decision: null, shown: null, playing: false, proof: null });
  during(busy, async () => {
    try {
      await store(person, kind, ink);
    } catch (error) {
      edit((sign) => (sign.ink.strokes || sign.person !== person ? {} : { ink }));
      throw error;
    }
  });
}

export const enrol = () => keep("Enrolling…", "genuine");
export const forgery = () => keep("Keeping the forgery…", "forgery");

export function verify() {
  if (!ready()) return;
  const { person, ink } = state.sign;
  during("Verifying…", () => judge(person, ink));
}

async function judge(person, ink) {
  const decision = await post("/verify", { person, strokes: toPage(ink), explain: true, update: false });
  if (person !== state.sign.person) return;
  edit({ decision, shown: null, proof: null });
  await show(ink, decision.explain);
}

/** Prepare the replay and the traces of what was verified beside the closest reference. */
async function show(ink, explain) {
  const { rows } = fromPage(toPage(ink));
  const mine = traces(rows);
  const shown = { features: explain?.features ?? {}, rows, mine, pairs: [], reference: null, theirs: null, duration: mine.t[mine.t.length - 1] || 0 };
  const sample = explain?.reference_sample;
  if (explain?.path?.length && sample) {
    const strokes = state.sign.pages[sample] ?? await page(state.sign.person, sample);
    shown.reference = fromPage(strokes).rows;
    shown.pairs = align(rows, explain);
    const other = traces(shown.reference);
    const both = (valid, key) => (valid ? carry(shown.pairs, mine.t, shown.reference, other, key) : null);
    shown.theirs = { speed: both(true, "speed"), pressure: both(strokes.pressure_valid, "pressure") };
  }
  edit({ shown, at: shown.duration, playing: false });
}

export const undo = () => edit((sign) => ({ ink: undoStroke(sign.ink) }));
export const clear = () => edit({ ink: emptyInk(), decision: null, shown: null, playing: false, problem: "" });
export const seek = (at) => edit({ at, playing: false });

/** Play from here, or from the start when it had come to its end. */
export function toggle() {
  const { shown, playing, at } = state.sign;
  if (!shown?.reference) return;
  if (playing) {
    edit({ playing: false });
    return;
  }
  edit({ playing: true, at: at >= shown.duration ? 0 : at });
  let before = performance.now();
  const frame = (now) => {
    const { sign } = state;
    if (!sign.playing || !sign.shown) return;
    const next = sign.at + (now - before) / 1000;
    before = now;
    edit(next >= sign.shown.duration ? { at: sign.shown.duration, playing: false } : { at: next });
    requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);
}

export const deleteSample = (sample) => during("Deleting…", async () => {
  await remove(`/people/${segment(state.sign.person)}/samples/${segment(sample)}`);
  edit({ decision: null, shown: null });
  await refresh();
});

export const deleteSamples = () => during("Deleting…", async () => {
  edit({ asking: "" });
  for (const { sample } of state.sign.samples) await remove(`/people/${segment(state.sign.person)}/samples/${segment(sample)}`);
  edit({ decision: null, shown: null });
  await refresh();
});

export const forget = () => during("Forgetting…", async () => {
  const { person } = state.sign;
  edit({ asking: "" });
  const answer = await remove(`/people/${segment(person)}`);
  edit((sign) => ({ people: sign.people.filter((other) => other !== person), proof: { person, answer }, ink: emptyInk() }));
  await choose(state.sign.people[0] ?? "");
  edit((sign) => ({ adding: sign.people.length === 0 }));
});

export function exportCapture() {
  const { ink, person } = state.sign;
  if (!ink.strokes) {
    toast("Sign first: the pad is empty.");
    return;
  }
  download(`${person || "signature"}.strokes.json`, JSON.stringify(toPage(ink)));
}

/** Put a capture from a file on the pad, as if it had been drawn. */
export async function importCapture(file) {
  try {
    edit({ ink: fromPage(JSON.parse(await file.text())), decision: null, shown: null, problem: "" });
  } catch (error) {
    edit({ problem: `${file.name}: ${error.message}` });
  }
}
