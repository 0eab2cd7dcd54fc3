// Small helpers: make an element from a template, and change only what differs, so that nothing
// flickers, selections survive and a screen reader is not told the same thing twice.

export function fromTemplate(id) {
  return document.getElementById(id).content.firstElementChild.cloneNode(true);
}

export function parts(root) {
  const found = {};
  for (const each of root.querySelectorAll("[data-part]")) found[each.dataset.part] ??= each;
  return found;
}

export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

export function setData(element, name, value) {
  if (element.dataset[name] !== value) element.dataset[name] = value;
}

export function setAttribute(element, name, value) {
  if (element.getAttribute(name) !== value) element.setAttribute(name, value);
}

export function setHidden(element, isHidden) {
  if (element.hidden !== isHidden) element.hidden = isHidden;
}

// Make `body` have one row per item: rows are kept by position, so focus and scrolling stay.
// `make()` returns a new row, `fill(row, item)` writes an item into it.
export function fillRows(body, items, make, fill) {
  while (body.childElementCount > items.length) body.lastElementChild.remove();
  while (body.childElementCount < items.length) body.append(make());
  items.forEach((item, index) => fill(body.children[index], item));
}

// A table row with a cell per class name; the first one is a header cell where `hasHead`.
export function row(classNames, hasHead = false) {
  const made = document.createElement("tr");
  classNames.forEach((name, index) => {
    const cell = document.createElement(hasHead && index === 0 ? "th" : "td");
    if (hasHead && index === 0) cell.scope = "row";
    cell.className = name;
    made.append(cell);
  });
  return made;
}

// Write a colour swatch and a name into a cell.
export function setNamed(element, colour, name) {
  if (element.childElementCount < 2) {
    const swatch = document.createElement("span");
    swatch.className = "swatch";
    element.replaceChildren(swatch, document.createElement("span"));
  }
  setData(element.firstElementChild, "colour", colour);
  setText(element.children[1], name);
}
