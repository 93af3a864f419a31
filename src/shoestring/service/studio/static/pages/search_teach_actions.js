/** What "pairs taught" of the Search page does: ask, answer with single keys, learn, accept. */
import { follow, get, post, remove, segment } from "../api.js";
import { state, toast } from "../store.js";
import { edit, keep } from "./search_actions.js";

const AT_ONCE = 20;
const FEW_LEFT = 5;
export const SHOWN = 10;
const FRESH = { questions: [], skipped: [], counts: null, answers: [], asking: false, out: false, threshold: null, run: null, learning: "" };

keep("teach", FRESH);

export const editTeach = (patch) => edit(({ teach }) => ({ teach: { ...teach, ...(typeof patch === "function" ? patch(teach) : patch) } }));

const path = (rest) => `/collections/${segment(state.search.name)}/${rest}`;
const nameOf = ({ first, second }) => [state.search.name, ...[first.id ?? first, second.id ?? second].sort()].join("\u0000");
const going = (run) => ["created", "running"].includes(run?.status);
const refuse = (error) => edit({ refused: error.message });

let stop = () => {};
export const leave = () => { stop(); stop = () => {}; };

/** Counts, the last answers, the newest run of this collection, and the first questions. */
export async function loadTeach(wanted = "") {
  const { name } = state.search;
  try {
    const { answers, ...counts } = await get(path(`pairs?limit=${SHOWN}`));
    if (name !== state.search.name) return;
    editTeach({ counts, answers });
    await Promise.all([ask(), findRun(name, wanted)]);
  } catch (error) {
    refuse(error);
  }
}

/** Fetch questions before the last one is answered, so that quick keys never wait. */
async function ask() {
  const { teach, name, threshold } = state.search;
  if (teach.asking) return;
  editTeach({ asking: true });
  try {
    let found, fresh, sent;
    do {
      // The server asks the same again until it knows of an answer.
      await queue;
      sent = answered.size;
      found = await post(path("pairs/questions"), { count: AT_ONCE, threshold });
      if (name !== state.search.name) return;
      const known = new Set([...state.search.teach.questions.map(nameOf), ...state.search.teach.skipped, ...answered.keys()]);
      fresh = found.pairs.filter((pair) => !known.has(nameOf(pair)));
    } while (!fresh.length && answered.size > sent);
    editTeach(({ questions }) => {
      const all = [...questions, ...fresh];
      return { questions: all, threshold: found.threshold, placed: found.from_answers, out: !all.length };
    });
  } catch (error) {
    refuse(error);
  } finally {
    editTeach({ asking: false });
  }
}

/** Answers on their way to the server, in the order given: one at a time, so that "undo" always means the last. */
let queue = Promise.resolve();
/** Pairs answered here, by name: an answer of the server that is older must not bring them back. */
const answered = new Map();

function send(pair, same) {
  answered.set(nameOf(pair), pair);
  queue = queue.then(async () => {
    try {
      const { added, ...counts } = await post(path("pairs"), { pairs: [{ first: pair.first.id ?? pair.first, second: pair.second.id ?? pair.second, same }] });
      editTeach((teach) => ({ counts: { ...teach.counts, ...counts }, answers: [added[0], ...teach.answers].slice(0, SHOWN) }));
    } catch (error) {
      answered.delete(nameOf(pair));
      refuse(error);
    }
  });
  return queue;
}

/** The question that is shown has been dealt with; the store is right before the next key is handled. */
function next() {
  editTeach(({ questions }) => ({ questions: questions.slice(1) }));
  if (state.search.teach.questions.length <= FEW_LEFT && !state.search.teach.out) ask();
}

export function answer(same) {
  const [pair] = state.search.teach.questions;
  if (!pair) return;
  send(pair, same);
  next();
}

export function skip() {
  const [pair] = state.search.teach.questions;
  if (!pair) return;
  editTeach(({ skipped }) => ({ skipped: [...skipped, nameOf(pair)] }));
  next();
}

