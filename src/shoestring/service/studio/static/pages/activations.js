/** Activations: every function of torch with its gradient, what a deep stack of it does, and a pencil. */
import { html } from "../html.js";
import { set, toast } from "../store.js";
import { copy } from "../widgets/copy.js";
import { CurveChart, DepthChart, letter } from "../widgets/curvechart.js";
import { CurveDraw } from "../widgets/curvedraw.js";
import { CurveGrid, nearest, number, VectorGrid } from "../widgets/curvegrid.js";
import { styleOf } from "../widgets/runchart.js";
import * as actions from "./activations_actions.js";

const on = actions;
const WORDS = { value: "f", slope: "f′", curvature: "f″" };

function Swatch({ index }) {
  return html`<span class=${`letter ${styleOf(index).name}`}>${letter(index)}</span>`;
}

function Controls({ page }) {
  const range = (low, high) => (event) => on.span(low ? Number(event.target.value) : page.low, high ? Number(event.target.value) : page.high);
  return html`<div class="row spread curve-controls">
    <div class="row" role="group" aria-label="Lines">
      ${on.PARTS.map((part, index) => html`<label class="row check" key=${part}><input type="checkbox" checked=${page.show.includes(part)} onChange=${() => on.showPart(part)} />
        <svg class="swatch" viewBox="0 0 32 8" aria-hidden="true"><path class=${`dash-${part}`} d="M0 4H32" /></svg>${WORDS[part]}<kbd>${index + 1}</kbd></label>`)}
    </div>
    <div class="row"><label for="low">x from</label><input id="low" class="short" type="number" step="1" value=${page.low} onChange=${range(true, false)} />
      <label for="high">to</label><input id="high" class="short" type="number" step="1" value=${page.high} onChange=${range(false, true)} /></div>
    <div class="row"><label for="at">Read at x</label><input id="at" class="short" type="number" step="0.1" value=${page.at === null ? "" : Number(page.at.toFixed(3))}
      onChange=${(event) => on.edit({ at: event.target.value === "" ? null : Number(event.target.value) })} /></div>
  </div>`;
}

/** One row a curve: its values where the pointer is, and its parameters. */
function Readout({ page }) {
  return html`<div class="scroll-x"><table class="readout">
    <caption class="sr">Values of each curve at x</caption>
    <thead><tr><th scope="col">Curve</th><th scope="col">x</th><th scope="col">f</th><th scope="col">f′</th><th scope="col">f″</th><th scope="col">Parameters</th></tr></thead>
    <tbody>${page.curves.map((curve, index) => {
      const seen = page.at === null ? null : nearest(curve, page.at);
      const parameters = curve.name === "drawn" ? [] : on.entryOf(page.list, curve.name)?.parameters ?? [];
      const { values } = on.parse(page.picked[index] ?? "");
      return html`<tr key=${`${index} ${on.parse(curve.name).name}`}>
        <th scope="row"><${Swatch} index=${index} /> ${curve.name}</th>
        <td class="number">${seen ? number(seen.x, 3) : "–"}</td><td class="number">${number(seen?.value)}</td><td class="number">${number(seen?.slope)}</td><td class="number">${number(seen?.curvature)}</td>
        <td>${parameters.map((one) => html`<label class="row slider" key=${one.name} title=${one.help}><span>${one.name} <span class="number muted">${number(values[one.name] ?? one.default)}</span></span>
          <input type="range" min=${one.low} max=${one.high} step=${(one.high - one.low) / 200} value=${values[one.name] ?? one.default}
            onInput=${(event) => on.adjust(index, one.name, Number(Number(event.target.value).toPrecision(6)))} /></label>`)}</td>
      </tr>`;
    })}</tbody>
  </table></div>`;
}

