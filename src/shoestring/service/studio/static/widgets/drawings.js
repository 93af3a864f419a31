/** Four small drawings, one for each scarce thing. Plain lines: they explain, they don't decorate. */
import { html } from "../html.js";

const POINTS = [[14, 60], [26, 40], [33, 66], [44, 50], [52, 72], [22, 22], [40, 26], [60, 36], [76, 60], [90, 24], [104, 46], [84, 40], [118, 28],
  [128, 52], [112, 66], [140, 36], [96, 72], [72, 18], [136, 70], [150, 56]];
const TOLD = new Set([1, 10, 14]);

const labels = html`
  <path class="faint" d="M56 84C58 66 74 56 70 40S64 16 72 2" stroke-dasharray="3 4" />
  ${POINTS.map(([x, y], index) => (TOLD.has(index)
    ? html`<path class="fill" d=${`M${x - 6} ${y - 6}h8l6 6-6 6h-8z`} />`
    : html`<circle class="thin" cx=${x} cy=${y} r="3.2" />`))}`;

const cells = [];
for (let row = 0; row < 4; row += 1) for (let column = 0; column < 8; column += 1) cells.push([8 + column * 18, 6 + row * 18]);
const rewards = html`
  ${cells.map(([x, y]) => html`<rect class="thin faint" x=${x} y=${y} width="18" height="18" />`)}
  <path class="line" d="M17 69V33h36v36h36V15h36v36h18" stroke-linejoin="round" />
  <circle class="fill" cx="17" cy="69" r="4" />
  <path class="fill" d="M143 42l2.6 5.6 6 .8-4.4 4.3 1.1 6.1-5.3-3-5.3 3 1.1-6.1-4.4-4.3 6-.8z" />`;

const comparisons = html`
  <path class="line" d="M10 34c10-26 20-30 22-20s-10 24-2 22 12-20 18-18-4 18 4 16 10-14 16-12 0 12 8 8 18-14 26-10 20 8 40-8" />
  <path class="line other" d="M10 74c12-22 18-26 22-16s-8 20 0 18 12-18 18-16-2 16 6 14 10-14 16-10 2 12 10 6 14-12 24-6 18 8 38-10" />
  ${[[24, 12, 26, 52], [46, 17, 50, 58], [70, 23, 74, 65], [98, 25, 102, 68], [142, 20, 142, 62]].map(([a, b, c, d]) => html`<path class="faint" d=${`M${a} ${b}L${c} ${d}`} />`)}`;

const bandwidth = html`
  ${[0, 1, 2, 3, 4, 5].map((row) => [0, 1, 2, 3, 4, 5].map((column) => html`<rect class="fill" opacity=${0.25 + 0.75 * Math.abs(Math.sin(1.7 * row + 0.4) * Math.cos(1.3 * column + 0.3))}
    x=${6 + column * 10} y=${14 + row * 10} width="8.5" height="8.5" />`))}
  <path class="faint" d="M72 22L88 38M72 66L88 50M88 38h24M88 50h24" />
  ${[0, 1, 2, 3, 4, 5].map((row) => html`<rect class="fill" opacity=${0.25 + 0.75 * Math.abs(Math.sin(1.7 * row + 0.4))} x="122" y=${14 + row * 10} width="8.5" height="8.5" />`)}
  ${[0, 1, 2].map((column) => html`<rect class="fill" opacity=${0.25 + 0.75 * Math.abs(Math.cos(1.3 * column + 0.3))} x=${134 + column * 8} y="14" width="7" height="8.5" />`)}`;

const DRAWINGS = { labels, rewards, comparisons, bandwidth };

/** @param {{name: keyof DRAWINGS}} props */
export function Drawing({ name }) {
  return html`<svg class=${`drawing ${name}`} viewBox="0 0 160 88" aria-hidden="true" focusable="false">${DRAWINGS[name]}</svg>`;
}
