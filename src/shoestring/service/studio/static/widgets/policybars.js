/** How the policy chose at one step: a bar for each action, or a mean with its deviation for each number. */
import { html } from "../html.js";

const percent = (p) => `${(100 * p).toFixed(p < 0.0995 ? 1 : 0)} %`;

export const actionName = (scene, action) => (Array.isArray(action) ? action.map((a) => a.toFixed(2)).join(", ") : scene.actions[action] ?? `action ${action}`);

function Bars({ scene, chance, action }) {
  return html`<table class="policy-bars"><caption class="sr">Probability of each action</caption><tbody>
    ${chance.map((p, index) => html`<tr key=${index} class=${index === action ? "taken" : ""}>
      <th scope="row">${scene.actions[index] ?? `action ${index}`}</th>
      <td><svg viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true"><rect class="track" width="100" height="10" /><rect class="part" width=${100 * p} height="10" /></svg></td>
      <td class="number">${percent(p)}</td><td>${index === action ? "taken" : ""}</td></tr>`)}
  </tbody></table>`;
}

/** Mean, one deviation to either side, and the action that was drawn, on one scale. */
function Spread({ chance, action }) {
  const count = chance.length / 2;
  return html`<table class="policy-bars"><caption class="sr">Mean and deviation of each number</caption><tbody>
    ${Array.from({ length: count }, (_, k) => {
      const [mean, deviation, drawn] = [chance[k], chance[count + k], action[k]];
      const reach = Math.max(Math.abs(mean) + 2 * deviation, Math.abs(drawn), 1e-6);
      const x = (value) => 50 + (48 * value) / reach;
      return html`<tr key=${k}><th scope="row">${count > 1 ? `a${k}` : "action"}</th>
        <td><svg viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true"><rect class="track" width="100" height="10" /><rect class="part pale" x=${x(mean - deviation)} width=${x(mean + deviation) - x(mean - deviation)} height="10" />
          <rect class="part" x=${x(mean) - 0.6} width="1.2" height="10" /><rect class="drawn" x=${x(drawn) - 0.6} width="1.2" height="10" /></svg></td>
        <td class="number">${mean.toFixed(2)} ± ${deviation.toFixed(2)}</td><td class="number">took ${drawn.toFixed(2)}</td></tr>`;
    })}
  </tbody></table>`;
}

/** Props: scene, chance (a row of `distribution`), action (null at the end). */
export function PolicyBars({ scene, chance, action }) {
  if (action === null) return html`<p class="muted">The episode is over: there is nothing to choose.</p>`;
  return Array.isArray(action) ? html`<${Spread} chance=${chance} action=${action} />` : html`<${Bars} scene=${scene} chance=${chance} action=${action} />`;
}
