// The measured response times of one pool over the last five minutes: a line per origin with its
// name at the end, gaps with crosses where probes failed. Above them two bands: the choice in the
// colour of its origin, and the faults that acted; where either changes a thin line crosses the plot.
// Axes stand still, save for times below 1 ms or above 1 s; only what was measured moves.

import { inOrder, theme } from "./colours.js";
import { clockTime, faultPlace, faultWords, milliseconds, outcomeWord } from "./words.js";

const MINUTES = [5, 4, 3, 2, 1, 0];
const HEIGHT_PX = 240;
const MARGIN = { l: 52, r: 88, t: 42, b: 22 };
const LABEL_PX = 14; // height of a name at the end of its line
const LEAST_MS = 0.01; // nothing is drawn below: a clock's resolution, and a logarithm has no zero
const BOTTOM_MS = 1; // the axis reaches at least from here
const MOST_MS = 1000; // to here: a slow demo origin needs 500 ms
const FAULT_BAND = { y0: 1.14, y1: 1.22 }; // shares of the plot's height: above it
const LANES = 3;
const LANE_SHARE = 0.8; // the rest keeps lanes apart
const CHOICE_BAND = { y0: 1.05, y1: 1.1 };
const BAND_STRETCHES = 100; // drawn at most
const NAME_CHARS = 12; // of an origin beside its line

const CONFIG = { displayModeBar: false, scrollZoom: false, doubleClick: false };

export function drawChart(element, pool, faults, now, windowS) {
  const colours = theme();
  const names = inOrder(Object.keys(pool.origins ?? {}));
  const axis = axisMs(names.map((name) => pool.origins[name].series ?? []));
  const chosen = pool.choice?.origin;
  const spans = faultSpans(faults, names, now - windowS, now);
  const traces = names.flatMap((name) => [
    line(name, pool.origins[name].series ?? [], now, colours, name === chosen),
    failures(name, pool.origins[name].series ?? [], now, axis, colours),
  ]);
  traces.push(faultMarks(spans, now, axis, colours));
  const size = { width: element.clientWidth, height: HEIGHT_PX };
  const shapes = [...choiceBand(pool, now, windowS, colours), ...faultBand(spans, now, colours)];
  Plotly.react(element, traces, { ...size, ...layout(pool, names, windowS, axis, shapes, colours) }, CONFIG);
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
function failures(name, series, now, [bottom], colours) {
  const x = [];
  const y = [];
  const text = [];
  let level = bottom;
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

function layout(pool, names, windowS, axis, shapes, colours) {
  const minute = windowS / (MINUTES.length - 1);
  const heights = labelHeights(pool, names, axis);
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
      range: axis.map(Math.log10),
      fixedrange: true,
      zeroline: false,
      gridcolor: colours.grid,
      ticklabelstandoff: 4,
      tickvals: [0.01, 0.1, 1, 10, 100, 1000, 10000, 100000],
      ticktext: ["0.01 ms", "0.1 ms", "1 ms", "10 ms", "100 ms", "1 s", "10 s", "100 s"],
    },
    shapes,
    annotations: [
      label("faults", 0, "right", (FAULT_BAND.y0 + FAULT_BAND.y1) / 2, colours.quiet),
      label("choice", 0, "right", (CHOICE_BAND.y0 + CHOICE_BAND.y1) / 2, colours.quiet),
      ...names.map((name, index) => label(cut(name), 1, "left", heights[index], colours.line(name))),
    ],
  };
}

function label(text, x, xanchor, y, color) {
  const place = { x, xanchor, xref: "paper", y, yanchor: "middle", yref: "paper" };
  return { text: escaped(text), showarrow: false, font: { color, size: 12 }, ...place };
}

// Where the axis begins and ends: whole powers of ten around all that is drawn.
function axisMs(allSeries) {
  const times = allSeries.flatMap((series) => series.map(([, ms]) => ms).filter((ms) => ms !== null));
  const least = times.reduce((one, other) => Math.min(one, other), BOTTOM_MS);
  const most = times.reduce((one, other) => Math.max(one, other), MOST_MS);
  return [10 ** Math.floor(Math.log10(Math.max(least, LEAST_MS))), 10 ** Math.ceil(Math.log10(most))];
}

// Where each name stands, as a share of the height: beside the end of its line, and apart from the others.
function labelHeights(pool, names, [bottom, top]) {
  const plotPx = HEIGHT_PX - MARGIN.t - MARGIN.b;
  const least = LABEL_PX / plotPx;
  const wanted = names.map((name, index) => {
    const ms = Math.max(pool.origins[name].measured?.ms ?? bottom, bottom);
    return { index, height: Math.log10(ms / bottom) / Math.log10(top / bottom) };
  });
  wanted.sort((one, other) => one.height - other.height);
  let floor = least / 2;
  const heights = [];
  for (const each of wanted) {
    heights[each.index] = Math.max(each.height, floor);
    floor = heights[each.index] + least;
  }
  let ceiling = 1; // many names: those at the top make room downwards
  for (const { index } of wanted.reverse()) {
    heights[index] = Math.min(heights[index], ceiling);
    ceiling = heights[index] - least;
  }
  return heights;
}

