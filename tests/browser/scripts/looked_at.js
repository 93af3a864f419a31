async () => {
  const { faces } = (await import("/static/store.js")).state;
  return Boolean(faces.picture?.look || faces.problem);
}
