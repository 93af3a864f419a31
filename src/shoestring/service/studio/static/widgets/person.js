/** Who signs: choose or add a person, see what is kept of them, and take it all back. */
import { Component, createRef, html } from "../html.js";
import { colour, prepare, watch } from "./canvas.js";
import { Icon } from "./icons.js";
import { fit, fromPage, paint } from "./ink.js";

const ADVISED = 5;

/** A small picture of a stored sample. */
export class Thumb extends Component {
  canvas = createRef();

  componentDidMount() {
    this.unwatch = watch(this.canvas.current, this.redraw);
  }

  componentDidUpdate(before) {
    if (before.page !== this.props.page) this.redraw();
  }

  componentWillUnmount() {
    this.unwatch();
  }

  redraw = () => {
    const { ctx, width, height } = prepare(this.canvas.current);
    if (!this.props.page) return;
    const { rows } = fromPage(this.props.page);
    paint(ctx, { rows, ...fit(rows, width, height, 6), colour: colour("ink"), weight: 0.55 });
  };

  render() {
    return html`<canvas class="thumb" ref=${this.canvas} aria-hidden="true"></canvas>`;
  }
}

function NewPerson({ sign, on }) {
  return html`<form class="stack new-person" onSubmit=${(event) => { event.preventDefault(); on.create(); }}>
    <div class="field"><label for="new-name">Name or number</label>
      <input id="new-name" type="text" required maxlength="64" autocomplete="off" value=${sign.newName} onInput=${(event) => on.edit({ newName: event.target.value })} /></div>
    <div class="field"><label for="new-consent">Consent <span class="muted">(what was agreed, and when)</span></label>
      <textarea id="new-consent" rows="2" maxlength="2000" value=${sign.consent} onInput=${(event) => on.edit({ consent: event.target.value })}></textarea></div>
    <div class="row"><button class="primary" type="submit" disabled=${!sign.newName.trim()}>Add</button>
      ${sign.people.length > 0 && html`<button type="button" class="quiet" onClick=${() => on.edit({ adding: false })}>Cancel</button>`}</div>
  </form>`;
}

function Progress({ count }) {
  const dots = Array.from({ length: Math.max(ADVISED, Math.min(count, 12)) }, (_none, index) => index);
  return html`<p class="progress" aria-label=${`${count} genuine samples; ${ADVISED} are advised`}>
    ${dots.map((index) => html`<i key=${index} class=${index < count ? "full" : ""}></i>`)}
    <span class="small">${count < ADVISED ? `${count} of the ${ADVISED} advised` : `${count} enrolled`}</span>
  </p>`;
}

function Samples({ sign, on }) {
  return html`<ul class="samples" aria-label="Stored samples">${sign.samples.map((sample) => html`<li key=${sample.sample} class=${sample.kind}>
    <${Thumb} page=${sign.pages[sample.sample]} />
    <span class="small">${sample.kind === "forgery" ? html`<${Icon} name="warn" />forgery` : sample.pointer ?? "genuine"}</span>
    <button class="quiet tiny" aria-label=${`Delete sample ${sample.sample}`} onClick=${() => on.deleteSample(sample.sample)}><${Icon} name="reject" /></button>
  </li>`)}</ul>`;
}

/** What `forget` proved. */
export function Proof({ proof }) {
  const { deleted, proof: found } = proof.answer;
  const counts = Object.entries(deleted).map(([what, n]) => `${n} ${what}`).join(", ");
  return html`<div class=${`notice ${found.found === 0 ? "good" : "bad"}`} role="status">
    <p><strong>${proof.person} is forgotten.</strong> Deleted: ${counts}.</p>
    <p class="small">Then ${found.searched_bytes.toLocaleString("en")} bytes in ${found.searched_files} files of the store were searched for ${found.needles} pieces of what was kept:
      ${" "}<strong>${found.found === null ? "the files could not be read" : found.found === 0 ? "nothing was found" : `${found.found} pieces are still there`}</strong>. ${found.note}</p>
  </div>`;
}

/** A modal question; the browser keeps the focus inside and gives it back. */
export class Question extends Component {
  dialog = createRef();

  componentDidMount() {
    this.dialog.current.showModal();
  }

  render({ title, text, action, onYes, onNo }) {
    return html`<dialog ref=${this.dialog} aria-labelledby="question" onClose=${onNo}><div class="sheet">
      <h2 id="question">${title}</h2><p>${text}</p>
      <div class="row"><button class="danger" onClick=${onYes}>${action}</button><button onClick=${() => this.dialog.current.close()}>Keep</button></div>
    </div></dialog>`;
  }
}

/**
 * Who signs, or the form for somebody new.
 * @param {{sign: any, on: Record<string, Function>}} props
 */
export function Person({ sign, on }) {
  const genuine = sign.samples.filter((sample) => sample.kind !== "forgery").length;
  const names = [...new Set([...sign.people, sign.person])].filter(Boolean);
  return html`<section class="card stack person" aria-labelledby="person-title">
    <div class="row spread"><h2 id="person-title">Who signs</h2>
      ${!sign.adding && html`<button class="quiet" onClick=${() => on.edit({ adding: true })}><${Icon} name="plus" />New person</button>`}</div>
    ${sign.adding ? html`<${NewPerson} sign=${sign} on=${on} />` : html`
      <label class="sr" for="who">Who signs</label>
      <select id="who" value=${sign.person} onChange=${(event) => on.choose(event.target.value)}>
        ${names.map((person) => html`<option key=${person} value=${person}>${person}</option>`)}
      </select>
      ${sign.more && html`<form class="field" onSubmit=${(event) => { event.preventDefault(); on.choose(event.target.elements.other.value); }}>
        <label for="other">Somebody further down the list</label><input id="other" name="other" type="text" placeholder="name, then Enter" /></form>`}
      ${sign.person && html`<${Progress} count=${genuine} />`}`}
    ${sign.proof && html`<${Proof} proof=${sign.proof} />`}
  </section>`;
}

/**
 * What is stored of the person, and how to take it back.
 * @param {{sign: any, on: Record<string, Function>}} props
 */
export function Kept({ sign, on }) {
  const asking = { forget: {
    title: `Forget ${sign.person}?`, action: "Forget", onYes: on.forget,
    text: "Every sample and the template are deleted, and the store is searched afterwards to prove it. This cannot be undone.",
  }, samples: {
    title: `Delete all samples of ${sign.person}?`, action: "Delete samples", onYes: on.deleteSamples,
    text: "The name and the consent stay; every signature and the template go.",
  } }[sign.asking];
  return html`<section class="card stack kept" aria-labelledby="kept-title">
    <h2 id="kept-title">What is kept</h2>
    <dl class="facts small">
      <div><dt>Template</dt><dd class="number">${sign.detail?.template_bytes ? `${sign.detail.template_bytes.toLocaleString("en")} bytes` : "none yet"}</dd></div>
      <div><dt>Consent</dt><dd>${sign.detail?.consent || "none recorded"}</dd></div>
    </dl>
    ${sign.samples.length > 0 && html`<${Samples} sign=${sign} on=${on} />`}
    <div class="row"><button class="quiet" disabled=${!sign.samples.length} onClick=${() => on.edit({ asking: "samples" })}>Delete samples</button>
      <button class="danger" onClick=${() => on.edit({ asking: "forget" })}>Forget ${sign.person}</button></div>
    ${asking && html`<${Question} ...${asking} onNo=${() => on.edit({ asking: "" })} />`}
  </section>`;
}