const FACTS = [
  ["gain", "Gain that keeps the variance", "1 / sqrt(E f²)"], ["torch_gain", "torch’s calculate_gain", "it knows six"],
  ["slope_moment", "E f′²", "for x from N(0, 1)"], ["chi", "chi: gradient’s growth a layer", "at that gain; below 1 it vanishes, above 1 it explodes"],
  ["length_slope", "Response of the variance", "above 1, a signal that is a little too large grows with every layer"],
  ["dead", "Dead: P(f′ = 0)", ""], ["saturated", "Saturated: P(|f′| < 0.05)", ""], ["lipschitz", "Lipschitz constant", "none where f jumps"],
];

function kinks({ breaks }) {
  const seen = breaks.filter(({ jump, left, right }) => Math.abs(jump) > 1e-6 || Math.abs(left - right) > 1e-6);
  if (!seen.length) return "none";
  return seen.slice(0, 6).map(({ x, left, right, autograd, jump }) => `x = ${number(x)}: ${number(left)} | ${number(right)}, autograd ${number(autograd)}${Math.abs(jump) > 1e-6 ? `, f jumps ${number(jump)}` : ""}`).join("; ");
}

function Facts({ page }) {
  const costs = page.curves.map(({ name }) => page.costs[name]);
  return html`<section class="card stack" aria-labelledby="facts-title">
    <div class="row spread"><h2 id="facts-title">Facts</h2>
      <button disabled=${Boolean(page.busy) || !page.picked.length} onClick=${on.runCost}>Measure cost here<kbd>c</kbd></button></div>
    <div class="scroll-x"><table class="facts-table">
      <thead><tr><td></td>${page.curves.map(({ name }, index) => html`<th scope="col" key=${index}><${Swatch} index=${index} /> ${name}</th>`)}</tr></thead>
      <tbody>
        <tr><th scope="row">f(x)</th>${page.curves.map(({ name }, index) => html`<td key=${index}><code>${on.entryOf(page.list, name)?.formula ?? "through the points"}</code></td>`)}</tr>
        ${FACTS.map(([key, words, hint]) => html`<tr key=${key}><th scope="row">${words}${hint && html`<br /><span class="muted">${hint}</span>`}</th>
          ${page.curves.map(({ facts }, index) => html`<td class="number" key=${index}>${facts[key] === null || facts[key] === undefined ? "none" : number(facts[key])}</td>`)}</tr>`)}
        <tr><th scope="row">Kinks: slope left | right</th>${page.curves.map(({ facts }, index) => html`<td class="number" key=${index}>${kinks(facts)}</td>`)}</tr>
        ${costs.some(Boolean) && html`<tr><th scope="row">ns an element, forward + backward<br /><span class="muted">copying memory alone; bytes kept for backward</span></th>
          ${costs.map((cost, index) => html`<td class="number" key=${index}>${cost ? `${number(cost.forward, 3)} + ${number(cost.backward, 3)} (copy ${number(cost.copy, 2)}; ${number(cost.saved, 3)} bytes)` : "–"}</td>`)}</tr>`}
        <tr><th scope="row">Source</th>${page.curves.map(({ name }, index) => html`<td key=${index}>${on.entryOf(page.list, name)?.paper ?? "you"}</td>`)}</tr>
      </tbody>
    </table></div>
  </section>`;
}

