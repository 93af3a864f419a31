/** Playing a board game against an agent: the game is its list of moves, and what is shown follows from it. */
import { ApiError, get, post, segment } from "../api.js";
import { set, state, toast } from "../store.js";
import { actionOf, ended, landing, mover, moveName, replayed } from "../widgets/boardgame.js";

state.play = {
  run: "", rules: null, trained: 0, moves: [], agentFirst: false, simulations: 0, thinking: false, shown: true, cursor: 0, problem: "",
  /** What the agent's search said before its last move: {at, move, visits, prior, value}. */
  look: null,
};

const edit = (patch) => set("play", patch);

/** What `POST /move` allows. */
export const MOST = 2000;

/** Counts up whenever the game changes: an answer to an earlier position is then dropped. */
let turn = 0;

export const cellsOf = ({ rules, moves }) => replayed(rules, moves);
export const endOf = ({ rules, moves }) => ended(rules, replayed(rules, moves));
export const agentSide = ({ agentFirst }) => (agentFirst ? 1 : -1);
export const yourTurn = (play) => !play.thinking && !endOf(play) && mover(play.moves) !== agentSide(play);

/** Begin with the game that the address names, or with a new one. */
export async function open(run, { moves = "", begin = "", simulations = "" }) {
  const now = (turn += 1);
  edit({ run, rules: null, moves: [], look: null, thinking: false, problem: "" });
  try {
    const { policies } = await get("/policies");
    if (now !== turn) return;
    const model = policies.find(({ name }) => name === `run:${run}`);
    if (!model?.board) {
      edit({ problem: model?.problem ?? `${run} has no player yet: it is there once the run has ended.` });
      return;
    }
    const listed = moves ? moves.split(",").map(Number) : [];
    const known = replayed(model.board, listed) !== null;
    edit({
      rules: model.board, trained: model.simulations, agentFirst: begin === "agent", cursor: Math.floor((model.board.rows * model.board.columns) / 2),
      moves: known ? listed : [], simulations: Math.min(MOST, Math.max(1, Math.floor(Number(simulations) || model.simulations))),
      problem: known ? "" : "The moves in the address are against the rules; here is a new game.",
    });
    await think();
  } catch (error) {
    refuse(error, now);
  }
}

function refuse(error, now) {
  if (!(error instanceof ApiError)) throw error;
  if (now === turn) edit({ thinking: false, problem: error.message });
}

/** What the agent's search says after the first `at` moves. */
function ask({ run, rules, moves, simulations }, at) {
  const side = at % 2 === 0 ? 1 : -1;
  const board = replayed(rules, moves.slice(0, at)).map((stone) => side * stone);
  return post(`/policies/${segment(`run:${run}`)}/move`, { board, simulations });
}

/** Let the agent move where it is its turn; else only look again at what it last chose from. */
async function think() {
  const now = (turn += 1);
  const { play } = state;
  const at = play.moves.length;
  const moves = !endOf(play) && mover(play.moves) === agentSide(play);
  const before = moves ? at : [...play.moves.keys()].filter((number) => (number % 2 === 0 ? 1 : -1) === agentSide(play)).at(-1);
  if (before === undefined) return;
  edit({ thinking: moves, problem: "" });
  try {
    const found = await ask(play, before);
    if (now !== turn) return;
    edit((current) => ({ thinking: false, look: { ...found, at: before }, moves: moves ? [...current.moves, found.move] : current.moves }));
  } catch (error) {
    refuse(error, now);
  }
}

/** Your move, by the cell that was clicked; what the rules do not allow changes nothing. */
export function pick(cell) {
  const { play } = state;
  edit({ cursor: cell });
  if (!yourTurn(play)) {
    if (play.thinking) toast("The agent is thinking.");
    return;
  }
  const action = actionOf(play.rules, cell);
  if (landing(play.rules, cellsOf(play), action) < 0) {
    toast(play.rules.gravity ? `${moveName(play.rules, action)} is full.` : "This cell is taken.");
    return;
  }
  edit({ moves: [...play.moves, action] });
  if (!endOf(state.play)) think();
}

export const point = (cursor) => { if (state.play.cursor !== cursor) edit({ cursor }); };

/** A new game; the agent begins it or you do. */
export function newGame(agentFirst = state.play.agentFirst) {
  turn += 1;
  edit({ agentFirst, moves: [], look: null, thinking: false, problem: "" });
  think();
}

/** Back to before your last move. */
export function undo() {
  const { play } = state;
  const yours = [...play.moves.keys()].filter((number) => (number % 2 === 0 ? 1 : -1) !== agentSide(play));
  if (!yours.length) return;
  turn += 1;
  edit({ moves: play.moves.slice(0, yours.at(-1)), look: null, thinking: false, problem: "" });
  think();
}

/** How long the agent thinks from its next move on. */
export const setSimulations = (simulations) => edit({ simulations });

/** The strengths that can be chosen: the network alone, and searches around the one it was trained with. */
export function strengths({ trained, simulations }) {
  const all = new Set([1, 10, trained, 4 * trained, simulations].filter((n) => n <= MOST));
  return [...all].sort((a, b) => a - b);
}

export const showLook = (shown) => edit({ shown });

/** Forget what is on its way, when the page closes or shows something else. */
export function leave() {
  turn += 1;
  if (state.play.thinking) edit({ thinking: false });
}

export const link = ({ rules, trained, moves, agentFirst, simulations }) => (rules ? { episode: "play", begin: agentFirst ? "agent" : "", moves: moves.join(","), simulations: simulations === trained ? "" : simulations } : null);
