/** A canvas that is drawn again whenever what it shows, its size or the colours change. */
import { Component, createRef, html } from "../html.js";
import { prepare, watch } from "./canvas.js";

/** Props: draw(ctx, width, height), label (what a screen reader says), className. */
export class Drawn extends Component {
  canvas = createRef();

  componentDidMount() {
    this.unwatch = watch(this.canvas.current, this.redraw);
    this.redraw();
  }

  componentDidUpdate() {
    this.redraw();
  }

  componentWillUnmount() {
    this.unwatch();
  }

  redraw = () => {
    const { ctx, width, height } = prepare(this.canvas.current);
    this.props.draw(ctx, width, height);
  };

  render({ label, className }) {
    return html`<canvas ref=${this.canvas} class=${className} role="img" aria-label=${label}></canvas>`;
  }
}
