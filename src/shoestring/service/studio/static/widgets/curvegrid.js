/** Small multiples: every activation with its gradient on one range, so that they can be compared at a glance. */
import { Component, html } from "../html.js";

const [WIDTH, HEIGHT] = [160, 108];
const [LOW, HIGH, BOTTOM, TOP] = [-4, 4, -1.75, 3.2];
const left = (x) => ((x - LOW) / (HIGH - LOW)) * WIDTH;
const top = (y) => HEIGHT - ((y - BOTTOM) / (TOP - BOTTOM)) * HEIGHT;

/** A path through values, broken where one is null. */
export function path(xs, ys) {
  let [text, pen] = ["", false];
  xs.forEach((x, index) => {
    const y = ys[index];
    if (y === null || y === undefined) { pen = false; return; }
    text += `${pen ? "L" : "M"}${left(x).toFixed(1)} ${Math.max(-60, Math.min(HEIGHT + 60, top(y))).toFixed(1)}`;
    pen = true;
  });
  return text;
}

/** The values of one curve at the sampled place nearest to x that has all of them. */
export function nearest(curve, x) {
  let best = -1;
  curve.x.forEach((place, index) => {
    if (curve.value[index] !== null && curve.slope[index] !== null && (best < 0 || Math.abs(place - x) < Math.abs(curve.x[best] - x))) best = index;
  });
  return best < 0 ? null : { x: curve.x[best], value: curve.value[best], slope: curve.slope[best], curvature: curve.curvature[best] };
}

export const number = (value, digits = 4) => (value === null || value === undefined ? "–" : Number(value.toPrecision(digits)).toLocaleString("en", { maximumSignificantDigits: digits }));

/** Props: entry, curve, pressed, cursor, peek (x or null), onToggle(name), onPeek(name, x). */
class Panel extends Component {
  shouldComponentUpdate(next) {
    return ["curve", "pressed", "cursor", "peek"].some((name) => next[name] !== this.props[name]);
  }

  render({ entry, curve, pressed, cursor, peek, onToggle, onPeek }) {
    const seen = peek === null ? null : nearest(curve, peek);
    const { gain, chi, dead } = curve.facts;
    const point = (event) => {
      const box = event.currentTarget.getBoundingClientRect();
      return LOW + ((event.clientX - box.left) / box.width) * (HIGH - LOW);
    };
    return html`<li class=${cursor ? "cursor" : ""} ref=${(node) => cursor && node?.scrollIntoView({ block: "nearest" })}>
      <button class="panel" aria-pressed=${String(pressed)} title=${entry.formula} onClick=${() => onToggle(entry.name)}>
        <span class="panel-name">${entry.module}${entry.name === "gelu_tanh" ? " (tanh)" : ""}</span>
        <svg viewBox=${`0 0 ${WIDTH} ${HEIGHT}`} aria-hidden="true" onPointerMove=${(event) => onPeek(entry.name, point(event))} onPointerLeave=${() => onPeek(null, null)}>
          <path class="zero" d=${`M0 ${top(0)}H${WIDTH}M${left(0)} 0V${HEIGHT}`} />
          <path class="of-slope" d=${path(curve.x, curve.slope)} />
          <path class="of-value" d=${path(curve.x, curve.value)} />
          ${curve.training && curve.training.x.map((x, index) => x < 0 && html`<circle class="of-draws" cx=${left(x)} cy=${top(curve.training.y[index])} r="0.9" />`)}
          ${curve.facts.breaks.filter(({ x, left: a, right: b }) => x > LOW && x < HIGH && Math.abs(a - b) > 1e-6).map(({ x, autograd }) => html`<circle class="of-kink" cx=${left(x)} cy=${top(autograd)} r="2.6" />`)}
          ${seen && html`<path class="peek" d=${`M${left(seen.x)} 0V${HEIGHT}`} />`}
        </svg>
        <span class="small muted number panel-foot">${seen ? `x ${number(seen.x, 3)}: f ${number(seen.value, 3)}, f′ ${number(seen.slope, 3)}` : `gain ${number(gain, 3)} · chi ${number(chi, 3)}${dead ? ` · dead ${number(dead, 1)}` : ""}`}</span>
      </button>
    </li>`;
  }
}