/** Take the last answer back, and ask again where the rows are known. */
export function undo() {
  queue = queue.then(async () => {
    const [last] = state.search.teach.answers;
    if (!last) { toast("There is no answer to take back."); return; }
    try {
      await remove(path(`pairs/${last.number}`));
      const { answers, ...counts } = await get(path(`pairs?limit=${SHOWN}`));
      const pair = answered.get(nameOf(last));
      answered.delete(nameOf(last));
      editTeach(({ questions }) => ({ counts, answers, questions: pair?.first.id ? [pair, ...questions] : questions }));
      toast(`Taken back: ${last.first} and ${last.second}.`);
    } catch (error) {
      refuse(error);
    }
  });
  return queue;
}

/** In the results of a search by a row: this hit is the same as that row, or not. */
export function answerHit(same) {
  const { answer: found, cursor, query, by } = state.search;
  const hit = found?.hits[cursor];
  if (by !== "id" || !hit || hit.id === query) return;
  send({ first: query, second: hit.id }, same);
  edit({ cursor: Math.min(cursor + 1, found.hits.length - 1) });
  toast(`${hit.id} and ${query}: ${same ? "the same" : "different"}.`);
}

async function findRun(name, wanted) {
  const { runs } = wanted ? { runs: [{ run: wanted }] } : await get("/runs?recipe=taught-pairs&limit=5");
  for (const { run } of runs) {
    const found = await get(`/runs/${segment(run)}`).catch(() => null);
    if (found?.config?.collection === name && name === state.search.name) {
      editTeach({ run: found });
      if (going(found)) watch(run);
      return;
    }
  }
}

function watch(run) {
  leave();
  stop = follow(`/runs/${segment(run)}/events`, ["metrics", "status", "end"], async (event, data) => {
    if (state.search.teach.run?.run !== run) { leave(); return; }
    if (event === "metrics") {
      const last = (key) => data.points.findLast((point) => point.k === key);
      const [step, error] = [last("loss")?.step, last("held_out_error")?.v];
      editTeach(({ run: shown }) => ({ run: { ...shown, step: step ?? shown.step, now: error ?? shown.now } }));
    } else if (event === "end") {
      leave();
      const found = await get(`/runs/${segment(run)}`).catch(() => null);
      if (found) editTeach({ run: found });
    }
  });
}

export async function learn() {
  if (state.search.teach.learning || going(state.search.teach.run)) return;
  editTeach({ learning: "Starting…" });
  edit({ refused: "" });
  try {
    await queue;
    const { run } = await post(path("learn"));
    editTeach({ run: { ...(await get(`/runs/${segment(run)}`)) } });
    watch(run);
  } catch (error) {
    refuse(error);
  } finally {
    editTeach({ learning: "" });
  }
}

export async function halt() {
  const { run } = state.search.teach;
  if (!run) return;
  try {
    await post(`/runs/${segment(run.run)}/stop`);
    toast("It saves and ends after this step.");
  } catch (error) {
    refuse(error);
  }
}

export async function accept() {
  const { run } = state.search.teach;
  if (run?.status !== "done" || state.search.teach.learning) return;
  editTeach({ learning: "Replacing all vectors…" });
  try {
    const { replaced, collection } = await post(path("accept"), { run: run.run });
    edit(({ list, teach }) => ({
      list: list.map((one) => (one.name === collection.name ? collection : one)), answer: null, found: null, foundAt: null,
      map: { ...state.search.map, data: null }, threshold: Math.min(1, Math.max(0.5, Math.round(run.metrics.threshold_after * 200) / 200)),
      teach: { ...teach, questions: [], counts: { ...teach.counts, accepted: run.run } },
    }));
    toast(`${replaced.toLocaleString("en")} rows have new vectors.`);
    await ask();
  } catch (error) {
    refuse(error);
  } finally {
    editTeach({ learning: "" });
  }
}