function Depth({ page }) {
  const { depth } = page;
  const pick = (key, values) => html`<div class="field"><label for=${key}>${key === "init" ? "Weights" : "Normalisation"}</label>
    <select id=${key} value=${depth[key]} onChange=${(event) => on.setDepth({ [key]: event.target.value })}>${values.map((value) => html`<option key=${value} value=${value}>${value}</option>`)}</select></div>`;
  const field = (key, label, low, high) => html`<div class="field"><label for=${`depth-${key}`}>${label}</label>
    <input id=${`depth-${key}`} type="number" min=${low} max=${high} value=${depth[key]} onChange=${(event) => on.setDepth({ [key]: Math.max(low, Math.min(high, Math.round(Number(event.target.value) || low))) })} /></div>`;
  return html`<section class="card stack" aria-labelledby="depth-title">
    <div class="row spread"><h2 id="depth-title">${depth.depth} layers of it</h2>
      <button class="primary" disabled=${Boolean(page.busy) || !page.curves.length} onClick=${on.runDepth}>${page.busy === "depth" ? "Running…" : "Run the depth probe"}<kbd>r</kbd></button></div>
    <div class="controls">${field("depth", "Layers", 1, 100)}${field("width", "Units a layer", 2, 512)}${pick("init", ["normal", "uniform", "orthogonal"])}${pick("norm", ["none", "layer", "rms", "batch"])}
      <div class="field"><label for="depth-gain">Gain</label><input id="depth-gain" type="number" step="0.05" min="0" placeholder="its own" value=${depth.gain} onChange=${(event) => on.setDepth({ gain: event.target.value })} /></div>
      ${field("seed", "Seed", 0, 4294967295)}</div>
    ${page.depths ? html`<${DepthChart} depths=${page.depths} />
      <p class="small muted">Solid: mean square of the signal that enters each activation. Dashed: of the gradient that comes down to it, 1 at the top. Weights have deviation gain / √width.</p>
      <ul class="small depth-words">${page.depths.map((one, index) => html`<li key=${index}><${Swatch} index=${index} /> <strong>${one.name}</strong> at gain ${number(one.gain)}: signal × ${number(one.forward.at(-1) === null ? null : one.forward.at(-1) / one.forward[0], 3)}, gradient × ${number(one.gradient[0] === null ? null : one.gradient[0] / one.gradient.at(-1), 3)} on its way down${one.outside ? `; not a finite number from layer ${one.outside}` : ""}.</li>`)}</ul>`
      : html`<p class="muted">Random weights, real layers of torch: how large is the signal after each layer, and the gradient that comes back?</p>`}
  </section>`;
}

async function copyCode(code) {
  toast((await copy(code)) ? "Code copied." : "The browser does not allow copying: select the text instead.");
}

function Pencil({ page }) {
  return html`<section class="card stack" aria-labelledby="draw-title">
    <div class="row spread"><h2 id="draw-title">Draw your own</h2><button onClick=${on.pencil}>${page.drawn ? "Put the pencil away" : "Draw a curve"}<kbd>w</kbd></button></div>
    ${page.drawn ? html`
      <p class="small muted">Click to add a point, drag to move it, Delete to take it away. Between points runs a monotone cubic, outside a straight line. Only numbers are sent.</p>
      <${CurveDraw} points=${page.drawn} chosen=${page.point} curve=${page.curves.find(({ name }) => name === "drawn") ?? null} on=${on} />
      ${page.code && html`<details><summary>The Python that defines it</summary><div class="row spread"><span></span><button class="quiet" onClick=${() => copyCode(page.code)}>Copy</button></div><pre class="code" tabindex="0"><code>${page.code}</code></pre></details>`}`
      : html`<p class="muted">Put points with the pencil and see what thirty layers of your curve do to a gradient.</p>`}
  </section>`;
}

const command = ({ picked, drawn, depth }) => [
  ...picked.map((f) => `shoestring activations show ${f}`),
  ...picked.slice(0, 1).map((f) => `shoestring activations depth ${f} --depth ${depth.depth} --width ${depth.width} --init ${depth.init} --norm ${depth.norm}${depth.gain === "" ? "" : ` --gain ${depth.gain}`} --seed ${depth.seed}`),
  ...(drawn ? [`shoestring activations draw -- ${drawn.map((point) => point.join(",")).join(" ")}`] : []),
].join("\n") || "shoestring activations list";

