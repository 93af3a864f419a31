/** Canvas helpers: sharp on every screen, colours from the style sheet. */

/** Size the backing store to the device pixels; returns a context in CSS pixels, cleared, with the size. */
export function prepare(canvas) {
  const ratio = devicePixelRatio || 1;
  const { clientWidth: width, clientHeight: height } = canvas;
  const [w, h] = [Math.round(width * ratio), Math.round(height * ratio)];
  if (canvas.width !== w || canvas.height !== h) Object.assign(canvas, { width: w, height: h });
  const ctx = canvas.getContext("2d");
  ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
  ctx.clearRect(0, 0, width, height);
  return { ctx, width, height };
}

/** A colour of the style sheet by the name of its variable. */
export const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

/** Call `redraw` when the element changes size or the colours change; returns a function that ends it. */
export function watch(element, redraw) {
  const sizes = new ResizeObserver(() => redraw());
  sizes.observe(element);
  const dark = matchMedia("(prefers-color-scheme: dark)");
  dark.addEventListener("change", redraw);
  const theme = new MutationObserver(redraw);
  theme.observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });
  return () => {
    sizes.disconnect();
    dark.removeEventListener("change", redraw);
    theme.disconnect();
  };
}
