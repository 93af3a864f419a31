/** The frame around every page: skip link, left rail, top bar, key list, drawer, toast. */
import { html } from "../html.js";
import { set, toast } from "../store.js";
import { copy } from "./copy.js";
import { Drawer } from "./drawer.js";
import { GLOBAL_KEYS, nextTheme } from "./keys.js";
import { Icon } from "./icons.js";

const RAIL = [
  ["", ["home", "learn"]],
  ["Work", ["sign", "faces", "search", "label", "agents", "draw"]],
  ["Inspect", ["runs", "bandwidth", "activations"]],
];

function Rail({ state, pages }) {
  const link = (name) => {
    const page = pages[name];
    const here = state.route.page === name;
    return html`<li key=${name}>
      <a href=${name === "home" ? "/" : `/${name}`} aria-current=${here ? "page" : null} class=${page.built ? "" : "planned"}>
        <${Icon} name=${name} /><span>${page.title}</span>
        ${!page.built && html`<small>not built yet</small>`}
      </a>
    </li>`;
  };
  return html`<nav class=${`rail${state.shell.menu ? " open" : ""}`} id="rail" aria-label="Pages">
    <a class="brand" href="/"><${Icon} name="lace" /><span>shoestring</span></a>
    ${RAIL.map(([title, names]) => html`<div key=${title}>
      ${title && html`<p class="rail-title">${title}</p>`}
      <ul>${names.map(link)}</ul>
    </div>`)}
    <div class="rail-foot">
      <a href="/docs">API reference</a>
      <span>${state.server.info ? `version ${state.server.info.version}` : state.server.problem ? "server not reached" : ""}</span>
    </div>
  </nav>`;
}

async function permalink() {
  toast((await copy(location.href)) ? "Link to this view copied." : `Copy this address: ${location.href}`);
}

function TopBar({ state, page }) {
  const theme = state.shell.theme;
  return html`<header class="top">
    <button class="quiet menu-button" aria-expanded=${String(state.shell.menu)} aria-controls="rail"
      onClick=${() => set("shell", (shell) => ({ menu: !shell.menu }))}><${Icon} name="menu" /><span class="sr">Pages</span></button>
    <h1>${page.title}</h1>
    <div class="top-actions">
      <button class="quiet" onClick=${permalink}><${Icon} name="link" /><span class="wide">Permalink</span></button>
      <button class="quiet" onClick=${nextTheme} aria-label=${`Colours: ${theme}. Change.`}>
        <${Icon} name=${theme} /><span class="wide">${theme === "auto" ? "Auto" : theme === "dark" ? "Dark" : "Light"}</span>
      </button>
      <button class="quiet" aria-expanded=${String(state.shell.help)} onClick=${() => set("shell", (shell) => ({ help: !shell.help }))}>
        <kbd>?</kbd><span class="wide">Keys</span>
      </button>
    </div>
  </header>`;
}

function KeyList({ keys, title }) {
  if (!keys.length) return null;
  return html`<section>
    <h3>${title}</h3>
    <dl>${keys.map(({ key, label }) => html`<div key=${key}>
      <dt>${key.split(" ").filter(Boolean).length
        ? key.split(" ").map((part) => html`<kbd>${part}</kbd>`)
        : html`<kbd>space</kbd>`}</dt><dd>${label}</dd>
    </div>`)}</dl>
  </section>`;
}

function Help({ state, page }) {
  const own = page.keys?.(state) ?? [];
  return html`<div class="overlay" role="dialog" aria-modal="true" aria-labelledby="help-title"
    onClick=${(event) => event.target === event.currentTarget && set("shell", { help: false })}>
    <div class="sheet help">
      <h2 id="help-title">Keys</h2>
      <${KeyList} title=${page.title} keys=${own} />
      <${KeyList} title="Everywhere" keys=${GLOBAL_KEYS.filter(({ key }) => !own.some((one) => one.key === key))} />
      <button ref=${(node) => node?.focus()} onClick=${() => set("shell", { help: false })}>Close</button>
    </div>
  </div>`;
}

/** The whole window. */
export function Shell({ state, page, pages }) {
  return html`
    <a class="skip" href="#main">Skip to the page</a>
    <${Rail} state=${state} pages=${pages} />
    <div class="column">
      <${TopBar} state=${state} page=${page} />
      <main id="main" tabindex="-1">
        ${state.server.problem && html`<p class="notice bad" role="alert">${state.server.problem}</p>`}
        ${page.view(state)}
      </main>
      <${Drawer} shell=${state.shell} same=${page.same?.(state)} />
    </div>
    ${state.shell.help && html`<${Help} state=${state} page=${page} />`}
    <div class=${`toast${state.shell.toast ? " shown" : ""}`} role="status" aria-live="polite">${state.shell.toast}</div>
  `;
}
