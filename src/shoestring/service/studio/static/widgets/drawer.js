/** "The same as": what the page shows, as a command, as a request and as Python, always from the current state. */
import { html } from "../html.js";
import { set, toast } from "../store.js";
import { copy } from "./copy.js";
import { Icon } from "./icons.js";

const TABS = { command: "Command", rest: "REST", python: "Python" };

async function copyCode(code) {
  toast((await copy(code)) ? "Copied." : "The browser does not allow copying: select the text instead.");
}

/** @param {{shell: any, same?: {command: string, rest: string, python: string}}} props */
export function Drawer({ shell, same }) {
  if (!same) return null;
  const code = same[shell.tab];
  const pick = (tab) => set("shell", { tab, drawer: true });
  const arrows = (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const names = Object.keys(TABS);
    const next = names[(names.indexOf(shell.tab) + step + names.length) % names.length];
    pick(next);
    event.currentTarget.querySelector(`#tab-${next}`).focus();
  };
  return html`<section class=${`drawer${shell.drawer ? " open" : ""}`} aria-label="The same as a command, a request or Python">
    <div class="drawer-bar">
      <button class="quiet drawer-toggle" aria-expanded=${String(shell.drawer)} aria-controls="drawer-code"
        onClick=${() => set("shell", { drawer: !shell.drawer })}>
        <${Icon} name=${shell.drawer ? "down" : "up"} /><span>The same as</span>
      </button>
      <div class="tabs" role="tablist" aria-label="Form" onKeyDown=${arrows}>
        ${Object.entries(TABS).map(([tab, label]) => html`<button key=${tab} id=${`tab-${tab}`} role="tab" class="quiet"
          aria-selected=${String(shell.tab === tab)} aria-controls="drawer-code" tabindex=${shell.tab === tab ? 0 : -1}
          onClick=${() => pick(tab)}>${label}</button>`)}
      </div>
      ${!shell.drawer && html`<code class="drawer-peek" title=${code}>${code.split("\n")[0]}</code>`}
      <button class="quiet drawer-copy" onClick=${() => copyCode(code)}><${Icon} name="copy" /><span class="wide">Copy</span></button>
    </div>
    <pre id="drawer-code" role="tabpanel" aria-labelledby=${`tab-${shell.tab}`} tabindex="0" hidden=${!shell.drawer}><code>${code}</code></pre>
  </section>`;
}