/** Props: entries (elementwise), grid, picked (names), cursor, peek ({name, x} or null), onToggle, onPeek. */
export function CurveGrid({ entries, grid, picked, cursor, peek, onToggle, onPeek }) {
  return html`<ul class="curve-grid" aria-label="Elementwise activations">
    ${entries.filter(({ name }) => grid[name]).map((entry, index) => html`<${Panel} key=${entry.name} entry=${entry} curve=${grid[entry.name]} pressed=${picked.includes(entry.name)}
      cursor=${cursor === index} peek=${peek?.name === entry.name ? peek.x : null} onToggle=${onToggle} onPeek=${onPeek} />`)}
  </ul>`;
}

const tone = (value) => (value < 0 ? "cell below" : "cell above");

function Matrix({ rows }) {
  const size = 100 / rows.length;
  return html`<svg viewBox="0 0 100 100" role="img" aria-label=${`matrix: ${rows.map((row) => row.map((value) => value.toFixed(2)).join(" ")).join("; ")}`}>
    ${rows.flatMap((row, i) => row.map((value, j) => html`<rect class=${tone(value)} x=${j * size} y=${i * size} width=${size} height=${size} fill-opacity=${Math.min(0.55, 0.55 * Math.abs(value))} />
      <text x=${(j + 0.5) * size} y=${(i + 0.5) * size + 2.6}>${value.toFixed(2).replace("-0.00", "0.00")}</text>`))}
  </svg>`;
}

function Surface({ value }) {
  const size = 100 / value.length;
  return html`<svg viewBox="0 0 100 100" role="img" aria-label="Surface of a sigmoid(b), from -4 to 4">
    ${value.flatMap((row, i) => row.map((one, j) => html`<rect class=${tone(one)} x=${j * size} y=${100 - (i + 1) * size} width=${size + 0.1} height=${size + 0.1} fill-opacity=${Math.min(0.9, Math.abs(one) / 4)} />`))}
    <text x="82" y="12">3.9</text><text x="14" y="12">-3.9</text><text x="50" y="92">0</text>
  </svg>`;
}

function Channels({ x, channels }) {
  const line = (row) => row.map((y, index) => `${index ? "L" : "M"}${((x[index] + 4) / 8) * 100} ${96 - 90 * y}`).join("");
  return html`<svg viewBox="0 0 100 100" role="img" aria-label="Softmax of three channels">
    ${channels.map((row, index) => html`<path class=${["of-value", "of-slope", "of-third"][index]} d=${line(row)} />`)}
    <text x="86" y="28">0</text><text x="50" y="58">1</text><text x="14" y="28">2</text>
  </svg>`;
}

function Sizes({ parts }) {
  const most = Math.max(...parts.map(({ weights }) => weights));
  return html`<svg viewBox="0 0 100 100" role="img" aria-label=${parts.map(({ name, weights }) => `${name} ${weights}`).join(", ")}>
    ${parts.map(({ name, weights }, index) => html`<rect class="cell above" x="0" y=${index * 24 + 13} width=${(100 * weights) / most} height="8" fill-opacity="0.8" />
      <text class="start" x="0" y=${index * 24 + 10}>${name}: ${(weights / 1e6).toFixed(1)} M</text>`)}
  </svg>`;
}

const KINDS = { matrix: Matrix, surface: Surface, channels: Channels, sizes: Sizes };

/** What is no curve: props entries, examples by name. */
export function VectorGrid({ entries, examples }) {
  return html`<ul class="vector-grid">
    ${entries.filter(({ name }) => examples[name]).map((entry) => html`<li key=${entry.name} class="vector">
      <h3>${entry.module}</h3><p class="small"><code>${entry.formula}</code></p>
      <${KINDS[examples[entry.name].kind]} ...${examples[entry.name]} />
      <p class="small muted">${examples[entry.name].label}</p><p class="small">${entry.note} <span class="muted">${entry.paper}</span></p>
    </li>`)}
  </ul>`;
}
