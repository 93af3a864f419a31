/** Play against an agent that learned a board game: the board, what its search weighed, and what it expects. */
import { html } from "../html.js";
import { BoardView, Stone } from "../widgets/board.js";
import { landing, mover, moveName } from "../widgets/boardgame.js";
import * as on from "./agents_play_actions.js";

export { link } from "./agents_play_actions.js";

const percent = (share) => `${(100 * share).toFixed(share < 0.0995 ? 1 : 0)} %`;

/** Where the game stands, in one sentence. */
function standing(play) {
  const end = on.endOf(play);
  if (end) {
    const many = `after ${play.moves.length} moves`;
    if (end.winner === 0) return [`A draw: the board is full ${many}.`, "unsure"];
    const row = `${end.line.length} in a row`;
    return end.winner === on.agentSide(play) ? [`The agent won with ${row} ${many}.`, "bad"] : [`You won with ${row} ${many}.`, "good"];
  }
  if (on.yourTurn(play)) return ["Your move.", ""];
  return play.problem ? ["The agent has not answered.", ""] : ["The agent is thinking…", ""];
}

/** From your win at the left to the agent's at the right. */
function Expects({ value }) {
  const [low, high] = value < 0 ? [50 + 50 * value, 50] : [50, 50 + 50 * value];
  return html`<div class="expects"><div class="row spread small"><span class=${value < 0 ? "" : "muted"}>you win</span><span>it expects <strong class="number" id="expects">${value.toFixed(2)}</strong></span><span class=${value > 0 ? "" : "muted"}>it wins</span></div>
    <svg viewBox="0 0 100 10" preserveAspectRatio="none" role="img" aria-label=${`The agent expects ${value.toFixed(2)}, where -1 is your win and 1 its own`}><rect class="track" width="100" height="10" /><rect class=${value < 0 ? "yours" : "its"} x=${low} width=${high - low} height="10" /><rect class="middle" x="49.7" width="0.6" height="10" /></svg></div>`;
}

function Weighed({ play }) {
  const { rules, look } = play;
  if (!look) return html`<p class="muted">It has not chosen a move yet.</p>`;
  const all = look.visits.reduce((sum, visits) => sum + visits, 0);
  const open = look.visits.map((visits, action) => ({ visits, action, prior: look.prior[action] })).filter(({ visits, prior }) => visits > 0 || prior > 0);
  return html`<${Expects} value=${look.value} />
    <table class="policy-bars weighed"><caption class="sr">Visits of the search and probabilities of the network, of each move</caption>
    <thead><tr><th scope="col">move</th><th scope="col"><span class="sr">share of visits</span></th><th scope="col" class="number">visits</th><th scope="col" class="number">network</th></tr></thead><tbody>
    ${open.map(({ visits, action, prior }) => html`<tr key=${action} class=${action === look.move ? "taken" : ""}>
      <th scope="row">${moveName(rules, action)}</th>
      <td><svg viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true"><rect class="track" width="100" height="10" /><rect class="part" width=${(100 * visits) / all} height="10" /><rect class="drawn" x=${Math.min(99, 100 * prior)} width="1" height="10" /></svg></td>
      <td class="number">${visits}</td><td class="number">${percent(prior)}</td></tr>`)}
    </tbody></table>
    <p class="small muted">Before its last move, ${look.simulations} ${look.simulations === 1 ? "simulation" : "simulations"}. A bar is the share of visits, the mark the network's own probability. The network alone expects ${look.network_value.toFixed(2)}.</p>`;
}

function Controls({ play }) {
  return html`<div class="row play-controls">
    <button class="primary" onClick=${() => on.newGame()}>New game<kbd>n</kbd></button>
    <button disabled=${play.moves.length < (play.agentFirst ? 2 : 1)} onClick=${on.undo}>Undo<kbd>u</kbd></button>
    <div class="row" role="radiogroup" aria-label="Who begins">
      ${[[false, "You begin"], [true, "It begins"]].map(([value, words]) => html`<label key=${words} class="row check"><input type="radio" name="begins" checked=${play.agentFirst === value} onChange=${() => on.newGame(value)} />${words}</label>`)}<kbd>b</kbd></div>
  </div>`;
}

function Strength({ play }) {
  return html`<div class="field"><label for="simulations">Simulations before each of its moves</label>
    <select id="simulations" value=${play.simulations} onChange=${(event) => on.setSimulations(Number(event.target.value))}>
      ${on.strengths(play).map((n) => html`<option key=${n} value=${n}>${n}${n === 1 ? ", its network alone" : n === play.trained ? ", as trained" : ""}</option>`)}</select></div>`;
}

/** Whose stones are whose. */
function Legend({ play }) {
  const agent = on.agentSide(play);
  return html`<p class="row small play-legend"><span class="row"><${Stone} rules=${play.rules} whose=${-agent} />you</span><span class="row"><${Stone} rules=${play.rules} whose=${agent} />the agent</span></p>`;
}

