/** What the Agents page does: each function reads the store, talks to /v1, and writes the store. */
import { ApiError, get, post, segment } from "../api.js";
import { set, state, toast } from "../store.js";
import { gae } from "../widgets/gae.js";
import * as board from "./agents_play_actions.js";

/** A step of the quick form of a recipe's presets; recipes that are not here are started as they are. */
const QUICK = { "rl-rollout": { env_steps: 20_000 }, "rl-tabular": { episodes: 200 }, "rl-self-play": { iterations: 5 } };
/** In place of an episode: a board to play on. */
export const PLAY = "play";
const FRESH = /^(seed|drawn)-(\d{1,10})$/;
const SPEEDS = [0.25, 0.5, 1, 2, 4, 8];

state.agents = {
  runs: null, run: "", episodes: [], episode: "", left: null, vs: "", vsEpisodes: [], right: null, at: 0, playing: false, speed: 1,
  /** null: as the agent was trained. */
  gamma: null, lambda: null, seed: 0, problem: "", busy: "", presets: [], preset: "", quick: true, started: null,
};

export const edit = (patch) => set("agents", patch);

/** Episodes by address: a kept one never changes, and neither does one that is played from a seed. */
const kept = new Map();
const MOST = 40;

async function fetchEpisode(run, episode) {
  const name = `${run}/${episode}`;
  if (!kept.has(name)) {
    const fresh = FRESH.exec(episode);
    const found = fresh
      ? await post(`/policies/${segment(`run:${run}`)}/play`, { seed: Number(fresh[2]), draw: fresh[1] === "drawn" })
      : await get(`/runs/${segment(run)}/episodes/${segment(episode)}`);
    if (kept.size >= MOST) kept.delete(kept.keys().next().value);
    kept.set(name, { ...found, name });
  }
  return kept.get(name);
}

/** Whether the run that is shown learned a board game and can be played against. */
export const plays = ({ runs, run }) => Boolean(runs?.some((one) => one.run === run && one.recipe === "rl-self-play" && one.model));

export const isFresh = (episode) => FRESH.test(episode);

let asked = 0;

/** Show what the address names; what it does not name is chosen: the newest run, its last episode. */
export async function open(run, params) {
  const turn = (asked += 1);
  board.leave();
  const number = (text, low, high) => (text !== undefined && text !== "" && Number.isFinite(Number(text)) ? Math.min(high, Math.max(low, Number(text))) : null);
  // `mirror` waits for `left`: what stands in the address is not lost while it is loaded.
  edit({ problem: "", left: null, right: null, playing: false, gamma: number(params.gamma, 0, 1), lambda: number(params.lambda, 0, 1), seed: Math.floor(number(params.seed, 0, 2 ** 32 - 1) ?? 0) });
  try {
    const [{ runs }, { presets }] = await Promise.all([get("/agents"), get("/presets")]);
    if (turn !== asked) return;
    const mine = presets.filter(({ recipe }) => recipe.startsWith("rl-"));
    edit((agents) => ({ runs, presets: mine, preset: agents.preset || (mine.find(({ name }) => name === "rl-ppo") ?? mine[0])?.name || "" }));
    const chosen = run || runs[0]?.run || "";
    edit({ run: chosen });
    if (!chosen) return;
    const { episodes } = await get(`/runs/${segment(chosen)}/episodes`);
    const whole = episodes.filter(({ problem }) => !problem);
    if (turn !== asked) return;
    const episode = params.episode || (plays(state.agents) ? PLAY : whole.at(-1)?.episode) || "";
    edit({ episodes: whole, episode });
    if (episode === PLAY) await board.open(chosen, params);
    if (!episode || episode === PLAY) return;
    const left = await fetchEpisode(chosen, episode);
    const vs = params.vs ?? "";
    const [other, theirs] = vs.split("~", 2);
    const right = vs ? await fetchEpisode(other, theirs) : null;
    const vsEpisodes = vs ? (await get(`/runs/${segment(other)}/episodes`)).episodes.filter(({ problem }) => !problem) : [];
    if (turn === asked) edit({ left, right, vs, vsEpisodes, at: Math.floor(number(params.at, 0, last(left, right)) ?? 0) });
  } catch (error) {
    refuse(error, turn);
  }
}

function refuse(error, turn = asked) {
  if (!(error instanceof ApiError)) throw error;
  if (turn === asked) edit((agents) => ({ problem: error.message, busy: "", runs: agents.runs ?? [] }));
}

/** The last frame there is on either side: the end of the longer episode. */
export const last = (left, right) => Math.max(left?.reward.length ?? 0, right?.reward.length ?? 0);

/** Another episode of the same run, at the same moment where it has one. */
export async function choose(episode) {
  const turn = (asked += 1);
  const { run, right } = state.agents;
  edit({ episode, problem: "", busy: isFresh(episode) ? "Playing…" : "" });
  if (episode === PLAY) {
    pause();
    edit({ left: null, right: null, vs: "", vsEpisodes: [] });
    await board.open(run, {});
    return;
  }
  board.leave();
  try {
    const left = await fetchEpisode(run, episode);
    if (turn === asked) edit((agents) => ({ left, busy: "", at: Math.min(agents.at, last(left, right)) }));
  } catch (error) {
    refuse(error, turn);
  }
}

