/** Sign: draw, enrol, verify, and see why. */
import { html } from "../html.js";
import { state, toast } from "../store.js";
import { Pad } from "../widgets/capture.js";
import { Features } from "../widgets/features.js";
import { Icon } from "../widgets/icons.js";
import { pressureValid } from "../widgets/ink.js";
import { Kept, Person } from "../widgets/person.js";
import { Replay } from "../widgets/replay.js";
import { Trace } from "../widgets/traces.js";
import { Verdict } from "../widgets/verdict.js";
import * as on from "./sign_actions.js";

/** Said before anything is sent: the model was never shown pairs across devices. */
function deviceNote({ ink, samples }) {
  const used = [...new Set(samples.filter(({ kind }) => kind !== "forgery").map(({ pointer }) => pointer).filter(Boolean))];
  if (!ink.strokes || !used.length || used.includes(ink.pointer)) return "";
  return `Enrolled with ${used.join(" and ")}, but this was drawn with ${ink.pointer}. Scores across devices are worth less.`;
}

function Tools({ sign }) {
  const idle = sign.ink.strokes > 0 && sign.person;
  return html`<div class="row tools">
    <button class="primary" disabled=${!idle || !sign.samples.some(({ kind }) => kind !== "forgery")} onClick=${on.verify}>Verify<kbd>v</kbd></button>
    <button disabled=${!idle} onClick=${on.enrol}>Enrol<kbd>e</kbd></button>
    <button class="quiet" disabled=${!idle} onClick=${on.forgery}>This was a forgery<kbd>f</kbd></button>
  </div>`;
}

function Files({ sign }) {
  const empty = sign.ink.strokes === 0;
  return html`<p class="row small files">
    <button class="quiet" disabled=${empty} onClick=${on.undo}>Undo stroke<kbd>z</kbd></button>
    <button class="quiet" disabled=${empty} onClick=${on.clear}>Clear<kbd>x</kbd></button>
    <button class="quiet" disabled=${empty} onClick=${on.exportCapture}>Export strokes</button>
    <label class="button-like" for="import">Import strokes</label>
    <input id="import" class="sr" type="file" accept=".json,application/json"
      onChange=${(event) => { if (event.target.files[0]) on.importCapture(event.target.files[0]); event.target.value = ""; }} />
  </p>`;
}

function Traces({ shown, at }) {
  const valid = pressureValid(shown.rows);
  return html`<div class="traces">
    ${valid ? html`<${Trace} title="Pressure" t=${shown.mine.t} mine=${shown.mine.pressure} theirs=${shown.theirs?.pressure} mark=${shown.reference ? at : null} range=${() => [0, 1]} />`
      : html`<p class="notice small">This device does not measure pressure, so there is no pressure trace and the model leaves it out.</p>`}
    <${Trace} title="Speed, pixels a second" t=${shown.mine.t} mine=${shown.mine.speed} theirs=${shown.theirs?.speed} mark=${shown.reference ? at : null} />
  </div>`;
}

function Answer({ sign }) {
  if (sign.decision) return html`<${Verdict} decision=${sign.decision} />`;
  const enrolled = sign.samples.filter(({ kind }) => kind !== "forgery").length;
  const next = enrolled === 0 ? `Draw ${sign.person}’s signature and press e to enrol it. Five are advised: one hand is never twice the same.`
    : enrolled < 5 ? `${enrolled} enrolled. Draw and enrol ${5 - enrolled} more, or draw one and press v to verify it.`
      : "Draw a signature and press v. Then let somebody try to forge it.";
  return html`<div class="verdict-empty"><p class="lead">${next}</p></div>`;
}

export default {
  title: "Sign",
  built: true,
  enter(route) {
    on.load(route.params);
  },
  link: ({ sign }) => (sign.loaded ? { person: sign.person } : null),
  leave: () => on.edit({ playing: false }),
  keys: () => [
    { key: "e", label: "enrol what is drawn", run: on.enrol },
    { key: "v", label: "verify what is drawn", run: on.verify },
    { key: "f", label: "this was a forgery", run: on.forgery },
    { key: "z", label: "undo the last stroke", run: on.undo },
    { key: "x", label: "clear the pad", run: on.clear },
    { key: " ", label: "replay: play or pause", run: on.toggle },
  ],
  view({ sign }) {
    const note = deviceNote(sign);
    const { shown } = sign;
    return html`
      <div class="sign">
        <div class="stack sign-left">
          <section class="card stack" aria-label="Signature">
            <${Pad} ink=${sign.ink} read=${() => state.sign.ink} onInk=${(ink) => on.edit({ ink })} onRefused=${toast}
              label=${`Signature pad${sign.person ? ` for ${sign.person}` : ""}. Draw with a pen, a finger or the mouse, or import strokes from a file.`} />
            <${Tools} sign=${sign} />
            ${note && html`<p class="notice unsure row" role="status"><${Icon} name="warn" /><span>${note}</span></p>`}
            <p class="sr" role="status">${sign.busy}</p>
            ${sign.problem && html`<p class="notice bad" role="alert">${sign.problem}</p>`}
            <${Files} sign=${sign} />
          </section>
          ${shown && html`<section class="card stack comparison" aria-label="Comparison">
            ${shown.reference && html`<h2>Matched in time</h2>
              <${Replay} probe=${shown.rows} reference=${shown.reference} pairs=${shown.pairs} duration=${shown.duration} at=${sign.at}
                playing=${sign.playing} onSeek=${on.seek} onToggle=${on.toggle} />`}
            <${Traces} shown=${shown} at=${sign.at} />
            <${Features} features=${shown.features} />
          </section>`}
        </div>
        <div class="stack sign-right">
          <${Person} sign=${sign} on=${on} />
          ${sign.person && !sign.adding && html`<section class="card" aria-label="Verdict"><${Answer} sign=${sign} /></section>
            <${Kept} sign=${sign} on=${on} />`}
        </div>
      </div>`;
  },
  same({ sign }) {
    const person = sign.person || "ana";
    const quoted = JSON.stringify(person);
    const shell = /^[\w.-]+$/.test(person) ? person : `'${person.replaceAll("'", "'\\''")}'`;
    return {
      command: `shoestring verify ${shell} probe.strokes.json\nshoestring enrol ${shell} one.strokes.json two.strokes.json\nshoestring forget ${shell}`,
      rest: `curl ${location.origin}/v1/verify -H 'content-type: application/json' \\\n  --data "{\\"person\\": ${quoted.replaceAll('"', '\\"')}, \\"strokes\\": $(cat probe.strokes.json), \\"explain\\": true}"`,
      python: `import json\nfrom pathlib import Path\n\nimport shoestring\nfrom shoestring.data.stroke_files import from_page_json, read_signatures\n\nverifier = shoestring.load("pen")\ntemplate = verifier.enrol(list(read_signatures(Path("enrolled"))))\nprobe = from_page_json(json.loads(Path("probe.strokes.json").read_text()))\nprint(verifier.verify(template, probe).decision)`,
    };
  },
};
