async () => {
  const { cellVisits } = await import("/static/widgets/world.js");
  const { left } = (await import("/static/store.js")).state.agents;
  return cellVisits(left.scene, left.visits);
}
