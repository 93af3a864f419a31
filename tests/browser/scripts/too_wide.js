(width) => (document.documentElement.scrollWidth <= width ? [] : [...document.querySelectorAll("body *")]
  .filter((element) => element.getBoundingClientRect().right > width && !element.closest(".scroll-x"))
  .map((element) => element.outerHTML.slice(0, 100)))