export default {
  title: "Activations",
  built: true,
  enter({ params }) {
    on.read(params);
    on.load();
  },
  link: ({ activations }) => on.link(activations),
  keys: () => [
    { key: "j", label: "next function", run: () => on.move(1) },
    { key: "k", label: "function before", run: () => on.move(-1) },
    { key: "x", label: "put it into the picture, or take it out", run: on.toggleAtCursor },
    { key: "Backspace", label: "take the last change back", run: on.undo },
    { key: "1", label: "f on or off", run: () => on.showPart("value") },
    { key: "2", label: "f′ on or off", run: () => on.showPart("slope") },
    { key: "3", label: "f″ on or off", run: () => on.showPart("curvature") },
    { key: "r", label: "run the depth probe", run: on.runDepth },
    { key: "c", label: "measure the cost here", run: on.runCost },
    { key: "w", label: "take the pencil, or put it away", run: on.pencil },
    { key: "Delete", label: "take the chosen point away", run: on.removeChosen },
    { key: "ArrowUp", label: "chosen point up (and the other arrows)", run: () => on.nudge(0, 0.1) },
    { key: "ArrowDown", label: "chosen point down", run: () => on.nudge(0, -0.1) },
    { key: "ArrowLeft", label: "chosen point left", run: () => on.nudge(-0.1, 0) },
    { key: "ArrowRight", label: "chosen point right", run: () => on.nudge(0.1, 0) },
  ],
  view({ activations: page }) {
    if (page.problem) return html`<p class="notice bad" role="alert">${page.problem}</p>`;
    if (page.list === null) return html`<p class="muted">Loading…</p>`;
    const names = page.picked.map((spec) => on.parse(spec).name);
    return html`
      <section class="card stack" aria-labelledby="overlay-title">
        <h2 id="overlay-title" class="sr">Compared</h2>
        <${Controls} page=${page} />
        ${page.refused && html`<p class="notice bad" role="alert">${page.refused}</p>`}
        ${page.curves.length ? html`<${CurveChart} curves=${page.curves} show=${page.show} low=${page.low} high=${page.high} onAt=${(at) => at !== null && on.edit({ at })} />
          <${Readout} page=${page} />` : html`<p class="lead">Pick functions below to compare them.</p>`}
      </section>
      <section class="stack" aria-labelledby="grid-title">
        <div class="row spread"><h2 id="grid-title">All of torch.nn</h2><p class="small muted legend-line"><svg class="swatch" viewBox="0 0 32 8" aria-hidden="true"><path class="of-value" d="M0 4H32" /></svg> f
          <svg class="swatch" viewBox="0 0 32 8" aria-hidden="true"><path class="of-slope" d="M0 4H32" /></svg> f′, a dot where autograd chooses a slope; x from −4 to 4</p></div>
        <${CurveGrid} entries=${on.elementwise(page.list)} grid=${page.grid} picked=${names} cursor=${page.cursor} peek=${page.peek}
          onToggle=${on.toggle} onPeek=${(name, x) => set("activations", { peek: name ? { name, x } : null })} />
      </section>
      ${page.curves.length > 0 && html`<${Facts} page=${page} />`}
      <${Depth} page=${page} />
      <${Pencil} page=${page} />
      <section class="stack" aria-labelledby="vector-title"><h2 id="vector-title">Functions of vectors, gates and structures</h2>
        <${VectorGrid} entries=${page.list.filter(({ family }) => family !== "elementwise")} examples=${page.examples} /></section>`;
  },
  same({ activations: page }) {
    const { picked, drawn, low, high } = page;
    const body = JSON.stringify({ f: picked, ...(drawn ? { drawn } : {}), low, high });
    return {
      command: command(page),
      rest: `curl ${location.origin}/v1/activations/curves -H 'content-type: application/json' \\\n  -d '${body}'`,
      python: `import numpy as np\n\nfrom shoestring.activations.drawn import curve as drawn\nfrom shoestring.activations.facts import facts\nfrom shoestring.activations.specs import parse\n\nx = np.linspace(${low}, ${high}, 401)\ncurves = {name: parse(name).curve() for name in ${JSON.stringify(picked)}}\n${drawn ? `curves["drawn"] = drawn(${JSON.stringify(drawn)})\n` : ""}for name, curve in curves.items():\n    print(name, curve.value(x), curve.slope(x), facts(curve).gain)`,
    };
  },
};
