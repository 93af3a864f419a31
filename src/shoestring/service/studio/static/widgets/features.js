/** What about the signature is unlike the closest reference: the model's own deviations, largest first. */
import { html } from "../html.js";

const MOST = 6;
const WORDS = {
  x: "place, sideways", y: "place, up and down", vx: "speed, sideways", vy: "speed, up and down", ax: "acceleration, sideways",
  ay: "acceleration, up and down", log_speed: "speed", cos: "direction, cosine", sin: "direction, sine", log_curvature: "curvature",
  tangential: "speeding up", centripetal: "force in the curves", pressure: "pressure", pressure_level: "pressure level",
  pressure_change: "change of pressure", tilt_x: "tilt, sideways", tilt_y: "tilt, up and down", alignment: "alignment",
};

/** @param {{features: Record<string, number>}} props 0 is as usual within one person */
export function Features({ features }) {
  const found = Object.entries(features).sort(([, a], [, b]) => b - a).slice(0, MOST);
  if (!found.length) return null;
  const most = Math.max(1, ...found.map(([, value]) => Math.abs(value)));
  return html`<div><h3>Most unlike the closest reference</h3>
    <table class="features"><caption class="small muted">0: as far apart as two signatures of one person usually are</caption>
      <tbody>${found.map(([name, value]) => html`<tr key=${name}><th scope="row">${WORDS[name] ?? name}</th>
        <td class="number">${value.toFixed(2).replace("-", "\u2212")}</td>
        <td><svg viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true"><rect class=${value > 0 ? "more" : "less"} x="0" y="1" height="6" width=${(100 * Math.abs(value)) / most} /></svg></td></tr>`)}</tbody>
    </table></div>`;
}
