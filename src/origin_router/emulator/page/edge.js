// One edge in detail: its pools (choice, chart, origins), what it counted, its environments, the stream of its decisions.

import { drawChart, forgetChart } from "./chart.js";
import { colourOf, inOrder } from "./colours.js";
import { renderCounters } from "./counters.js";
import { fillRows, fromTemplate, parts, row, setData, setHidden, setNamed, setText } from "./dom.js";
import { clockTime, healthWord, milliseconds, momentWord, outcomeWord, placeOf, reasonWord, troubleSentence, whySentence } from "./words.js";

const CHART_EVERY_MS = 1000;
const NO_ORIGIN = "-"; // the access log's way to say that no origin was asked

export class EdgePanel {
  constructor(name, say, pick) {
    this.element = fromTemplate("edge-template");
    this.name = name;
    this.parts = parts(this.element);
    this.say = say;
    this.pools = new Map();
    setText(this.parts.name, name);
    setText(this.parts.place, placeOf(name));
    this.parts.stream.setAttribute("aria-label", `Requests of ${name}, newest first`);
    this.parts["environments-region"].setAttribute("aria-label", `Environments of ${name}`);
    this.parts.copy.setAttribute("aria-label", `Copy the command for ${name}`);
    this.parts.copy.addEventListener("click", () => this.copyCommand());
    this.parts.pick.addEventListener("change", () => {
      pick(this.parts.pick.value);
      document.querySelector("#detail select").focus(); // the one that was used went with its edge
    });
  }

  render(state, now, limits) {
    const edge = state.edges[this.name];
    setText(this.parts.curl, edge.url ? `curl -i ${edge.url}/` : "starting");
    setText(this.parts.mode, edge.freeze ? `freeze ${edge.freeze} · extensions ${edge.extensions ? "on" : "off"}` : "");
    this.renderPick(Object.keys(state.edges));
    this.renderProblem(edge.problem);
    const hits = byOrigin(edge);
    const isHere = (fault) => ["*", this.name].includes(fault.edge);
    const faults = {
      log: (state.fault_log ?? []).filter(([, , fault]) => isHere(fault)),
      active: Object.values(state.faults ?? {}).filter(isHere),
    };
    for (const [name, pool] of Object.entries(edge.pools ?? {})) {
      if (!this.pools.has(name)) this.addPool(name);
      this.pools.get(name).render(pool, hits, faults, now, limits);
    }
    renderCounters(this.parts, edge, now);
    this.renderTotals(edge.counters ?? {});
    this.renderRequests(edge.requests ?? {});
    this.renderEnvironments(edge);
  }

  remove() {
    for (const pool of this.pools.values()) forgetChart(pool.parts.chart);
    this.element.remove();
  }

  // Colours have changed: what is drawn is to be drawn anew.
  forgetDrawn() {
    for (const pool of this.pools.values()) pool.drawnAt = -Infinity;
  }

  addPool(name) {
    const pool = new PoolPanel(name, this.name);
    this.pools.set(name, pool);
    this.parts.pools.append(pool.element);
    for (const each of this.pools.values()) setHidden(each.parts.pool, this.pools.size === 1);
  }

  renderPick(names) {
    setHidden(this.parts.pick.parentElement, names.length < 2);
    this.parts.name.classList.toggle("unseen", names.length > 1); // the control says the same
    if (this.parts.pick === document.activeElement) return; // it may be open
    fillRows(this.parts.pick, names, () => document.createElement("option"), setText);
    this.parts.pick.value = this.name;
  }

  renderProblem(problem) {
    setHidden(this.parts.problem, !problem);
    if (problem) setText(this.parts.problem, `${clockTime(problem.at)} ${problem.where ?? "the function"}: ${problem.error}`);
  }

  renderTotals(counters) {
    const sum = (result) => Object.values(counters).reduce((total, each) => total + (each[result] ?? 0), 0);
    setText(this.parts.totals, `${sum("hit")} hits · ${sum("miss")} misses · ${sum("error")} errors`);
  }

  renderRequests(requests) {
    // A reader who has scrolled down keeps the place: the list goes on at the top.
    if (this.parts.stream.scrollTop > 0) return;
    const newest = Object.values(requests).sort((one, other) => other.at - one.at);
    fillRows(this.parts.requests, newest, requestRow, fillRequest);
  }

  renderEnvironments(edge) {
    const environments = Object.entries(edge.environments ?? {}).filter(([, each]) => each.state);
    const states = {};
    for (const [, { state }] of environments) states[state] = (states[state] ?? 0) + 1;
    setText(this.parts.states, Object.entries(states).map(([state, count]) => `${count} ${state}`).join(" · "));
    fillRows(this.parts.environments, environments, environmentRow, fillEnvironment);
  }

