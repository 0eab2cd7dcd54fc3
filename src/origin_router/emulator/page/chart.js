// The measured response times of one pool over the last five minutes: a line per origin with its
// name at the end, crosses where probes failed, and above them a band in the colour of the choice.
// Axes stand still; only what was measured moves.

import { inOrder, theme } from "./colours.js";
import { milliseconds, outcomeWord } from "./words.js";

const MINUTES = [5, 4, 3, 2, 1, 0];
const HEIGHT_PX = 210;
const MARGIN = { l: 48, r: 76, t: 26, b: 22 };
const LABEL_PX = 14; // height of a name at the end of its line
const LEAST_MS = 1;
const MOST_MS = 1000; // the axis reaches at least here: a slow demo origin needs 500 ms
const BAND = { y0: 1.07, y1: 1.12 }; // shares of the plot's height: just above it
const BAND_STRETCHES = 100; // drawn at most

const CONFIG = { displayModeBar: false, scrollZoom: false, doubleClick: false };

export function drawChart(element, pool, now, windowS) {
  const colours = theme();
  const names = inOrder(Object.keys(pool.origins ?? {}));
  const top = topMs(names.map((name) => pool.origins[name].series ?? []));
  const chosen = pool.choice?.origin;
  const traces = names.flatMap((name) => [
    line(name, pool.origins[name].series ?? [], now, colours, name === chosen),
    failures(name, pool.origins[name].series ?? [], now, colours),
  ]);
  const size = { width: element.clientWidth, height: HEIGHT_PX };
  Plotly.react(element, traces, { ...size, ...layout(pool, names, now, windowS, top, colours) }, CONFIG);
}

export function forgetChart(element) {
  Plotly.purge(element);
}

function line(name, series, now, colours, isChosen) {
  return {
    type: "scatter",
    mode: "lines",
    name,
    x: series.map(([at]) => at - now),
    y: series.map(([, ms]) => (ms === null ? null : Math.max(ms, LEAST_MS))),
    line: { color: colours.line(name), width: isChosen ? 3 : 1.5 },
    text: series.map(([, ms]) => milliseconds(ms)),
    hovertemplate: `${escaped(name)}: %{text}<extra></extra>`,
  };
}

// A failed probe has no time: it is marked where the line left off.
function failures(name, series, now, colours) {
  const x = [];
  const y = [];
  const text = [];
  let level = LEAST_MS;
  for (const [at, ms, outcome] of series) {
    if (ms !== null) level = Math.max(ms, LEAST_MS);
    else {
      x.push(at - now);
      y.push(level);
      text.push(outcomeWord({ outcome }));
    }
  }
  return {
    type: "scatter",
    mode: "markers",
    x,
    y,
    text,
    marker: { symbol: "x-thin", size: 6, line: { color: colours.line(name), width: 1.5 } },
    hovertemplate: `${escaped(name)}: %{text}<extra></extra>`,
  };
}

function layout(pool, names, now, windowS, top, colours) {
  const minute = windowS / (MINUTES.length - 1);
  const heights = labelHeights(pool, names, top);
  return {
    margin: MARGIN,
    showlegend: false,
    dragmode: false,
    hovermode: "closest",
    paper_bgcolor: "rgba(0,0,0,0)",
    plot_bgcolor: "rgba(0,0,0,0)",
    font: { family: colours.font, size: 12, color: colours.quiet },
    xaxis: {
      range: [-windowS, 0],
      fixedrange: true,
      zeroline: false,
      gridcolor: colours.grid,
      tickvals: MINUTES.map((each) => -each * minute),
      ticktext: MINUTES.map((each) => (each === MINUTES[0] ? "" : each ? `−${each} min` : "now")),
    },
    yaxis: {
      type: "log",
      range: [Math.log10(LEAST_MS), Math.log10(top)],
      fixedrange: true,
      zeroline: false,
      gridcolor: colours.grid,
      ticklabelstandoff: 4,
      tickvals: [1, 10, 100, 1000, 10000, 100000],
      ticktext: ["1 ms", "10 ms", "100 ms", "1 s", "10 s", "100 s"],
    },
    shapes: choiceBand(pool, now, windowS, colours),
    annotations: [
      label("choice", 0, "right", (BAND.y0 + BAND.y1) / 2, colours.quiet),
      ...names.map((name, index) => label(name, 1, "left", heights[index], colours.line(name))),
    ],
  };
}

function label(text, x, xanchor, y, color) {
  const place = { x, xanchor, xref: "paper", y, yanchor: "middle", yref: "paper" };
  return { text: escaped(text), showarrow: false, font: { color, size: 12 }, ...place };
}

function topMs(allSeries) {
  let most = MOST_MS;
  for (const series of allSeries) for (const [, ms] of series) most = Math.max(most, ms ?? 0);
  return most > MOST_MS ? 10 ** Math.ceil(Math.log10(most)) : MOST_MS;
}

// Where each name stands, as a share of the height: beside the end of its line, and apart from the others.
function labelHeights(pool, names, top) {
  const plotPx = HEIGHT_PX - MARGIN.t - MARGIN.b;
  const least = LABEL_PX / plotPx;
  const wanted = names.map((name, index) => {
    const ms = Math.max(pool.origins[name].measured?.ms ?? LEAST_MS, LEAST_MS);
    return { index, height: Math.log10(ms / LEAST_MS) / Math.log10(top / LEAST_MS) };
  });
  wanted.sort((one, other) => one.height - other.height);
  let floor = least / 2;
  const heights = [];
  for (const each of wanted) {
    heights[each.index] = Math.max(each.height, floor);
    floor = heights[each.index] + least;
  }
  return heights;
}

// The choice over time: one rectangle per stretch, in the colour of the chosen origin.
function choiceBand(pool, now, windowS, colours) {
  const history = pool.choices ?? [];
  const stretches = history.map(([at, origin], index) => [at, history[index + 1]?.[0] ?? now, origin]);
  if (history.length && history[0][2]) stretches.unshift([now - windowS, history[0][0], history[0][2]]);
  return stretches
    .slice(-BAND_STRETCHES)
    .filter(([, until]) => until > now - windowS)
    .map(([from, until, origin]) => ({
      type: "rect",
      xref: "x",
      yref: "paper",
      x0: Math.max(from - now, -windowS),
      x1: until - now,
      ...BAND,
      line: { width: 0 },
      fillcolor: colours.line(origin),
    }));
}

// Plotly reads a little HTML in texts: a name is shown as it is.
function escaped(name) {
  return name.replace(/[&<>]/g, (character) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;" })[character]);
}
