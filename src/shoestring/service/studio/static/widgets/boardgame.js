/**
 * Rules of a board game as the server describes them: {rows, columns, actions, gravity, lines}. Cells are seen by the
 * first player: 1 its stones, -1 the other's. Pure functions; a game is its list of moves.
 */

/** The cell in which a move puts its stone; -1 where the rules do not allow it. */
export function landing(rules, cells, action) {
  if (!Number.isInteger(action) || action < 0 || action >= rules.actions) return -1;
  if (!rules.gravity) return cells[action] === 0 ? action : -1;
  let cell = action + (rules.rows - 1) * rules.columns;
  while (cell >= 0 && cells[cell] !== 0) cell -= rules.columns;
  return cell;
}

/** What clicking a cell means: where stones fall its column, else itself. */
export const actionOf = (rules, cell) => (rules.gravity ? cell % rules.columns : cell);

/** Whose turn it is after so many moves. */
export const mover = (moves) => (moves.length % 2 === 0 ? 1 : -1);

/** How it ended: {winner, line}, winner 0 for a draw; null while the game goes on. */
export function ended(rules, cells) {
  for (const line of rules.lines) {
    const whose = cells[line[0]];
    if (whose !== 0 && line.every((cell) => cells[cell] === whose)) return { winner: whose, line };
  }
  return cells.every((stone) => stone !== 0) ? { winner: 0, line: [] } : null;
}

/** The cells after these moves, or null where one of them is against the rules or comes after the end. */
export function replayed(rules, moves) {
  const cells = new Array(rules.rows * rules.columns).fill(0);
  for (const [number, action] of moves.entries()) {
    const cell = ended(rules, cells) ? -1 : landing(rules, cells, action);
    if (cell < 0) return null;
    cells[cell] = number % 2 === 0 ? 1 : -1;
  }
  return cells;
}

/** A move in words, counted from 1. */
export const moveName = (rules, action) => `${rules.gravity ? "column" : "cell"} ${action + 1}`;
