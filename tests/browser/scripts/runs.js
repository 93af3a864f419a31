async () => {
  const { state } = await import("/static/store.js");
  const { groupsOf } = await import("/static/pages/runs_actions.js");
  return { picked: state.runs.picked, order: groupsOf(state.runs).map(({ key }) => key) };
}
