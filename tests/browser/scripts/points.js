async () => {
  const { state } = await import("/static/store.js");
  return Math.max(0, ...Object.values(state.runs.curves).map((curve) => curve.length ?? 0));
}
