async () => {
  const { state } = await import("/static/store.js");
  const { toPage } = await import("/static/widgets/ink.js");
  return toPage(state.sign.ink);
}
