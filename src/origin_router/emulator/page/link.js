// One link in detail, and the form that puts a fault on it. Which kinds there are, and what they take, the server says.

import { act } from "./document.js";
import { fillRows, parts, setAttribute, setData, setText } from "./dom.js";
import { linkOf } from "./links.js";
import { faultWords, healthWord, milliseconds, outcomeWord } from "./words.js";

const DURATIONS = [
  [10, "10 s"],
  [30, "30 s"],
  [60, "1 min"],
  [300, "5 min"],
  ["", "until removed"],
];
const FIRST_DURATION_S = 30;
const FACTS = ["Host", "Round trip", "Measured", "Health", "Choice"];

export class LinkPanel {
  constructor(element, say, leave) {
    this.element = element;
    this.parts = parts(element);
    this.say = say;
    this.chosen = null; // {edge, origin}
    this.kinds = [];
    fillRows(this.parts.facts, FACTS, makeFact, (fact, name) => setText(fact.firstElementChild, name));
    fillOptions(this.parts.duration, DURATIONS);
    this.parts.duration.value = String(FIRST_DURATION_S);
    this.parts.kind.addEventListener("change", () => this.renderParameters());
    this.parts.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.inject();
    });
    element.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && this.chosen) leave(this.chosen.edge, this.chosen.origin);
    });
    setData(element, "chosen", "false");
    this.renderParameters();
  }

  async loadKinds() {
    try {
      const answer = await fetch("/api/faults");
      if (answer.ok) this.setKinds((await answer.json()).kinds);
    } catch {
      // the connection is lost; this is tried again when it is back
    }
  }

  setKinds(kinds) {
    this.kinds = kinds;
    const before = this.parts.kind.value;
    fillOptions(this.parts.kind, kinds.map(({ kind, title }) => [kind, title]));
    kinds.forEach(({ is_available: isAvailable, why }, index) => {
      const option = this.parts.kind.options[index];
      option.disabled = !isAvailable;
      if (!isAvailable) option.textContent += `: ${why}`;
    });
    const usable = kinds.filter((each) => each.is_available).map((each) => each.kind);
    this.parts.kind.value = usable.includes(before) ? before : (usable[0] ?? "");
    if (before !== this.parts.kind.value) this.renderParameters();
  }

  open(edge, origin) {
    this.chosen = { edge, origin };
    setData(this.element, "chosen", "true");
    setText(this.parts.title, `${edge} → ${origin}`);
    setText(this.parts.note, "");
    const before = this.parts.scope.selectedIndex;
    fillOptions(this.parts.scope, [
      ["link", "this link only"],
      ["origin", `${origin} from every edge`],
      ["edge", `every origin from ${edge}`],
    ]);
    this.parts.scope.selectedIndex = Math.max(0, before);
  }

  // Take over from the matrix: with the keyboard the form gets the focus, with the mouse the panel comes into sight.
  receive(isByKeyboard) {
    const first = document.body.dataset.source === "recording" ? this.parts.title : this.parts.kind;
    if (isByKeyboard) first.focus();
    else this.element.scrollIntoView({ block: "nearest" });
  }

  render(state) {
    if (!this.chosen) return;
    const { edge, origin } = this.chosen;
    const about = linkOf(state, edge, origin);
    const facts = factsOf(about);
    [...this.parts.facts.children].forEach((fact, index) => setText(fact.lastElementChild, facts[index]));
    setAttribute(this.parts.facts.firstElementChild.lastElementChild, "title", facts[0]);
  }

  renderParameters() {
    const about = this.kinds.find((each) => each.kind === this.parts.kind.value);
    this.parts.parameters.replaceChildren(...(about?.parameters ?? []).map(makeParameter));
  }

  async inject() {
    if (!this.chosen || !this.parts.kind.value) return;
    const { edge, origin } = this.chosen;
    const scope = this.parts.scope.value;
    const fault = { kind: this.parts.kind.value, edge: scope === "origin" ? "*" : edge, origin: scope === "edge" ? "*" : origin };
    for (const input of this.parts.parameters.querySelectorAll("input")) {
      if (input.value !== "") fault[input.name] = Number(input.value);
    }
    if (this.parts.duration.value) fault.for_s = Number(this.parts.duration.value);
    const problem = await act("/api/faults", "POST", fault);
    setText(this.parts.note, problem ?? "");
    setData(this.parts.note, "result", problem ? "problem" : "done");
    if (!problem) this.say(`Fault added: ${faultWords(fault)}`);
  }
}

function factsOf({ link, newest, answer, pools, environments }) {
  const failed = newest.probe && newest.probe.outcome !== "ok" ? `, then ${outcomeWord(newest.probe)}` : "";
  const measured = newest.measured ? `${milliseconds(newest.measured.ms)}${failed}` : failed.replace(", then ", "");
  const [chose, alive] = environments;
  return [
    link?.host ?? "–",
    link ? `${milliseconds(link.round_trip_ms)} configured, ${link.mode}` : "–",
    measured || (answer ? `${milliseconds(answer.ms)} to the first byte` : "not yet"),
    healthWord(newest),
    pools.length || chose ? `of ${chose} of ${alive} environments` : "no",
  ];
}

function makeFact() {
  const fact = document.createElement("div");
  fact.append(document.createElement("dt"), document.createElement("dd"));
  return fact;
}

function makeParameter({ name, title, default: value, min, max }) {
  const label = document.createElement("label");
  label.className = "field";
  const input = document.createElement("input");
  Object.assign(input, { type: "number", name, step: "any", required: true });
  if (min !== null && min !== undefined) input.min = min;
  if (max !== null && max !== undefined) input.max = max;
  if (value !== null && value !== undefined) input.value = value;
  else input.required = false;
  label.append(title, " ", input);
  return label;
}

function fillOptions(select, options) {
  fillRows(select, options, () => document.createElement("option"), (option, [value, text]) => {
    if (option.value !== String(value) || !option.hasAttribute("value")) option.value = value;
    setText(option, text);
  });
}
