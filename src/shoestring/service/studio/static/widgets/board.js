/** A board to play on: a button for each cell, arrow keys from cell to cell, and what a search tried as numbers and shading. */
import { html } from "../html.js";
import { actionOf, landing } from "./boardgame.js";

/** A cross and a ring; where stones fall, a disc and a ring: kinds of stones differ by more than colour. */
export function Stone({ rules, whose }) {
  if (whose === 0) return null;
  const shape = whose === -1 ? html`<circle class="ring" cx="12" cy="12" r="7" />` : rules.gravity ? html`<circle class="disc" cx="12" cy="12" r="8.2" />` : html`<path class="cross" d="M5.5 5.5l13 13M18.5 5.500l-13 13" />`;
  return html`<svg class=${`stone ${whose === 1 ? "x" : "o"}`} viewBox="0 0 24 24" aria-hidden="true">${shape}</svg>`;
}

const STEPS = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };

/** The cell that a key leads to; at the edge it stays. */
function next({ rows, columns }, cell, [down, right]) {
  const [row, column] = [Math.floor(cell / columns) + down, (cell % columns) + right];
  return row < 0 || row >= rows || column < 0 || column >= columns ? cell : row * columns + column;
}

/**
 * Props: rules, cells (as the first player sees them), names (of the stones 1 and -1), last (the cell of the last move),
 * line (cells that win), look ({before: cells, visits}) or null, cursor, open (whether a move is awaited), onPoint(cell),
 * onPick(cell).
 */
export function BoardView({ rules, cells, names, last, line, look, cursor, open, onPoint, onPick }) {
  const counts = new Map();
  look?.visits.forEach((visits, action) => { const cell = landing(rules, look.before, action); if (cell >= 0) counts.set(cell, visits); });
  const all = [...counts.values()].reduce((sum, visits) => sum + visits, 0);
  const keys = (event) => {
    if (!STEPS[event.key]) return;
    event.preventDefault();
    // From the cell that has the focus now: the cursor of the last render is old when keys come fast.
    const cell = next(rules, Number(event.target.dataset.cell), STEPS[event.key]);
    onPoint(cell);
    event.currentTarget.querySelector(`[data-cell="${cell}"]`).focus();
  };
  const words = (cell) => {
    const place = `row ${Math.floor(cell / rules.columns) + 1}, column ${(cell % rules.columns) + 1}`;
    const seen = counts.has(cell) ? `, ${counts.get(cell)} ${counts.get(cell) === 1 ? "visit" : "visits"}` : "";
    return `${place}: ${cells[cell] ? names[cells[cell]] : "free"}${cell === last ? ", the last move" : ""}${seen}`;
  };
  return html`<div class=${`board${rules.gravity ? " falls" : ""}`} role="group" aria-label=${`Board of ${rules.rows} rows and ${rules.columns} columns; arrow keys move, Enter plays`}
    style=${{ "--columns": rules.columns }} onKeyDown=${keys}>
    ${cells.map((stone, cell) => html`<button key=${cell} type="button" data-cell=${cell} tabindex=${cell === cursor ? 0 : -1} aria-label=${words(cell)}
      aria-disabled=${String(!open || landing(rules, cells, actionOf(rules, cell)) < 0)} class=${`cell${line.includes(cell) ? " wins" : ""}${cell === last ? " last" : ""}`}
      onFocus=${() => onPoint(cell)} onClick=${() => onPick(cell)}>
      ${counts.has(cell) && html`<i class="shade" style=${{ opacity: 0.5 * Math.sqrt(counts.get(cell) / all) }}></i>`}
      <${Stone} rules=${rules} whose=${stone} />
      ${counts.has(cell) && html`<small class="visits number">${counts.get(cell)}</small>`}
    </button>`)}
  </div>`;
}
