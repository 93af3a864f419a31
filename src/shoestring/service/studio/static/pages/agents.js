/** Agents: replay an episode as data, move lambda and gamma, see what the policy weighed, and put two side by side. */
import { html } from "../html.js";
import { navigate } from "../router.js";
import { EpisodeChart } from "../widgets/episodechart.js";
import { horizon } from "../widgets/gae.js";
import { Icon } from "../widgets/icons.js";
import { actionName, PolicyBars } from "../widgets/policybars.js";
import { cellVisits, World } from "../widgets/world.js";
import * as on from "./agents_actions.js";
import * as board from "./agents_play.js";

const figure = (value, digits = 4) => (value === undefined || value === null ? "–" : Number(value.toPrecision(digits)).toLocaleString("en", { maximumFractionDigits: 6 }));
const count = (n) => n.toLocaleString("en");
const path = (run) => `/agents/${encodeURIComponent(run)}`;

/** What an episode is called in a list. */
function words({ episode, phase, how, env_steps: steps, return: total }) {
  const who = phase === "training" ? `after ${count(steps)} steps` : how === "best" ? "at the end, most likely actions" : "at the end, drawn actions";
  return `${who}: return ${figure(total)}`;
}

const freshWords = (episode) => `new from seed ${episode.split("-")[1]}, ${episode.startsWith("drawn") ? "drawn" : "most likely"} actions`;

function EpisodeSelect({ id, label, episodes, episode, plays, onPick }) {
  return html`<div class="field"><label for=${id}>${label}</label>
    <select id=${id} value=${episode} onChange=${(event) => onPick(event.target.value)}>
      ${plays && html`<option value=${on.PLAY}>play against it</option>`}
      ${episodes.map((one) => html`<option key=${one.episode} value=${one.episode}>${words(one)}</option>`)}
      ${on.isFresh(episode) && html`<option value=${episode}>${freshWords(episode)}</option>`}
    </select></div>`;
}

function Pick({ agents }) {
  const { runs, run, episodes, episode, vs, vsEpisodes, seed, busy } = agents;
  const here = runs.find((one) => one.run === run);
  const [other, theirs] = vs.split("~", 2);
  return html`<section class="card agents-pick" aria-labelledby="shown-title">
    <h2 id="shown-title" class="sr">What is shown</h2><div>
    <div class="field"><label for="agent-run">Run</label>
      <select id="agent-run" value=${run} onChange=${(event) => navigate(path(event.target.value))}>
        ${!here && html`<option value=${run}>${run}</option>`}
        ${runs.map((one) => html`<option key=${one.run} value=${one.run}>${one.run}</option>`)}</select></div>
    <${EpisodeSelect} id="agent-episode" label=${on.plays(agents) ? "Game" : "Episode"} episodes=${episodes} episode=${episode} plays=${on.plays(agents)} onPick=${on.choose} />
    ${episode !== on.PLAY && html`<div class="field"><label for="agent-vs">Beside it</label>
      <select id="agent-vs" value=${other} onChange=${(event) => on.compare(event.target.value)}>
        <option value="">nothing</option>
        ${runs.map((one) => html`<option key=${one.run} value=${one.run}>${one.run}</option>`)}</select></div>
    ${vs && html`<${EpisodeSelect} id="agent-theirs" label="Its episode" episodes=${vsEpisodes} episode=${theirs} onPick=${(name) => on.compare(`${other}~${name}`)} />`}
    <div class="field"><label for="agent-seed">Play a new one from seed</label>
      <div class="row seed"><input id="agent-seed" type="number" min="0" max="4294967295" value=${seed} onChange=${(event) => on.edit({ seed: Math.min(2 ** 32 - 1, Math.max(0, Math.floor(Number(event.target.value) || 0))) })} />
        <button disabled=${Boolean(busy)} onClick=${() => on.fresh()}>Play${vs && " both"}<kbd>n</kbd></button></div></div>`}
  </div></section>`;
}

