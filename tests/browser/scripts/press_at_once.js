// Press keys one after the other before the page can paint, each on the element that has the focus then.
(keys) => {
  for (const key of keys) document.activeElement.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
}
