/** Step times on a link: stacked bars at one speed, and curves over all speeds with break-even marks. */
import { html } from "../html.js";

const WIDTH = 640, ROW = 26, NAME = 74, VALUE = 84;
const PARTS = [["compute", "compute"], ["codec", "compress"], ["send", "send"]];

/** What a step consists of, in milliseconds; the three add up to the predicted time. */
export function parts(method, at) {
  const codec = method.encode_ms + method.decode_ms;
  return { compute: method.compute_ms, codec, send: Math.max(0, method.predicted_ms[at] - method.compute_ms - codec) };
}

/** Props: methods, at (index of the speed). */
export function StepBars({ methods, at }) {
  const most = Math.max(...methods.map((method) => method.predicted_ms[at]));
  const wide = WIDTH - NAME - VALUE;
  return html`<figure class="linkchart">
    <svg viewBox=${`0 0 ${WIDTH} ${methods.length * ROW}`} role="img" aria-label=${methods.map((method) => `${method.name}: ${method.predicted_ms[at].toFixed(0)} ms`).join(", ")}>
      ${methods.map((method, row) => {
        let x = NAME;
        const found = parts(method, at);
        return html`<g key=${method.name}>
          <text x=${NAME - 10} y=${row * ROW + 17} class="name">${method.name}</text>
          ${PARTS.map(([part]) => {
            const width = (wide * found[part]) / most;
            const bar = html`<rect key=${part} class=${part} x=${x} y=${row * ROW + 4} width=${width} height=${ROW - 8} />`;
            x += width;
            return bar;
          })}
          <text x=${x + 8} y=${row * ROW + 17} class="value">${method.predicted_ms[at].toFixed(method.predicted_ms[at] < 100 ? 1 : 0)} ms</text>
        </g>`;
      })}
    </svg>
    <figcaption class="row small">${PARTS.map(([part, word]) => html`<span key=${part} class=${`key ${part}`}>${word}</span>`)}</figcaption>
  </figure>`;
}

const HEIGHT = 250, LEFT = 64, RIGHT = 84, TOP = 12, BOTTOM = 34;

/** Props: found (the measurement), at. */
export function SpeedChart({ found, at }) {
  const { methods, speeds_mbit: speeds } = found;
  const times = methods.flatMap((method) => method.predicted_ms);
  const [low, high] = [Math.log10(Math.min(...times)), Math.log10(Math.max(...times))];
  const [first, last] = [Math.log10(speeds[0]), Math.log10(speeds[speeds.length - 1])];
  const x = (mbit) => LEFT + ((WIDTH - LEFT - RIGHT) * (Math.log10(mbit) - first)) / (last - first);
  const y = (ms) => TOP + ((HEIGHT - TOP - BOTTOM) * (high - Math.log10(ms))) / Math.max(high - low, 0.1);
  const decades = (from, to) => Array.from({ length: Math.floor(to) - Math.ceil(from) + 1 }, (_, k) => 10 ** (Math.ceil(from) + k));
  const within = (mbit) => typeof mbit === "number" && mbit >= speeds[0] && mbit <= speeds[speeds.length - 1];
  const plain = methods[0];
  const on = (method, mbit) => {
    const place = ((Math.log10(mbit) - first) / (last - first)) * (speeds.length - 1);
    const [a, b, rest] = [Math.floor(place), Math.min(speeds.length - 1, Math.ceil(place)), place % 1];
    return method.predicted_ms[a] ** (1 - rest) * method.predicted_ms[b] ** rest;
  };
  return html`<figure class="linkchart">
    <svg viewBox=${`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label="Milliseconds a step over the speed of the link, both logarithmic">
      ${decades(first, last).map((mbit) => html`<g key=${mbit}><line class="grid" x1=${x(mbit)} x2=${x(mbit)} y1=${TOP} y2=${HEIGHT - BOTTOM} /><text class="at" x=${x(mbit)} y=${HEIGHT - 16}>${mbit >= 1000 ? `${mbit / 1000} G` : `${mbit} M`}</text></g>`)}
      ${decades(low, high).map((ms) => html`<g key=${ms}><line class="grid" x1=${LEFT} x2=${WIDTH - RIGHT} y1=${y(ms)} y2=${y(ms)} /><text class="at left" x=${LEFT - 8} y=${y(ms) + 4}>${ms >= 1000 ? `${ms / 1000} s` : `${ms} ms`}</text></g>`)}
      <line class="here" x1=${x(speeds[at])} x2=${x(speeds[at])} y1=${TOP} y2=${HEIGHT - BOTTOM} />
      ${methods.map((method, style) => html`<g key=${method.name} class=${`method m${style}`}>
        <polyline points=${method.predicted_ms.map((ms, k) => `${x(speeds[k])},${y(ms)}`).join(" ")} />
        ${Object.entries(method.measured).map(([mbit, one]) => html`<circle key=${mbit} class="dot" cx=${x(Number(mbit))} cy=${Math.min(HEIGHT - BOTTOM, Math.max(TOP, y(one.step_ms)))} r="3.5"><title>${`${method.name}, measured at ${mbit} Mbit/s: ${one.step_ms.toFixed(0)} ms`}</title></circle>`)}
        ${within(method.break_even_mbit) && method !== plain && html`<circle class="even" cx=${x(method.break_even_mbit)} cy=${y(on(plain, method.break_even_mbit))} r="5.5"><title>${`${method.name} breaks even at ${method.break_even_mbit.toPrecision(2)} Mbit/s`}</title></circle>`}
      </g>`)}
    </svg>
    <figcaption class="row small">${methods.map((method, style) => html`<span key=${method.name} class=${`key m${style}`}>${method.name}</span>`)}</figcaption>
  </figure>`;
}
