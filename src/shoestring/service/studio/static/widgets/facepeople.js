/** Who is enrolled with pictures: consent, what is kept, and how it is taken back. */
import { html } from "../html.js";
import { segment } from "../api.js";
import { Icon } from "./icons.js";
import { Proof, Question } from "./person.js";

function NewPerson({ faces, on }) {
  return html`<form class="stack new-person" onSubmit=${(event) => { event.preventDefault(); on.create(); }}>
    <div class="field"><label for="new-name">Name or number</label>
      <input id="new-name" type="text" required maxlength="64" autocomplete="off" value=${faces.newName} onInput=${(event) => on.edit({ newName: event.target.value })} /></div>
    <div class="field"><label for="new-consent">Consent <span class="muted">(what was agreed, and when)</span></label>
      <textarea id="new-consent" rows="2" maxlength="2000" value=${faces.consent} onInput=${(event) => on.edit({ consent: event.target.value })}></textarea></div>
    <div class="row check"><input id="new-many" type="checkbox" checked=${faces.oneToMany} disabled=${!faces.consent.trim()} onChange=${(event) => on.edit({ oneToMany: event.target.checked })} />
      <label for="new-many">The consent covers being looked for among everybody</label></div>
    <div class="row"><button class="primary" type="submit" disabled=${!faces.newName.trim()}>Add</button>
      ${faces.people.length > 0 && html`<button type="button" class="quiet" onClick=${() => on.edit({ adding: false })}>Cancel</button>`}</div>
  </form>`;
}

const day = (time) => (time ? time.slice(0, 10) : "");

function Table({ faces, on }) {
  return html`<div class="scroll-x people-table"><table aria-label="People">
    <thead><tr><th>Name</th><th>Pictures</th><th>Consent</th><th>Search</th><th><span class="sr">Forget</span></th></tr></thead>
    <tbody>${faces.people.map((person) => html`<tr key=${person.name} class=${person.name === faces.person ? "here" : ""}>
      <td><button class="quiet name" aria-pressed=${String(person.name === faces.person)} onClick=${() => on.pick(person.name)}>${person.name}</button></td>
      <td class="number">${person.pictures}</td>
      <td class="date" title=${person.consent ?? ""}>${person.consent ? day(person.consented) || "yes" : html`<span class="chip unsure">none</span>`}</td>
      <td><input type="checkbox" aria-label=${`${person.name} may be looked for among everybody`} checked=${person.one_to_many} disabled=${!person.consent}
        onChange=${(event) => on.allow(person.name, event.target.checked)} /></td>
      <td><button class="quiet" aria-label=${`Forget ${person.name}`} onClick=${() => on.edit({ asking: person.name })}>Forget</button></td>
    </tr>`)}</tbody>
  </table></div>`;
}

function Samples({ faces, on }) {
  const image = (sample) => `/v1/people/${segment(faces.person)}/samples/${segment(sample)}/image`;
  return html`<ul class="samples faces-samples" aria-label=${`Pictures of ${faces.person}`}>${faces.samples.map((sample) => html`<li key=${sample.sample}>
    ${sample.image_kept ? html`<img src=${image(sample.sample)} alt="" />` : html`<p class="vector small">vector only</p>`}
    <span class="small">${sample.pointer}, ${day(sample.created)}</span>
    <button class="quiet tiny" aria-label=${`Delete picture ${sample.sample}`} onClick=${() => on.deleteSample(sample.sample)}><${Icon} name="reject" /></button>
  </li>`)}</ul>`;
}

/** @param {{faces: any, on: Record<string, Function>}} props */
export function People({ faces, on }) {
  const text = "Every vector, every picture and the template are deleted, and the store is searched afterwards to prove it. This cannot be undone.";
  return html`<section class="card stack" aria-labelledby="people-title">
    <div class="row spread"><h2 id="people-title">People</h2>
      ${!faces.adding && html`<button class="quiet" onClick=${() => on.edit({ adding: true })}><${Icon} name="plus" />New person</button>`}</div>
    ${faces.adding && html`<${NewPerson} faces=${faces} on=${on} />`}
    ${faces.people.length > 0 && html`<${Table} faces=${faces} on=${on} />`}
    ${faces.more && html`<p class="small muted">Only the first ${faces.people.length.toLocaleString("en")} are listed.</p>`}
    ${faces.samples.length > 0 && html`<${Samples} faces=${faces} on=${on} />`}
    <p class="small muted">${faces.keeps ? "This server keeps the crops of enrolled pictures (--keep-images)." : "Pictures are not kept: of each enrolled one a vector is stored. It is no picture, but it is personal data all the same: likenesses have been computed back from such vectors."}</p>
    ${faces.proof && html`<${Proof} proof=${faces.proof} />`}
    ${faces.asking && html`<${Question} title=${`Forget ${faces.asking}?`} action="Forget" text=${text} onYes=${on.forget} onNo=${() => on.edit({ asking: "" })} />`}
  </section>`;
}
