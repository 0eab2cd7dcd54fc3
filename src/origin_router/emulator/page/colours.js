// Each origin keeps one colour everywhere on the page. The palettes are in palette.css, for light
// and dark; their hues stay apart for colour-blind eyes, and every line also carries its name.

const COLOURS = 8;
const known = new Map();

// The number of an origin's colour: 1 to 8 in order of appearance, then again from 1.
export function colourOf(origin) {
  if (!origin) return "none";
  if (!known.has(origin)) known.set(origin, String((known.size % COLOURS) + 1));
  return known.get(origin);
}

// Origins in the order of their colours.
export const inOrder = (names) => [...names].sort((one, other) => rank(one) - rank(other));

function rank(origin) {
  colourOf(origin);
  return [...known.keys()].indexOf(origin);
}

export function theme() {
  const style = getComputedStyle(document.documentElement);
  const value = (name) => style.getPropertyValue(name).trim();
  return {
    line: (origin) => value(`--origin-${colourOf(origin)}`),
    text: value("--text"),
    quiet: value("--quiet"),
    bad: value("--bad"),
    grid: value("--grid"),
    font: getComputedStyle(document.body).fontFamily,
  };
}
