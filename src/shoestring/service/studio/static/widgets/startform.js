/** Start a run: a preset, what to change in it, how many seeds, and what it may spend. */
import { html } from "../html.js";

const BUDGETS = ["labels", "comparisons", "env_steps", "bytes"];

/** @param {{runs: any, on: Record<string, Function>}} props */
export function StartForm({ runs, on }) {
  const { form, presets } = runs;
  const preset = presets.find(({ name }) => name === form.preset);
  const number = (name, least) => (event) => on.editForm({ [name]: Math.max(least, Math.trunc(Number(event.target.value) || 0)) });
  return html`<form class="card stack start-form" aria-labelledby="start-run" onSubmit=${(event) => { event.preventDefault(); on.startRun(); }}>
    <h2 id="start-run">Start a run</h2>
    <div class="form-grid">
      <div class="field wide-field"><label for="preset">Preset</label>
        <select id="preset" ref=${(node) => node && !form.touched && (form.touched = true) && node.focus()} value=${form.preset} onChange=${(event) => on.editForm({ preset: event.target.value })}>
          ${presets.map(({ name }) => html`<option key=${name} value=${name}>${name}</option>`)}
        </select>
        <p class="small muted">${preset?.help}</p></div>
      <div class="field"><label for="seeds">Seeds</label><input id="seeds" type="number" min="1" max="20" value=${form.seeds} onInput=${number("seeds", 1)} /></div>
      <div class="field"><label for="seed">First seed</label><input id="seed" type="number" min="0" value=${form.seed} onInput=${number("seed", 0)} /></div>
      <div class="field"><label for="kind">Budget</label>
        <select id="kind" value=${form.kind} onChange=${(event) => on.editForm({ kind: event.target.value })}>
          <option value="">as the preset says</option>${BUDGETS.map((kind) => html`<option key=${kind} value=${kind}>${kind}</option>`)}
        </select></div>
      <div class="field"><label for="amount">Amount</label><input id="amount" type="number" min="1" disabled=${!form.kind} value=${form.amount} onInput=${(event) => on.editForm({ amount: event.target.value })} /></div>
    </div>
    <div class="field"><label for="overrides">Changes, one <code>key=value</code> a line</label>
      <textarea id="overrides" class="mono" rows="3" spellcheck="false" placeholder="steps=2000" value=${form.overrides} onInput=${(event) => on.editForm({ overrides: event.target.value })}></textarea>
      <p class="small muted">Every key with its value: <code>shoestring train ${form.preset} --print-config</code></p></div>
    ${form.problem && html`<p class="notice bad" role="alert">${form.problem}</p>`}
    <div class="row"><button class="primary" type="submit" disabled=${Boolean(runs.busy)}>Start</button>
      <button type="button" class="quiet" onClick=${() => on.edit({ form: null })}>Cancel</button></div>
  </form>`;
}