// The choice over time: one rectangle per stretch, in the colour of the chosen origin, and a line where it changed.
function choiceBand(pool, now, windowS, colours) {
  const history = pool.choices ?? [];
  const stretches = history.map(([at, origin], index) => [at, history[index + 1]?.[0] ?? now, origin]);
  if (history.length && history[0][2]) stretches.unshift([now - windowS, history[0][0], history[0][2]]);
  return stretches
    .slice(-BAND_STRETCHES)
    .filter(([, until]) => until > now - windowS)
    .flatMap(([from, until, origin], index) => {
      const x0 = Math.max(from - now, -windowS);
      const stretch = bar(x0, until - now, CHOICE_BAND, colours.line(origin));
      return index ? [stretch, crossing(x0, CHOICE_BAND.y0, colours.line(origin), "solid")] : [stretch];
    });
}

// [from, until, fault] of every fault that acted on these origins in this time; `until` is null where it still acts.
function faultSpans({ log, active }, names, since, now) {
  const spans = [];
  const open = new Map(active.map((fault) => [fault.id, [since, null, fault]])); // longer than the log reaches back
  for (const [at, isActive, fault] of log) {
    if (isActive) open.set(fault.id, [at, null, fault]);
    else {
      const [from] = open.get(fault.id) ?? [since];
      open.delete(fault.id);
      if (at >= since) spans.push([from, at, fault]);
    }
  }
  return [...spans, ...open.values()]
    .sort(([one], [other]) => one - other)
    .filter(([from, , fault]) => from <= now && ["*", ...names].includes(fault.origin))
    .slice(-BAND_STRETCHES);
}

// Faults that act at the same time share the height of the band.
function faultBand(spans, now, colours) {
  const lanes = laneOf(spans);
  const height = (FAULT_BAND.y1 - FAULT_BAND.y0) / (Math.max(0, ...lanes) + 1);
  return spans.flatMap(([from, until, fault], index) => {
    const y0 = FAULT_BAND.y0 + lanes[index] * height;
    const ends = until === null ? [from] : [from, until];
    const colour = fault.origin === "*" ? colours.bad : colours.line(fault.origin);
    return [
      bar(from - now, (until ?? now) - now, { y0, y1: y0 + height * LANE_SHARE }, colour),
      ...ends.map((at) => crossing(at - now, FAULT_BAND.y0, colours.bad, "dot")),
    ];
  });
}

// Which lane each span runs in: the first that is free, at most LANES.
function laneOf(spans) {
  const ends = [];
  return spans.map(([from, until]) => {
    const free = ends.findIndex((end) => end <= from);
    const lane = free >= 0 ? free : Math.min(ends.length, LANES - 1);
    ends[lane] = until ?? Infinity;
    return lane;
  });
}

// Something to point at where a fault began or ended: shapes have no texts of their own.
function faultMarks(spans, now, [, top], colours) {
  const ends = spans.flatMap(([from, until, fault]) => [
    [from, "began", fault],
    ...(until === null ? [] : [[until, "ended", fault]]),
  ]);
  return {
    type: "scatter",
    mode: "markers",
    name: "faults",
    x: ends.map(([at]) => at - now),
    y: ends.map(() => top),
    text: ends.map(([at, what, fault]) => escaped(`${clockTime(at)} ${faultWords(fault)} ${what}, ${faultPlace(fault)}`)),
    marker: {
      symbol: ends.map(([, what]) => (what === "began" ? "triangle-down" : "triangle-down-open")),
      size: 8,
      color: colours.bad,
    },
    cliponaxis: false,
    hovertemplate: "%{text}<extra></extra>",
  };
}

const bar = (x0, x1, band, fillcolor) => ({ type: "rect", xref: "x", yref: "paper", x0, x1, ...band, line: { width: 0 }, fillcolor });

const crossing = (x, y1, color, dash) => ({
  type: "line", xref: "x", yref: "paper", x0: x, x1: x, y0: 0, y1, line: { color, width: 1, dash }, layer: "below",
});

const cut = (name) => (name.length > NAME_CHARS ? `${name.slice(0, NAME_CHARS - 1)}…` : name);

// Plotly reads a little HTML in texts: a name is shown as it is.
function escaped(name) {
  return name.replace(/[&<>]/g, (character) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;" })[character]);
}
