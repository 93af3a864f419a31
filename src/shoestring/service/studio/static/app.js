/** The studio: which pages exist, and the loop store -> paint. */
import { html, render } from "./html.js";
import { get } from "./api.js";
import { mirror, start } from "./router.js";
import { set, state, subscribe } from "./store.js";
import { listen } from "./widgets/keys.js";
import { Shell } from "./widgets/shell.js";
import activations from "./pages/activations.js";
import agents from "./pages/agents.js";
import bandwidth from "./pages/bandwidth.js";
import faces from "./pages/faces.js";
import home from "./pages/home.js";
import learn from "./pages/learn.js";
import runs from "./pages/runs.js";
import search from "./pages/search.js";
import sign from "./pages/sign.js";
import { planned } from "./pages/planned.js";

/**
 * What a page is: `title`; `enter(route)` when it opens or its address changes; `leave()`; `view(state)`; `keys(state)`;
 * `same(state)` -> the same as {command, rest, python}; `link(state)` -> parameters of the permalink, null while loading.
 */
const PAGES = { home, learn, sign, faces, search, runs, agents, bandwidth, activations, ...planned };

let open = null;

const current = () => PAGES[state.route.page] ?? planned.missing;

function enter() {
  const page = current();
  if (open !== page) open?.leave?.();
  open = page;
  document.title = page.title === "Home" ? "shoestring studio" : `${page.title} · shoestring`;
  set("shell", { help: false, menu: false });
  page.enter?.(state.route);
}

function paint() {
  const { theme } = state.shell;
  if (theme === "auto") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
  const params = current().link?.(state);
  if (params) mirror(params);
  render(html`<${Shell} state=${state} page=${current()} pages=${PAGES} />`, document.getElementById("app"));
}

let waiting = false;
subscribe((slice) => {
  if (slice === "route") enter();
  if (waiting) return;
  waiting = true;
  requestAnimationFrame(() => {
    waiting = false;
    paint();
  });
});

async function greet() {
  try {
    const [info, papers] = await Promise.all([get("/info"), get("/papers")]);
    set("server", { info, papers: papers.papers ?? papers, problem: "" });
  } catch (error) {
    set("server", { problem: error.message });
  }
}

set("shell", { theme: localStorage.getItem("shoestring.theme") ?? "auto" });
listen(() => current().keys?.(state) ?? []);
start(Object.keys(PAGES).filter((name) => name !== "missing"));
greet();