/** The shapes of a moment; after its end an episode stands still. */
const frameAt = ({ scene }, at) => scene.frames[Math.min(at, scene.frames.length - 1)];

function One({ episode, at, title, side }) {
  const t = Math.min(at, episode.reward.length);
  const over = t === episode.reward.length;
  const said = over ? `the end after ${count(t)} steps` : `step ${count(t)}: ${actionName(episode.scene, episode.action[t])}`;
  const earned = episode.reward.slice(0, t).reduce((sum, r) => sum + r, 0);
  return html`<figure class="one">
    ${title && html`<p class="small"><strong class=${side}>${title}</strong></p>`}
    <${World} scene=${episode.scene} frame=${frameAt(episode, at)} cells=${null} label=${`${episode.environment}, ${said}`} />
    <figcaption class="small number">${said} · return so far ${figure(earned)}${episode.scene.words[t] ? ` · ${episode.scene.words[t]}` : ""}${over ? ` · ${episode.end === "terminated" ? "it ended by itself" : "cut by the time limit"}` : ""}</figcaption>
  </figure>`;
}

function Stage({ agents }) {
  const { left, right, at, playing, speed, run } = agents;
  const end = on.last(left, right);
  const kept = !on.isFresh(agents.episode);
  return html`<section class="card stack" aria-label="Replay">
    <div class=${`worlds${right ? " two" : ""}`}>
      <${One} episode=${left} at=${at} title=${right && left.name.replace("/", ", ")} side="first" />
      ${right && html`<${One} episode=${right} at=${at} title=${right.name.replace("/", ", ")} side="second" />`}
    </div>
    <div class="row agents-controls">
      <button class="primary" onClick=${on.toggle}><${Icon} name=${playing ? "pause" : "play"} />${playing ? "Pause" : "Play"}<kbd>space</kbd></button>
      <label class="sr" for="agent-at">Step of the episode</label>
      <input id="agent-at" type="range" min="0" max=${end} step="1" value=${at} aria-valuetext=${`step ${at} of ${end}`} onInput=${(event) => { on.pause(); on.seek(Number(event.target.value)); }} />
      <span class="number small muted">${count(at)} / ${count(end)}</span>
      <span class="row speed small"><button class="quiet" aria-label="Slower" onClick=${() => on.faster(-1)}>−</button><span class="number">× ${speed}</span><button class="quiet" aria-label="Faster" onClick=${() => on.faster(1)}>+</button></span>
      ${kept ? html`<a class="button" href=${`/v1/runs/${encodeURIComponent(run)}/episodes/${encodeURIComponent(agents.episode)}/gif`} download>GIF</a>`
        : html`<button disabled title="Only kept episodes are made into pictures here">GIF</button>`}
    </div>
  </section>`;
}

function TimeLine({ agents, mine, theirs }) {
  const { left, right, at } = agents;
  const names = ["this one", "as it was trained", "beside it"];
  const pair = (name) => [left[name], null, right?.[name] ?? null];
  const moved = agents.gamma !== null || agents.lambda !== null;
  return html`<section class="card stack" aria-label="Time line">
    <${EpisodeChart} title="Reward" rows=${pair("reward")} words=${right ? names : []} at=${at} onSeek=${on.seek} />
    <${EpisodeChart} title="Value" rows=${pair("value")} words=${[]} at=${at} onSeek=${on.seek} />
    <${EpisodeChart} title="Advantage" rows=${[mine.advantage, moved ? left.advantage : null, theirs?.advantage ?? null]} words=${moved || right ? ["at these sliders", names[1], right ? names[2] : ""] : []} at=${at} onSeek=${on.seek} />
  </section>`;
}

