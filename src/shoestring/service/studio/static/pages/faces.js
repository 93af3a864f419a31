/** Faces: photograph, enrol, verify with a bound, and see what this gallery supports. */
import { html } from "../html.js";
import { People } from "../widgets/facepeople.js";
import { Gallery } from "../widgets/gallery.js";
import { Quality, Stage } from "../widgets/stage.js";
import { Verdict } from "../widgets/verdict.js";
import * as on from "./faces_actions.js";

function Tools({ faces }) {
  const idle = faces.picture?.look && !faces.picture.look.refusals.length && faces.person && faces.model;
  return html`<div class="row tools">
    <button class="primary" disabled=${!idle || !faces.samples.length} onClick=${on.verify}>Verify${faces.person && ` ${faces.person}`}<kbd>v</kbd></button>
    <button disabled=${!idle} onClick=${on.enrol}>Enrol${faces.person && ` ${faces.person}`}<kbd>e</kbd></button>
  </div>`;
}

/** Said instead of a page that cannot work yet. */
function NoModel({ faces }) {
  return html`<section class="card stack" aria-labelledby="no-model">
    <h2 id="no-model">There is no model for faces here yet</h2>
    <p>None comes with the package: a model that knows faces has to be trained on photographs of people who agreed to it, sorted into one folder a person. Sixty people or more are needed before anything can be promised.</p>
    <form class="stack" onSubmit=${(event) => { event.preventDefault(); on.train(faces.folder.trim(), "face"); }}>
      <div class="field"><label for="folder">Folder on this machine</label>
        <input id="folder" type="text" autocomplete="off" placeholder="/data/faces" value=${faces.folder} onInput=${(event) => on.edit({ folder: event.target.value })} /></div>
      <div class="row"><button class="primary" type="submit" disabled=${!faces.folder.trim()}>Train face-patterns</button>
        <button type="button" class="quiet" onClick=${() => on.train("synthetic", "none")}>Train on drawn faces, to try the page</button></div>
    </form>
    <p class="small muted">A model of drawn faces tells drawn faces apart and is worth nothing for photographs. Whoever has a model already serves it with <code>shoestring studio --face MODEL</code>.</p>
    ${faces.started && html`<p class="notice good" role="status">Training: <a href=${`/runs?open=${faces.started}`}>${faces.started}</a>. <button class="quiet" onClick=${() => on.load({})}>Look whether it is done</button></p>`}
  </section>`;
}

function Answer({ faces }) {
  if (faces.decision) return html`<${Verdict} decision=${faces.decision} />`;
  const count = faces.samples.length;
  const next = !faces.person ? "Add a person, with what they agreed to."
    : count === 0 ? `Choose a picture of ${faces.person} and press e to enrol it. A few pictures on different days are better than many of one moment.`
      : `${faces.person} has ${count} ${count === 1 ? "picture" : "pictures"}. Choose a new one and press v to verify it.`;
  return html`<div class="verdict-empty"><p class="lead">${next}</p></div>`;
}

export default {
  title: "Faces",
  built: true,
  enter(route) {
    on.listen();
    on.load(route.params);
  },
  leave: on.leave,
  link: ({ faces }) => (faces.loaded ? { person: faces.person, t: faces.threshold === null ? "" : Number(faces.threshold.toPrecision(6)) } : null),
  keys: () => [
    { key: "o", label: "choose a file", run: () => document.getElementById("photo")?.click() },
    { key: "c", label: "use the camera; take the picture", run: on.camera },
    { key: "e", label: "enrol the picture", run: on.enrol },
    { key: "v", label: "verify the picture", run: on.verify },
    { key: "x", label: "clear the picture", run: on.clear },
    { key: ",", label: "threshold lower", run: () => on.nudge(-1) },
    { key: ".", label: "threshold higher", run: () => on.nudge(1) },
  ],
  view({ faces }) {
    const { picture, gallery } = faces;
    if (!faces.loaded && !faces.problem) return html`<p class="lead">Loading…</p>`;
    return html`<div class="faces">
      <div class="stack faces-left">
        ${faces.loaded && !faces.model && html`<${NoModel} faces=${faces} />`}
        <section class="card stack" aria-label="Picture">
          <${Stage} faces=${faces} on=${on} />
          ${picture?.look && html`<${Quality} look=${picture.look} />`}
          <${Tools} faces=${faces} />
          <p class="sr" role="status">${faces.busy}</p>
          ${faces.problem && html`<p class="notice bad" role="alert">${faces.problem}</p>`}
        </section>
        ${gallery && faces.model && html`<section class="card stack" aria-labelledby="gallery-title"><h2 id="gallery-title">What this gallery says about a threshold</h2>
          <${Gallery} gallery=${gallery} place=${gallery.missing.length ? 0 : on.at(faces)} onMove=${(threshold) => on.edit({ threshold })} /></section>`}
      </div>
      <div class="stack faces-right">
        ${faces.model && !faces.adding && html`<section class="card" aria-label="Verdict"><${Answer} faces=${faces} /></section>`}
        <${People} faces=${faces} on=${on} />
      </div>
    </div>`;
  },
  same({ faces }) {
    const person = faces.person || "ana";
    const shell = /^[\w.-]+$/.test(person) ? person : `'${person.replaceAll("'", "'\\''")}'`;
    const form = person.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("'", "'\\''");
    return {
      command: `shoestring verify ${shell} probe.jpg\nshoestring enrol ${shell} one.jpg two.jpg --consent 'agreed on paper'\nshoestring forget ${shell}`,
      rest: `curl ${location.origin}/v1/verify -F 'person="${form}"' -F image=@probe.jpg\ncurl ${location.origin}/v1/gallery`,
      python: `from pathlib import Path\n\nimport shoestring\nfrom shoestring.data.faces import FaceRules\nfrom shoestring.data.image_decode import read_image\n\nverifier = shoestring.load(${JSON.stringify((faces.model ?? "runs/ID/model").replace(/^run:/, ""))})\nface = lambda path: FaceRules().crop(read_image(path))\ntemplate = verifier.enrol([face(path) for path in sorted(Path("enrolled").glob("*.jpg"))])\nprint(verifier.verify(template, face(Path("probe.jpg"))).decision)`,
    };
  },
};
