/** Home: which thing is scarce, where to start, what this machine has. */
import { html } from "../html.js";
import { Drawing } from "../widgets/drawings.js";
import { Icon } from "../widgets/icons.js";
import { percent } from "../widgets/verdict.js";

/** The four scarce things; `budgets` are the words the articles of GET /v1/papers use. */
const SCARCITIES = [
  { name: "labels", title: "Labels", text: "Somebody must say what each item is, and that person’s time is short.", unit: "one answer by a person on one item", kinds: ["labels", "labels per identity"] },
  { name: "rewards", title: "Rewards", text: "Every try in the world costs, and most tries tell nothing.", unit: "one action in one environment", kinds: ["env_steps", "env steps", "rewards"] },
  { name: "comparisons", title: "Comparisons", text: "People can say “same” or “different”, but only for a few pairs.", unit: "one same-or-different answer", kinds: ["comparisons"] },
  { name: "bandwidth", title: "Bandwidth", text: "Machines learn together over a link that is slower than they are.", unit: "one byte sent by one worker", kinds: ["bytes", "bandwidth"] },
];

const JOURNEYS = [
  { href: "/sign", icon: "sign", title: "Check a signature", text: "Draw yours five times, then once more. You get accept, reject or undecided, with the bound the evidence supports." },
  { href: "/agents", icon: "agents", title: "Watch an agent learn", text: "Train one here, replay its episodes of every age, and move λ while the advantages change." },
  { href: "/runs", icon: "runs", title: "Train something", text: "Start a preset on this machine, and read every result per unit of budget." },
  { href: "/learn/bromley1993", icon: "learn", title: "Read an article", text: "What the paper claims, what was measured again here, and the verdict." },
];

/** @returns {string} the scarcity an article belongs to; an article may be short of something else, which then names itself */
export function scarcity(paper) {
  return SCARCITIES.find(({ kinds }) => kinds.includes(paper.scarce))?.name ?? paper.scarce;
}

const ORDER = SCARCITIES.map(({ name }) => name);
const rank = (paper) => (ORDER.indexOf(scarcity(paper)) + ORDER.length + 1) % (ORDER.length + 1);

function Scarcity({ entry, papers }) {
  const mine = papers.filter((paper) => scarcity(paper) === entry.name);
  return html`<article class=${`card scarcity ${entry.name}`}>
    <${Drawing} name=${entry.name} />
    <h3>${entry.title}</h3>
    <p>${entry.text}</p>
    <p class="small muted">Counted as ${entry.unit}.</p>
    <p class="small count">${mine.length === 1 ? "one article" : `${mine.length} articles`}</p>
  </article>`;
}

const verifies = ({ kind }) => kind === undefined || kind === null || kind === "verifier";

function Machine({ info }) {
  if (!info) return html`<p class="muted">Asking the server…</p>`;
  const models = info.models ?? [];
  return html`<div class="scroll-x"><table>
    <caption class="sr">Models that are ready</caption>
    <thead><tr><th scope="col">Model</th><th scope="col">Takes</th><th scope="col">Template</th><th scope="col">False accepts aimed at</th><th scope="col">Calibrated on</th><th scope="col">Fingerprint</th></tr></thead>
    <tbody>${models.map((model) => html`<tr key=${model.name}>
      <td>${model.name}${model.problem && html`<p class="small">${model.problem}</p>`}</td><td>${model.title ?? model.modality ?? "–"}</td>
      <td class="number">${model.template_bytes ? `${model.template_bytes.toLocaleString("en")} bytes` : verifies(model) ? "nobody enrolled yet" : "none: makes vectors"}</td>
      <td class="number">${model.target_false_accept ? `at most ${percent(model.target_false_accept)}` : verifies(model) ? "not stated" : "–"}</td>
      <td class="number">${model.evidence_people ? `${model.evidence_people} people` : verifies(model) ? "not stated" : "–"}</td>
      <td><code>${model.fingerprint ?? "–"}</code></td>
    </tr>`)}</tbody>
  </table></div>
  ${models.length === 0 && html`<p>No model is loaded.</p>`}`;
}

export default {
  title: "Home",
  built: true,
  view({ server }) {
    const papers = server.papers ?? [];
    const built = papers.filter((paper) => paper.built).length;
    return html`
      <section class="hero">
        <h2>Learning on a shoestring</h2>
        <p class="lead">Thirteen articles on learning when labels, rewards, comparisons or bandwidth are scarce, as working systems.
          Every run has a budget, and every result is read per unit of it.</p>
      </section>
      <section aria-labelledby="start-title">
        <h2 id="start-title">Start here</h2>
        <div class="journeys">${JOURNEYS.map((journey) => html`<a class="card journey" key=${journey.href} href=${journey.href}>
          <${Icon} name=${journey.icon} /><div><h3>${journey.title}</h3><p class="muted">${journey.text}</p></div>
        </a>`)}</div>
      </section>
      <section aria-labelledby="scarce-title">
        <h2 id="scarce-title">What is scarce for you?</h2>
        <div class="scarcities">${SCARCITIES.map((entry) => html`<${Scarcity} key=${entry.name} entry=${entry} papers=${papers} />`)}</div>
      </section>
      <section aria-labelledby="articles-title">
        <div class="row spread"><h2 id="articles-title">The articles</h2>
          <p class="muted small">${papers.length > 0 && `${built} of ${papers.length} built so far`}</p></div>
        <ul class="articles">${[...papers].sort((a, b) => rank(a) - rank(b)).map((paper) => html`<li key=${paper.slug} class=${scarcity(paper)}>
          <a href=${`/learn/${paper.slug}`} class=${paper.built ? "" : "planned"}>${paper.title}</a>
          <small class="muted"><span class="tone">${scarcity(paper)}</span>${paper.built ? "" : " · not built yet"}</small>
        </li>`)}</ul>
      </section>
      <section class="card stack" aria-labelledby="machine-title">
        <h2 id="machine-title">Ready on this machine</h2>
        <${Machine} info=${server.info} />
      </section>`;
  },
  same: () => ({
    command: "shoestring list papers\nshoestring doctor",
    rest: `curl ${location.origin}/v1/info\ncurl ${location.origin}/v1/papers`,
    python: "import shoestring\n\nprint(shoestring.__version__)",
  }),
};
