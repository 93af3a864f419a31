async ({ discount, trace }) => {
  const { gae } = await import("/static/widgets/gae.js");
  const { state } = await import("/static/store.js");
  return gae(state.agents.left, discount, trace).advantage;
}