function Rates({ agents, mine }) {
  const { left, at } = agents;
  const [gamma, lambda] = [on.gammaOf(agents), on.lambdaOf(agents)];
  const t = Math.min(at, left.reward.length - 1);
  const slider = (name, value, words, keys) => html`<div class="field"><label for=${`rate-${name}`}>${words} <strong class="number">${value}</strong> <span class="muted">${keys.map((key) => html`<kbd key=${key}>${key}</kbd> `)}</span></label>
    <input id=${`rate-${name}`} type="range" min="0" max="1" step="0.005" value=${value} onInput=${(event) => on.setRate(name, Number(event.target.value))} /></div>`;
  return html`<section class="card stack" aria-labelledby="gae-title">
    <div class="row spread"><h2 id="gae-title">Advantages now</h2><button class="quiet" disabled=${agents.gamma === null && agents.lambda === null} onClick=${on.asTrained}>As trained<kbd>0</kbd></button></div>
    ${slider("lambda", lambda, "λ", ["[", "]"])}
    ${slider("gamma", gamma, "γ", [",", "."])}
    <table class="figures"><caption class="sr">Figures at step ${t}</caption><tbody>
      <tr><th scope="row">r<sub>t</sub> reward</th><td class="number">${figure(left.reward[t])}</td></tr>
      <tr><th scope="row">V(s<sub>t</sub>) value, and of what was reached</th><td class="number">${figure(left.value[t])} → ${left.terminated[t] ? "0, it ended" : figure(left.reached_value[t])}</td></tr>
      <tr><th scope="row">δ<sub>t</sub> = r<sub>t</sub> + γV(s<sub>t+1</sub>) − V(s<sub>t</sub>)</th><td class="number" id="delta">${figure(mine.delta[t])}</td></tr>
      <tr><th scope="row">A<sub>t</sub> = Σ (γλ)<sup>k</sup> δ<sub>t+k</sub></th><td class="number" id="advantage">${figure(mine.advantage[t])}</td></tr>
    </tbody></table>
    <p class="small muted">${lambda === 0 ? "λ = 0: one step, all trust in V." : lambda === 1 ? "λ = 1: what was really got, minus V." : `Looks about ${figure(horizon(gamma, lambda), 2)} steps ahead.`} The agent learned with γ = ${left.discount} and λ = ${left.trace}; the values are its own.</p>
  </section>`;
}

function Heat({ agents }) {
  const { left, episodes, episode } = agents;
  if (!left.scene.tiles.length) return null;
  const ages = on.ages(agents);
  const counted = left.visits.length > 0;
  const visits = counted ? left.visits : left.observation.reduce((sum, [state]) => { sum[state] += 1; return sum; }, new Array(left.scene.cells.length).fill(0));
  const cells = cellVisits(left.scene, visits);
  const total = cells.reduce((sum, n) => sum + n, 0);
  const place = ages.findIndex((one) => one.episode === episode);
  const before = place > 0 ? ages[place - 1].env_steps : 0;
  const most = cells.indexOf(Math.max(...cells));
  const columns = left.scene.tiles[0].length;
  const where = `row ${Math.floor(most / columns) + 1}, column ${(most % columns) + 1}`;
  return html`<section class="card stack" aria-labelledby="heat-title">
    <h2 id="heat-title">Where they walked</h2>
    ${ages.length > 1 && html`<div class="field"><label for="age">Age <strong class="number">${place < 0 ? "end of training" : `${count(ages[place].env_steps)} steps`}</strong></label>
      <input id="age" type="range" min="0" max=${ages.length - 1} step="1" value=${place < 0 ? ages.length - 1 : place} aria-valuetext=${place < 0 ? "end" : `${ages[place].env_steps} steps`} onInput=${(event) => on.choose(ages[Number(event.target.value)].episode)} /></div>`}
    <${World} scene=${left.scene} frame=${[]} cells=${cells} small=${true} label=${`Visits of each cell; most in ${where}: ${count(cells[most])} of ${count(total)}`} />
    <p class="small muted">${counted ? `${count(total)} visits by all learners between ${count(before)} and ${count(left.env_steps)} steps` : `${count(total)} visits, of this episode alone`}; most in ${where}. Stronger by the square root of the count.</p>
  </section>`;
}

