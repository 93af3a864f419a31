/** Paths and permalinks: `/runs?x=env_steps` is a page, an argument and parameters; all page state that matters is in it. */
import { set, state } from "./store.js";

let known = new Set();

/** @returns {{page: string, arg: string, params: Record<string, string>}} */
export function parse(href) {
  const url = new URL(href, location.origin);
  const [page = "", ...rest] = url.pathname.split("/").filter(Boolean);
  return {
    page: page || "home",
    arg: decodeURIComponent(rest.join("/")),
    params: Object.fromEntries(url.searchParams),
  };
}

/** @returns {string} the path that `parse` reads back; empty parameters are left out */
export function format(page, arg = "", params = {}) {
  const path = page === "home" ? "/" : `/${page}${arg ? `/${encodeURIComponent(arg)}` : ""}`;
  const filled = Object.entries(params).filter(([, value]) => value !== "" && value !== null && value !== undefined);
  const query = new URLSearchParams(filled.map(([key, value]) => [key, String(value)])).toString();
  return query ? `${path}?${query}` : path;
}

/** Go to a studio path and put it in the history. */
export function navigate(href) {
  history.pushState(null, "", href);
  follow();
  document.getElementById("main")?.focus({ preventScroll: true });
  scrollTo(0, 0);
}

/** Keep the address equal to what is shown, without a history entry for each slider step. */
export function mirror(params) {
  const href = format(state.route.page, state.route.arg, params);
  if (href !== location.pathname + location.search) history.replaceState(null, "", href);
}

function follow() {
  set("route", parse(location.href));
}

/** Start listening. `pages` are the first path segments that belong to the studio; other links load normally. */
export function start(pages) {
  known = new Set(pages);
  addEventListener("popstate", follow);
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("a[href]");
    if (!link || event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey) return;
    if (link.origin !== location.origin || link.target || link.hasAttribute("download")) return;
    if (link.getAttribute("href").startsWith("#") || !known.has(parse(link.href).page)) return;
    event.preventDefault();
    navigate(link.href);
  });
  follow();
}
