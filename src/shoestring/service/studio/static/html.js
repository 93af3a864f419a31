/** Preact and htm joined once, so that every other module imports from here. */
import { Component, createRef, Fragment, h, render } from "./vendor/preact.js";
import htm from "./vendor/htm.js";

export const html = htm.bind(h);
export { Component, createRef, Fragment, render };
