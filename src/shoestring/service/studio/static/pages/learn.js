/** Learn: the thirteen articles, and for a built one its claims as last measured. */
import { html } from "../html.js";
import { ApiError, get, segment } from "../api.js";
import { set, state } from "../store.js";
import { Icon } from "../widgets/icons.js";
import { scarcity } from "./home.js";

state.learn = { slug: "", paper: null, problem: "" };

const VERDICTS = {
  "met": ["good", "accept"],
  "met in direction": ["unsure", "accept"],
  "not met": ["bad", "reject"],
  "not testable here": ["plain", "undecided"],
};

async function open(slug) {
  set("learn", { slug, paper: null, problem: "" });
  if (!slug) return;
  try {
    const paper = await get(`/papers/${segment(slug)}`);
    if (state.learn.slug === slug) set("learn", { paper });
  } catch (error) {
    if (error instanceof ApiError && state.learn.slug === slug) set("learn", { problem: error.message });
  }
}

const figure = (value) => (typeof value === "number" ? Number(value.toPrecision(4)).toLocaleString("en", { maximumFractionDigits: 6 }) : value ?? "–");

function Verdict({ word }) {
  const [tone, icon] = VERDICTS[word] ?? ["plain", "undecided"];
  return html`<span class=${`chip ${tone}`}><${Icon} name=${icon} />${word ?? "not measured yet"}</span>`;
}

function Claims({ claims }) {
  return html`<div class="scroll-x"><table class="claims">
    <caption class="sr">Claims of the article, published and measured here</caption>
    <thead><tr><th scope="col">Claim</th><th scope="col">Published</th><th scope="col">Here</th><th scope="col">95 % interval</th><th scope="col">Verdict</th></tr></thead>
    <tbody>${claims.map((claim) => html`<tr key=${claim.id}>
      <td><p>${claim.statement}</p><p class="small muted">${claim.source}${claim.why ? `. ${claim.why}` : ""}</p></td>
      <td class="number">${figure(claim.published)}</td>
      <td class="number">${figure(claim.ours)}</td>
      <td class="number">${claim.low === null || claim.low === undefined ? "–" : `${figure(claim.low)} to ${figure(claim.high)}`}</td>
      <td><${Verdict} word=${claim.verdict} /></td>
    </tr>`)}</tbody>
  </table></div>`;
}

function Article({ paper, learn }) {
  if (learn.problem && !paper) return html`<p class="notice bad" role="alert">${learn.problem}</p>`;
  if (!paper) return html`<p class="muted">Loading…</p>`;
  const claims = learn.paper?.claims ?? paper.claims ?? [];
  return html`
    <p><a href="/learn">All articles</a></p>
    <h2 class="article-title">${paper.title}</h2>
    <p class="lead">${paper.headline}</p>
    ${!paper.built && html`<p class="notice">This article is not built yet: no recipe, no measurement, no page. What stands above is the statement that will be measured.</p>`}
    ${paper.built && claims.length > 0 && html`<section class="card stack"><h3>Claims</h3><${Claims} claims=${claims} />
      ${learn.paper?.quick && html`<p class="small muted">Measured with the quick sizes: <code>shoestring reproduce ${paper.slug}</code> measures them in full.</p>`}</section>`}
    ${paper.built && claims.length === 0 && html`<p class="notice">The claims were not measured on this machine yet. Run <code>shoestring reproduce ${paper.slug} --quick</code>.</p>`}
    ${paper.built && paper.slug === "powersgd" && html`<p class="row"><a class="button" href="/bandwidth">See what a step costs</a> <a class="button" href="/runs?preset=powersgd-images">Train it</a></p>`}
    ${paper.built && paper.slug === "bromley1993" && html`<p class="row"><a class="button" href="/sign">Try it with your own signature</a> <a class="button" href="/runs?preset=bromley1993">Train it</a></p>`}
    ${paper.built && paper.slug === "activations" && html`<p class="row"><a class="button" href="/activations">See the gallery</a> <a class="button" href="/activations?f=relu&d=-3,-0.3;-1,-0.2;0,0;1,1;3,2.5">Draw your own</a></p>`}`;
}

function List({ papers }) {
  return html`
    <p class="lead">Thirteen articles. Each becomes a recipe you can run, claims measured again, and a page that shows both.</p>
    <ol class="paper-list">${papers.map((paper) => html`<li key=${paper.slug} class=${scarcity(paper)}>
      <a href=${`/learn/${paper.slug}`} class=${paper.built ? "" : "planned"}>${paper.title}</a>
      <p class="muted">${paper.headline}</p>
      <p class="row small"><span class="muted">scarce: ${paper.scarce}</span>
        ${paper.built ? html`<span class="chip good"><${Icon} name="accept" />built</span>` : html`<span class="chip plain">not built yet</span>`}</p>
    </li>`)}</ol>`;
}

export default {
  title: "Learn",
  built: true,
  enter: (route) => open(route.arg),
  view({ learn, server }) {
    if (!server.papers) return html`<p class="muted">${server.problem ? "" : "Loading…"}</p>`;
    if (!learn.slug) return html`<${List} papers=${server.papers} />`;
    const listed = server.papers.find((paper) => paper.slug === learn.slug);
    return html`<${Article} paper=${listed} learn=${listed ? learn : { problem: `There is no article “${learn.slug}”.` }} />`;
  },
  same: ({ learn }) => (learn.slug
    ? {
      command: `shoestring reproduce ${learn.slug} --quick --json`,
      rest: `curl ${location.origin}/v1/papers/${learn.slug}`,
      python: `import httpx\n\nprint(httpx.get("${location.origin}/v1/papers/${learn.slug}").json()["claims"])`,
    }
    : {
      command: "shoestring list papers --json",
      rest: `curl ${location.origin}/v1/papers`,
      python: `import httpx\n\nprint(httpx.get("${location.origin}/v1/papers").json())`,
    }),
};
