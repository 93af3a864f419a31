async (values) => {
  const { pressureValid } = await import("/static/widgets/ink.js");
  return pressureValid(values.map((p) => [0, 0, 0, p, 0, 0, 0, 1]));
}
