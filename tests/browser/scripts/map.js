async () => {
  // What the store holds of the map, with the places of the hits.
  const { state } = await import("/static/store.js");
  const { marksOf } = await import("/static/pages/search_map_actions.js");
  const { data, cursor, view } = state.search.map;
  return { x: [...data.x], y: [...data.y], method: data.method, cursor, view, marks: marksOf(state.search) };
}