function Start({ agents }) {
  const { presets, preset, quick, started, busy } = agents;
  const help = presets.find(({ name }) => name === preset)?.help;
  return html`<section class="card stack" aria-labelledby="start-agent">
    <h2 id="start-agent">Train an agent</h2>
    <form class="stack" onSubmit=${(event) => { event.preventDefault(); on.start(); }}>
      <div class="field"><label for="agent-preset">Preset</label>
        <select id="agent-preset" value=${preset} onChange=${(event) => on.edit({ preset: event.target.value })}>${presets.map(({ name }) => html`<option key=${name} value=${name}>${name}</option>`)}</select>
        <p class="small muted">${help}</p></div>
      <div class="row"><button class="primary" type="submit" disabled=${Boolean(busy) || !preset}>${busy || "Train"}</button>
        ${on.canBeQuick(agents) && html`<label class="row check"><input type="checkbox" checked=${quick} onChange=${(event) => on.edit({ quick: event.target.checked })} /> quick, to try the page</label>`}</div>
    </form>
    ${started && html`<p class="notice good" role="status">${started.run}: ${started.status}, ${started.episodes} ${started.episodes === 1 ? "episode" : "episodes"} kept. ${started.episodes > 0 && agents.run !== started.run && html`<a href=${path(started.run)}>Watch it</a>`} <a href=${`/runs?open=${started.run}`}>Its curves</a></p>`}
  </section>`;
}

function Chosen({ agents }) {
  const { left, right, at } = agents;
  const one = (episode, side) => {
    const t = at < episode.reward.length ? at : null;
    return html`${right && html`<p class="small one-name"><strong class=${side}>${episode.name.replace("/", ", ")}</strong></p>`}<${PolicyBars} scene=${episode.scene} chance=${t === null ? [] : episode.distribution[t]} action=${t === null ? null : episode.action[t]} />`;
  };
  return html`<section class="card stack" aria-labelledby="policy-title"><h2 id="policy-title">What the policy weighed</h2>
    ${one(left, "first")}${right && one(right, "second")}
    <p class="small muted">${left.how === "best" ? "The most likely action was taken." : "The action was drawn."}${right && right.how !== left.how && (right.how === "best" ? " Beside it, the most likely one was taken." : " Beside it, it was drawn.")}</p></section>`;
}

