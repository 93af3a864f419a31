/** One stroke weight, one grid of 24, no icon font. Every icon stands beside a word, so all are hidden from screen readers. */
import { html } from "../html.js";

const PATHS = {
  lace: "M2 18c5 0 6-2 9-6s5-8 8-6-1 8-7 6S2 7 4 5s6 2 8 7 4 7 10 6",
  home: "M4 11l8-7 8 7M6 10v9h12v-9",
  learn: "M12 6c-2-2-5-2-8-2v14c3 0 6 0 8 2 2-2 5-2 8-2V4c-3 0-6 0-8 2zM12 6v14",
  sign: "M3 17c4-10 7-12 8-9s-4 9-1 8 3-6 5-5-1 5 1 5 2-2 5-2M3 21h18",
  faces: "M12 3a9 9 0 100 18 9 9 0 000-18zM9 10v.5M15 10v.5M8.5 15c2 2 5 2 7 0",
  search: "M10.5 4a6.5 6.5 0 100 13 6.5 6.5 0 000-13zM15.5 15.500L20 20",
  label: "M3 12V4h8l10 10-8 8zM7.5 8v.5",
  agents: "M4 4h16v16H4zM4 12h8V4M12 20v-4h8",
  draw: "M4 20l1-5L16 4l4 4L9 19zM13 7l4 4",
  runs: "M4 4v16h16M7 15c3-6 5-6 7-5s4-1 6-5",
  bandwidth: "M3 8h14l-3-3M21 16H7l3 3",
  activations: "M3 17h8L20 6M3 21V3",
  link: "M10 14a4 4 0 005.5.5l3-3a4 4 0 00-5.7-5.600l-1.3 1.300M14 10a4 4 0 00-5.5-.5l-3 3a4 4 0 005.7 5.600l1.3-1.3",
  auto: "M12 3a9 9 0 100 18 9 9 0 000-18zM12 3v18M15 5v14M18 8v8",
  light: "M12 8a4 4 0 100 8 4 4 0 000-8zM12 2v2M12 20v2M2 12h2M20 12h2M5 5l1.5 1.500M17.5 17.500L19 19M19 5l-1.5 1.500M6.5 17.500L5 19",
  dark: "M20 14A8.5 8.5 0 0110 4a8.5 8.5 0 1010 10z",
  menu: "M4 7h16M4 12h16M4 17h16",
  up: "M6 15l6-6 6 6",
  down: "M6 9l6 6 6-6",
  copy: "M9 9h11v11H9zM5 15H4V4h11v1",
  accept: "M5 12.500l4.5 4.500L19 7.5",
  reject: "M6 6l12 12M18 6L6 18",
  undecided: "M8.5 9a3.5 3.5 0 117 0c0 2.5-3.5 2.5-3.5 5M12 18v.5",
  play: "M7 4l13 8-13 8z",
  pause: "M8 5v14M16 5v14",
  warn: "M12 3L2 20h20zM12 10v4M12 17v.5",
  plus: "M12 5v14M5 12h14",
};

/** @param {{name: keyof PATHS}} props */
export function Icon({ name }) {
  return html`<svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false"><path d=${PATHS[name]} /></svg>`;
}
