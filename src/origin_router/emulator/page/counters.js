// What an edge did so far, in numbers: rates, cache results, status classes.

import { fillRows, setData, setText } from "./dom.js";
import { milliseconds } from "./words.js";

const RATE_S = 10; // requests per second are a mean over this
const RESULTS = ["Hit", "RefreshHit", "Miss", "Error"]; // always there; others join when they occur
const STATUSES = ["2xx", "3xx", "4xx", "5xx"];
const whole = new Intl.NumberFormat("en-GB");

export function renderCounters(named, edge, at) {
  const counts = edge.counts ?? {};
  const tiles = [
    ["Requests/s", ratePerS(edge, at).toFixed(1)],
    ["Requests", whole.format(counts.requests ?? 0)],
    ["Second attempts", whole.format(counts.failovers ?? 0)],
    ["Invocations", whole.format(counts.invocations ?? 0)],
    ["Cold starts", whole.format(edge.cold_starts ?? 0)],
    ["Slowest start", milliseconds(slowestStart(edge))],
  ];
  fillRows(named.tiles, tiles, makeTile, (tile, [name, value]) => {
    setText(tile.firstElementChild, name);
    setText(tile.lastElementChild, value);
  });
  renderBars(named.results, RESULTS, counts.results ?? {});
  renderBars(named.statuses, STATUSES, counts.statuses ?? {});
}

function ratePerS(edge, at) {
  const seconds = [...(edge.rate ?? []), edge.counts?.second ?? [0, 0]];
  return seconds.reduce((sum, [second, requests]) => sum + (second > at - RATE_S - 1 ? requests : 0), 0) / RATE_S;
}

function slowestStart(edge) {
  const starts = Object.values(edge.environments ?? {}).map((each) => each.cold_start_ms ?? 0);
  const most = Math.max(0, ...starts);
  return most || null;
}

function renderBars(list, usual, counted) {
  const names = [...usual, ...Object.keys(counted).filter((name) => !usual.includes(name)).sort()];
  const most = Math.max(1, ...Object.values(counted));
  fillRows(list, names, makeBar, (bar, name) => {
    const count = counted[name] ?? 0;
    const [label, meter, number] = bar.children;
    setText(label, name);
    setText(number, whole.format(count));
    setData(bar, "kind", kindOf(name, count));
    const width = `${((100 * count) / most).toFixed(1)}%`;
    if (meter.firstElementChild.style.width !== width) meter.firstElementChild.style.width = width;
  });
}

function kindOf(name, count) {
  if (!count) return "none";
  if (name === "5xx" || /Error|Exceeded/.test(name)) return "bad";
  return name === "4xx" || name === "gone" ? "odd" : "good";
}

function makeTile() {
  const tile = document.createElement("div");
  tile.append(document.createElement("dt"), document.createElement("dd"));
  return tile;
}

function makeBar() {
  const bar = document.createElement("li");
  const meter = document.createElement("span");
  meter.className = "meter";
  meter.append(document.createElement("span"));
  const number = document.createElement("span");
  number.className = "number";
  bar.append(document.createElement("span"), meter, number);
  return bar;
}