export default {
  title: "Agents",
  built: true,
  enter: ({ arg, params }) => on.open(arg, params),
  leave: on.leave,
  link: ({ agents, play }) => (agents.episode === on.PLAY ? board.link(play) : agents.left ? { episode: agents.episode, vs: agents.vs, at: agents.at || "", lambda: agents.lambda, gamma: agents.gamma, seed: agents.seed || "" } : null),
  keys: ({ agents, play }) => agents.episode === on.PLAY ? board.keys({ play }) : [
    { key: " ", label: "play or pause", run: on.toggle },
    { key: "ArrowRight", label: "one step on", run: () => on.step(1) },
    { key: "ArrowLeft", label: "one step back", run: () => on.step(-1) },
    { key: "Home", label: "to the start", run: () => on.seek(0) },
    { key: "End", label: "to the end", run: () => on.seek(Infinity) },
    { key: "j", label: "next episode", run: () => on.another(1) },
    { key: "k", label: "episode before", run: () => on.another(-1) },
    { key: "n", label: "play a new one from the seed", run: () => on.fresh() },
    { key: "[", label: "λ down", run: () => on.nudge("lambda", -0.01) },
    { key: "]", label: "λ up", run: () => on.nudge("lambda", 0.01) },
    { key: ",", label: "γ down", run: () => on.nudge("gamma", -0.01) },
    { key: ".", label: "γ up", run: () => on.nudge("gamma", 0.01) },
    { key: "0", label: "λ and γ as trained", run: on.asTrained },
    { key: "+", label: "faster", run: () => on.faster(1) },
    { key: "-", label: "slower", run: () => on.faster(-1) },
  ],
  view({ agents, play }) {
    const { runs, left, right, busy } = agents;
    const playing = agents.episode === on.PLAY;
    const problem = agents.problem || (playing && play.problem);
    if (runs === null) return html`<p class="lead">Loading…</p>`;
    if (!runs.length && !left) {
      return html`<section class="card stack empty"><h2>No agent was trained yet</h2>
        ${problem && html`<p class="notice bad" role="alert">${problem}</p>`}
        <p class="lead">Train one, here or with a command; it keeps episodes of every age as data, and this page replays them.</p>
        <p><code>shoestring train rl-ppo</code></p></section>
        ${agents.presets.length > 0 && html`<${Start} agents=${agents} />`}`;
    }
    const [gamma, lambda] = [on.gammaOf(agents), on.lambdaOf(agents)];
    const mine = left && on.advantages(left, gamma, lambda);
    return html`
      <${Pick} agents=${agents} />
      <p class="sr" role="status">${busy}</p>
      ${problem && html`<p class="notice bad" role="alert">${problem}</p>`}
      <div class="agents">
        <div class="stack">${playing ? html`<${board.PlayView} play=${play} />` : left ? html`<${Stage} agents=${agents} /><${TimeLine} agents=${agents} mine=${mine} theirs=${right && on.advantages(right, gamma, lambda)} />` : !problem && html`<p class="lead">Loading…</p>`}</div>
        <div class="stack">${playing && html`<${board.PlaySearch} play=${play} />`}${left && html`<${Chosen} agents=${agents} /><${Rates} agents=${agents} mine=${mine} /><${Heat} agents=${agents} />`}<${Start} agents=${agents} /></div>
      </div>`;
  },
  same({ agents, play }) {
    if (agents.episode === on.PLAY) return board.same({ play });
    const run = agents.run || "RUN";
    const fresh = on.isFresh(agents.episode);
    const episode = agents.episode || "evaluation-best";
    const [how, seed] = episode.split("-");
    if (on.plays(agents)) return board.sameGame({ run, episode, fresh, how, seed });
    const [gamma, lambda] = [on.gammaOf(agents), on.lambdaOf(agents)];
    const model = encodeURIComponent(`run:${run}`);
    const state = JSON.stringify(agents.left?.observation[Math.min(agents.at, agents.left.reward.length - 1)] ?? [0, 0, 0, 0]);
    const act = `curl ${location.origin}/v1/policies/${model}/act -H 'content-type: application/json' -d '{"observation": ${state}}'`;
    const load = "import shoestring\nfrom shoestring.rl import episodes\n";
    return {
      command: fresh ? `shoestring watch ${run} --fresh ${seed}${how === "drawn" ? " --drawn" : ""}` : `shoestring watch ${run} --episode ${episode}\nshoestring watch ${run} --episode ${episode} --gif episode.gif`,
      rest: fresh ? `curl ${location.origin}/v1/policies/${model}/play -H 'content-type: application/json' -d '{"seed": ${seed}, "draw": ${how === "drawn"}}'\n${act}` : `curl ${location.origin}/v1/runs/${run}/episodes/${episode}\n${act}`,
      python: fresh
        ? `import numpy as np\n\n${load}from shoestring.rl.worlds import open_world\n\npolicy = shoestring.load("${run}")\nworld = open_world(policy.settings, 1, np.random.default_rng([${seed}, 0]))\nepisode = episodes.record(world, policy${how === "drawn" ? `, np.random.default_rng([${seed}, 1])` : ""})\nprint(episode.total, episode.advantage(discount=${gamma}, trace=${lambda}))`
        : `from shoestring.core.folder import RunFolder, runs_root\n\n${load}\nrun = RunFolder.find(runs_root(), "${run}")\nepisode = episodes.read(episodes.find(run.path, "${episode}"))\nprint(episode.total, episode.advantage(discount=${gamma}, trace=${lambda}))\npolicy = shoestring.load(run.path)\nprint(policy.distribution(episode.observation[${Math.min(agents.at, (agents.left?.reward.length ?? 1) - 1)}][None]))`,
    };
  },
};
