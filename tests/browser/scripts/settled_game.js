// The game as the store holds it, once nobody thinks: the store knows at once what is painted a frame later.
async () => {
  const { state } = await import("/static/store.js");
  for (let turns = 0; turns < 1000 && (!state.play.rules || state.play.thinking); turns += 1) await new Promise((resolve) => setTimeout(resolve, 20));
  return state.play;
}