/** Put a second episode beside the first: "" for none, else RUN~EPISODE; a run alone takes its last one. */
export async function compare(vs) {
  const turn = (asked += 1);
  if (!vs) {
    edit((agents) => ({ vs: "", right: null, vsEpisodes: [], at: Math.min(agents.at, last(agents.left, null)) }));
    return;
  }
  try {
    const [run, given] = vs.split("~", 2);
    const { episodes } = await get(`/runs/${segment(run)}/episodes`);
    const whole = episodes.filter(({ problem }) => !problem);
    // Two policies of one environment are best seen from one start.
    const name = given || (isFresh(state.agents.episode) ? state.agents.episode : whole.at(-1)?.episode);
    const right = await fetchEpisode(run, name);
    if (turn === asked) edit({ vs: `${run}~${name}`, right, vsEpisodes: whole, problem: "" });
  } catch (error) {
    refuse(error, turn);
  }
}

/** Let both policies play from one seed. */
export async function fresh(how = "seed") {
  const { seed, vs } = state.agents;
  const name = `${how}-${seed}`;
  await choose(name);
  if (vs && !state.agents.problem) await compare(`${vs.split("~", 1)[0]}~${name}`);
}

/** The episodes of training, which are the ages of the agent. */
export const ages = ({ episodes }) => episodes.filter(({ phase }) => phase === "training");

export function step(by) {
  pause();
  seek(state.agents.at + by);
}

export const seek = (at) => edit((agents) => ({ at: Math.max(0, Math.min(at, last(agents.left, agents.right))) }));

export function another(by) {
  const { episodes, episode } = state.agents;
  const at = episodes.findIndex((one) => one.episode === episode);
  const next = episodes[at < 0 ? episodes.length - 1 : at + by];
  if (next) choose(next.episode);
}

export const gammaOf = ({ gamma, left }) => gamma ?? left?.discount ?? 1;
export const lambdaOf = ({ lambda, left }) => lambda ?? left?.trace ?? 1;

const round = (value) => Math.round(1000 * Math.min(1, Math.max(0, value))) / 1000;
export const setRate = (name, value) => edit({ [name]: round(value) });
export const nudge = (name, by) => edit((agents) => ({ [name]: round((name === "gamma" ? gammaOf(agents) : lambdaOf(agents)) + by) }));
export const asTrained = () => edit({ gamma: null, lambda: null });

let memo = new Map();
/** Advantages at the sliders, computed once for each setting. */
export function advantages(episode, gamma, lambda) {
  const name = `${episode.name} ${gamma} ${lambda}`;
  if (!memo.has(name)) {
    if (memo.size > 8) memo = new Map();
    memo.set(name, gae(episode, gamma, lambda));
  }
  return memo.get(name);
}

let frame = 0;

export function toggle() {
  if (state.agents.playing) {
    pause();
    return;
  }
  if (!state.agents.left) return;
  const { left, right, at } = state.agents;
  edit({ playing: true, at: at >= last(left, right) ? 0 : at });
  let [before, rest] = [performance.now(), 0];
  const tick = (now) => {
    const { left: mine, right: theirs, speed, playing } = state.agents;
    if (!playing || !mine) return;
    rest += ((now - before) / 1000) * speed;
    before = now;
    const steps = Math.floor(rest / mine.scene.seconds);
    if (steps) {
      rest -= steps * mine.scene.seconds;
      seek(state.agents.at + steps);
      if (state.agents.at >= last(mine, theirs)) edit({ playing: false });
    }
    frame = requestAnimationFrame(tick);
  };
  frame = requestAnimationFrame(tick);
}

export function pause() {
  cancelAnimationFrame(frame);
  if (state.agents.playing) edit({ playing: false });
}

export const faster = (by) => edit(({ speed }) => ({ speed: SPEEDS[Math.min(SPEEDS.length - 1, Math.max(0, SPEEDS.indexOf(speed) + by))] }));

/** The body of POST /v1/runs for a preset, smaller where `quick` knows how. */
export function startBody({ presets, preset, quick }) {
  const recipe = presets.find(({ name }) => name === preset)?.recipe;
  return quick && QUICK[recipe] ? { preset, overrides: QUICK[recipe] } : { preset };
}

export const canBeQuick = ({ presets, preset }) => Boolean(QUICK[presets.find(({ name }) => name === preset)?.recipe]);

let poll = 0;

export async function start() {
  if (state.agents.busy || !state.agents.preset) return;
  edit({ busy: "Starting…", problem: "" });
  try {
    const { run } = await post("/runs", startBody(state.agents));
    edit({ busy: "", started: { run, status: "running", episodes: 0 } });
    toast(`Started ${run}.`);
    clearInterval(poll);
    poll = setInterval(follow, 1500);
  } catch (error) {
    refuse(error);
  }
}

/** See how far the run is that was started here, and add the episodes it has kept since. */
async function follow() {
  const { started, run } = state.agents;
  try {
    const [{ status }, { episodes }] = await Promise.all([get(`/runs/${segment(started.run)}`), get(`/runs/${segment(started.run)}/episodes`)]);
    if (status !== "running" && status !== "created") clearInterval(poll);
    edit({ started: { run: started.run, status, episodes: episodes.length } });
    if (run === started.run) edit({ episodes: episodes.filter(({ problem }) => !problem) });
    // A run that has ended has a model, which its row says: a board can be played on from then on.
    if (status === "done") edit({ runs: (await get("/agents")).runs });
  } catch (error) {
    clearInterval(poll);
    refuse(error);
  }
}

/** Stop playing and asking, when the page closes. */
export function leave() {
  pause();
  board.leave();
  clearInterval(poll);
}
