(canvas, times) => {
  const { left, top } = canvas.getBoundingClientRect();
  const event = (type, x, at, more = {}) => Object.defineProperty(new PointerEvent(type, {
    pointerId: 1, pointerType: "mouse", isPrimary: true, bubbles: true, button: 0, buttons: 1, clientX: left + x, clientY: top + 50, pressure: 0.5, ...more,
  }), "timeStamp", { value: times[at] });
  canvas.dispatchEvent(event("pointerdown", 10, 0));
  canvas.dispatchEvent(event("pointermove", 40, 3, { coalescedEvents: [20, 30, 40].map((x, n) => event("pointermove", x, n + 1)) }));
  canvas.dispatchEvent(event("pointerup", 40, 4, { buttons: 0 }));
}