/** The board with everything around it. Props: play. */
export function PlayView({ play }) {
  const { rules, moves, look, shown, cursor, problem } = play;
  if (!rules) return problem ? null : html`<p class="lead">Loading…</p>`;
  const cells = on.cellsOf(play);
  const end = on.endOf(play);
  const [words, tone] = standing(play);
  const lastBefore = moves.length ? on.cellsOf({ rules, moves: moves.slice(0, -1) }) : null;
  const last = lastBefore ? landing(rules, lastBefore, moves.at(-1)) : -1;
  const agent = on.agentSide(play);
  return html`<section class="card stack" aria-labelledby="play-title">
    <div class="row spread"><h2 id="play-title">Play against it</h2><${Legend} play=${play} /></div>
    <p class=${tone ? `notice ${tone}` : "play-standing"} role="status" id="standing">${words}</p>
    <${BoardView} rules=${rules} cells=${cells} names=${{ [agent]: "the agent's", [-agent]: "yours" }} last=${last} line=${end?.line ?? []}
      look=${shown && look ? { before: on.cellsOf({ rules, moves: moves.slice(0, look.at) }), visits: look.visits } : null}
      cursor=${cursor} open=${on.yourTurn(play)} onPoint=${on.point} onPick=${on.pick} />
    <${Controls} play=${play} />
  </section>`;
}

/** The search of its last move. Props: play. */
export function PlaySearch({ play }) {
  if (!play.rules) return null;
  return html`<section class="card stack" aria-labelledby="weighed-title"><h2 id="weighed-title">What its search weighed</h2>
    <${Weighed} play=${play} /><${Strength} play=${play} />
    <label class="row check"><input id="show-search" type="checkbox" checked=${play.shown} onChange=${(event) => on.showLook(event.target.checked)} />Show the visits on the board<kbd>v</kbd></label></section>`;
}

export const keys = ({ play }) => [
  { key: "n", label: "a new game", run: () => on.newGame() },
  { key: "u", label: "undo your last move", run: on.undo },
  { key: "b", label: "change who begins", run: () => on.newGame(!play.agentFirst) },
  { key: "v", label: "show or hide its search", run: () => on.showLook(!play.shown) },
];

/** The position that is shown, as a command, a request and Python. */
export function same({ play }) {
  const run = play.run || "RUN";
  const open = play.rules && !on.endOf(play);
  const cells = play.rules ? (open ? on.cellsOf(play).map((stone) => stone * mover(play.moves) || 0) : new Array(play.rules.rows * play.rules.columns).fill(0)) : [];
  const board = JSON.stringify(cells);
  const searched = play.simulations === play.trained ? "" : play.simulations;
  return {
    command: `shoestring play ${run}${play.agentFirst ? " --second" : ""}${searched && ` --simulations ${searched}`}\nshoestring evaluate ${run}`,
    rest: `curl ${location.origin}/v1/policies/${encodeURIComponent(`run:${run}`)}/move -H 'content-type: application/json' -d '{"board": ${board}${searched && `, "simulations": ${searched}`}}'`,
    python: `import numpy as np\n\nimport shoestring\n\nplayer = shoestring.load("${run}")\nboard = np.array([${board}], dtype=np.int8)  # 1: the player to move\nfound = player.look(board${searched && `, ${searched}`})\nprint(found.visits[0], found.value[0])`,
  };
}

/** A game of the agent with itself, kept or new, likewise. */
export function sameGame({ run, episode, fresh, how, seed }) {
  const drawn = how === "drawn";
  const model = encodeURIComponent(`run:${run}`);
  if (!fresh) {
    return {
      command: `shoestring watch ${run} --episode ${episode}\nshoestring watch ${run} --episode ${episode} --gif game.gif`,
      rest: `curl ${location.origin}/v1/runs/${run}/episodes/${episode}`,
      python: `from shoestring.core.folder import RunFolder, runs_root\nfrom shoestring.rl import episodes\n\nrun = RunFolder.find(runs_root(), "${run}")\ngame = episodes.read(episodes.find(run.path, "${episode}"))\nprint(game.total, game.action)`,
    };
  }
  return {
    command: `shoestring watch ${run} --fresh ${seed}${drawn ? " --drawn" : ""}`,
    rest: `curl ${location.origin}/v1/policies/${model}/play -H 'content-type: application/json' -d '{"seed": ${seed}, "draw": ${drawn}}'`,
    python: `${drawn ? "import numpy as np\n\n" : ""}import shoestring\nfrom shoestring.rl.board_games import record_game\n\nplayer = shoestring.load("${run}")\ngame = record_game(player${drawn ? `, np.random.default_rng([${seed}, 1])` : ""})\nprint(game.total, game.action)`,
  };
}
