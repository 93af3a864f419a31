() => [...document.querySelectorAll("button, a[href], input, select, textarea, canvas, [role=img], [role=tab], dialog")]
  .filter((element) => !element.closest("[hidden]") && !element.parentElement.closest("[role=img]"))
  .filter((element) => {
    const label = element.labels?.length ? [...element.labels].map((node) => node.textContent).join("") : "";
    const by = (element.getAttribute("aria-labelledby") ?? "").split(" ").map((id) => document.getElementById(id)?.textContent ?? "").join("");
    return !(element.getAttribute("aria-label") || by || label || element.getAttribute("aria-hidden") === "true" || element.textContent.trim());
  })
  .map((element) => element.outerHTML.slice(0, 120))
