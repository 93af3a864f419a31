/**
 * One key listener for the whole studio. What a key does is looked up when it is pressed, in the synchronous store,
 * never in a closure from the last render.
 */
import { set, state } from "../store.js";
import { navigate } from "../router.js";

/** @typedef {{key: string, label: string, run: () => void}} Key */

const PLACES = { h: "/", l: "/learn", s: "/sign", f: "/faces", r: "/runs", a: "/activations" };

/** @type {Key[]} */
export const GLOBAL_KEYS = [
  { key: "?", label: "show or hide this list", run: () => set("shell", (shell) => ({ help: !shell.help })) },
  { key: "d", label: "open or close “The same as…”", run: () => set("shell", (shell) => ({ drawer: !shell.drawer })) },
  { key: "t", label: "light, dark, automatic", run: nextTheme },
  { key: "g h", label: "go to Home", run: () => navigate(PLACES.h) },
  { key: "g l", label: "go to Learn", run: () => navigate(PLACES.l) },
  { key: "g s", label: "go to Sign", run: () => navigate(PLACES.s) },
  { key: "g f", label: "go to Faces", run: () => navigate(PLACES.f) },
  { key: "g r", label: "go to Runs", run: () => navigate(PLACES.r) },
  { key: "g a", label: "go to Activations", run: () => navigate(PLACES.a) },
  { key: "Escape", label: "close what is open", run: () => set("shell", { help: false, menu: false, prefix: "" }) },
];

export const THEMES = ["auto", "light", "dark"];

/** Light, dark or as the system says; kept for the next visit. */
export function nextTheme() {
  const theme = THEMES[(THEMES.indexOf(state.shell.theme) + 1) % THEMES.length];
  localStorage.setItem("shoestring.theme", theme);
  set("shell", { theme });
}

/** Does the element need this key for itself? */
function wants(element, key) {
  if (!(element instanceof Element)) return false;
  if (element.closest("dialog[open]") && key !== "Escape") return true;
  if (element.matches("textarea, select, [contenteditable]")) return true;
  if (element.matches("input")) {
    const typing = !["range", "checkbox", "radio", "button"].includes(element.type);
    return typing || key === " " || key.startsWith("Arrow");
  }
  return element.matches("button, a, summary, [role=tab]") && (key === " " || key === "Enter" || key.startsWith("Arrow"));
}

/** @param {() => Key[]} pageKeys the keys of the page that is open now */
export function listen(pageKeys) {
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || wants(event.target, event.key)) return;
    const pressed = state.shell.prefix ? `${state.shell.prefix} ${event.key}` : event.key;
    if (state.shell.prefix) set("shell", { prefix: "" });
    if (pressed === "g") {
      set("shell", { prefix: "g" });
      return;
    }
    const found = [...pageKeys(), ...GLOBAL_KEYS].find((entry) => entry.key === pressed);
    if (!found || (state.shell.help && !["?", "Escape"].includes(pressed))) return;
    event.preventDefault();
    found.run();
  });
}