  async copyCommand() {
    await navigator.clipboard.writeText(this.parts.curl.textContent);
    this.say("Command copied");
  }
}

class PoolPanel {
  constructor(name, edge) {
    this.element = fromTemplate("pool-template");
    this.parts = parts(this.element);
    this.swatch = this.element.querySelector(".swatch");
    this.drawnAt = -Infinity;
    new ResizeObserver(() => (this.drawnAt = -Infinity)).observe(this.parts.chart);
    setText(this.parts.pool, `of pool ${name}`);
    const label = `Measured response times over the last five minutes from ${edge}; the newest are in the table below`;
    this.parts.chart.setAttribute("aria-label", label);
  }

  render(pool, hits, faults, now, limits) {
    const origins = pool.origins ?? {};
    if (pool.choice) this.renderChoice(pool.choice, origins);
    const names = inOrder(Object.keys(origins));
    fillRows(this.parts.origins, names, originRow, (tr, name) =>
      fillOrigin(tr, name, origins[name], hits[name] ?? {}, name === pool.choice?.origin),
    );
    if (performance.now() - this.drawnAt >= CHART_EVERY_MS) {
      this.drawnAt = performance.now();
      drawChart(this.parts.chart, pool, faults, now, limits.series_s);
    }
  }

  renderChoice(choice, origins) {
    setData(this.swatch, "colour", colourOf(choice.origin));
    setText(this.parts.choice, choice.origin);
    const moved = choice.previous ? `moved here from ${choice.previous} at` : "since";
    setText(this.parts.since, `${moved} ${clockTime(choice.since)}`);
    setText(this.parts.why, `${whySentence(choice, origins)} ${troubleSentence(origins)}`.trim());
  }
}

// Counters by origin: the access log counts by host, and hosts are matched with origins as requests are seen.
function byOrigin(edge) {
  const counted = {};
  for (const [host, results] of Object.entries(edge.counters ?? {})) {
    if (host !== NO_ORIGIN) counted[edge.hosts?.[host] ?? host] = results;
  }
  return counted;
}

const originRow = () => row(["name", "number ms", "number ms wide", "health", "outcome", "number count", "number count"], true);

function fillOrigin(tr, name, origin, results, isChosen) {
  const [head, measured, estimate, health, outcome, miss, error] = tr.children;
  setNamed(head, colourOf(name), name);
  setData(tr, "chosen", String(isChosen));
  setText(measured, milliseconds(origin.measured?.ms));
  setText(estimate, milliseconds(origin.estimate_ms));
  setData(measured, "age", origin.probe && origin.probe.outcome !== "ok" ? "old" : "new");
  setText(health, healthWord(origin));
  setData(health, "health", healthWord(origin));
  setText(outcome, outcomeWord(origin.probe));
  setData(outcome, "outcome", origin.probe?.outcome ?? "none");
  outcome.title = origin.probe?.detail ?? origin.probe?.withheld ?? "";
  setText(miss, String(results.miss ?? 0));
  setText(error, String(results.error ?? 0));
}

const requestRow = () => row(["time", "request", "answer", "result wide", "status", "number ms"]);

function fillRequest(tr, request) {
  const [time, what, answer, kind, status, total] = tr.children;
  setText(time, clockTime(request.at));
  setText(what, `${request.method} ${request.uri}`);
  what.title = what.textContent;
  setNamed(answer, colourOf(request.origin), request.origin ?? request.host ?? "cache");
  setReason(answer, request.origin ? reasonWord(request.reason) : withoutDecision(request));
  setText(kind, request.result_type ?? "…");
  setText(status, request.status === undefined ? "…" : String(request.status));
  setData(status, "result", request.result ?? "open");
  setText(total, request.total_ms === undefined ? "…" : milliseconds(request.total_ms));
}

function setReason(cell, reason) {
  if (cell.childElementCount < 3) {
    const made = document.createElement("span");
    made.className = "reason";
    cell.append(made);
  }
  setText(cell.lastElementChild, reason);
}

function withoutDecision(request) {
  return request.result === "hit" ? "no function run" : (request.result_type ?? "not decided");
}

const environmentRow = () => row(["name", "state", "number", "number", "wide", "choice-of"], true);

function fillEnvironment(tr, [id, environment]) {
  const [head, state, invocations, coldStart, measures, choice] = tr.children;
  setText(head, id);
  setText(state, environment.state);
  setData(state, "environment", environment.state);
  setText(invocations, String(environment.invocations));
  setText(coldStart, milliseconds(environment.cold_start_ms));
  setText(measures, environment.measuring ? momentWord(environment.measuring.moment) : "–");
  measures.title = environment.measuring?.why ?? "";
  setNamed(choice, colourOf(environment.choice), environment.choice ?? "–");
}
