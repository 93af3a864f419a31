() => {
  const parse = (text) => { const [r, g, b, a = 1] = text.match(/[\d.]+/g).map(Number); return { r, g, b, a }; };
  const over = (top, under) => ({ r: top.r * top.a + under.r * (1 - top.a), g: top.g * top.a + under.g * (1 - top.a), b: top.b * top.a + under.b * (1 - top.a), a: 1 });
  const light = ({ r, g, b }) => {
    const [x, y, z] = [r, g, b].map((v) => v / 255).map((v) => (v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
    return 0.2126 * x + 0.7152 * y + 0.0722 * z;
  };
  const found = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  let checked = 0;
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    const text = walker.currentNode.textContent.trim();
    if (!text || element.closest("noscript, option, button:disabled, [hidden], .sr") || !element.checkVisibility({ visibilityProperty: true })) continue;
    const chain = [];
    for (let node = element; node; node = node.parentElement) chain.push(getComputedStyle(node));
    let back = { r: 255, g: 255, b: 255, a: 1 };
    for (const style of [...chain].reverse()) back = over(parse(style.backgroundColor), back);
    const opacity = chain.reduce((product, style) => product * Number(style.opacity), 1);
    const ink = parse(element instanceof SVGElement ? chain[0].fill : chain[0].color);
    const front = over({ ...ink, a: ink.a * opacity }, back);
    const [a, b] = [light(front), light(back)].sort((p, q) => q - p);
    const ratio = (a + 0.05) / (b + 0.05);
    checked += 1;
    if (ratio < 4.5) found.push(`${ratio.toFixed(2)} “${text.slice(0, 30)}” ${element.tagName}.${element.className}`);
  }
  return { checked, found };
}
