// The cells, the end and where each move would land after every list of moves; null for moves against the rules.
async ([rules, games]) => {
  const { ended, landing, replayed } = await import("/static/widgets/boardgame.js");
  return games.map((moves) => {
    const cells = replayed(rules, moves);
    return cells && [cells, ended(rules, cells), Array.from({ length: rules.actions }, (_, action) => landing(rules, cells, action))];
  });
}
