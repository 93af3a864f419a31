/**
 * The one place where the studio keeps state.
 *
 * It is synchronous and lives outside the components on purpose. With state inside components a handler sees the value
 * of the last *render*: of 100 keys typed quickly about 40 then act on an item that is no longer the current one.
 * Here `set` has finished before the next event is handled; only painting is postponed to the next frame.
 */

const listeners = new Set();

/** @type {Record<string, any>} One slice for each page, plus what the shell needs. Read freely, write through `set`. */
export const state = {
  route: { page: "home", arg: "", params: {} },
  shell: { theme: "auto", help: false, menu: false, drawer: false, tab: "command", prefix: "", toast: "", copied: "" },
  server: { info: null, papers: null, problem: "" },
};

/**
 * Merge `patch` into one slice and tell the listeners before returning.
 * @param {string} slice
 * @param {object | ((current: any) => object)} patch
 */
export function set(slice, patch) {
  const current = state[slice] ?? {};
  state[slice] = { ...current, ...(typeof patch === "function" ? patch(current) : patch) };
  for (const listener of listeners) listener(slice);
}

/**
 * @param {(slice: string) => void} listener
 * @returns {() => void} stops listening
 */
export function subscribe(listener) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

let toastTimer = 0;

/** Say something short at the foot of the window; screen readers hear it too. */
export function toast(message) {
  clearTimeout(toastTimer);
  set("shell", { toast: message });
  toastTimer = setTimeout(() => set("shell", { toast: "" }), 4000);
}
