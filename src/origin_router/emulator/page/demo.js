// The panel of the demo's origins: what each is up to, buttons to change it, and the built-in viewers.

import { colourOf } from "./colours.js";
import { fromTemplate, parts, setData, setHidden, setText } from "./dom.js";
import { act } from "./document.js";

const ACTIONS = [
  // [action, the button's word, the state it leads to, what the state means]
  ["slow", "Slow", "slow", "answers 400 ms late"],
  ["error", "Break", "error", "answers with status 500"],
  ["silent", "Silence", "silent", "accepts, never answers"],
  ["stop", "Stop", "stopped", "refuses connections"],
  ["revive", "Revive", "ok", "answers normally"],
];

export class DemoPanel {
  constructor(element, say) {
    this.element = element;
    this.say = say;
    this.list = element.querySelector("#demo-origins");
    this.hint = element.querySelector("#hint");
    this.traffic = element.querySelector("#traffic");
    this.origins = new Map();
    this.isRunning = false;
    this.traffic.addEventListener("click", () => this.act(`/api/traffic/${this.isRunning ? "pause" : "resume"}`));
  }

  render(demo, edges) {
    setHidden(this.element, !demo);
    if (!demo) return;
    for (const [name, origin] of Object.entries(demo.origins)) this.renderOrigin(name, origin);
    this.renderTraffic(demo.traffic);
    setText(this.hint, hintFor(demo, edges));
  }

  renderOrigin(name, { state, place }) {
    if (!this.origins.has(name)) this.addOrigin(name);
    const { element, named, buttons } = this.origins.get(name);
    setText(named.place, place ?? "");
    setText(named.state, ACTIONS.find((each) => each[2] === state)?.[3] ?? state);
    setData(element, "state", state);
    for (const [button, leadsTo] of buttons) {
      // Not the disabled property: a button that has the focus would lose it.
      const attribute = leadsTo === "ok" ? "aria-disabled" : "aria-pressed";
      button.setAttribute(attribute, String(leadsTo === state));
    }
  }

  addOrigin(name) {
    const element = fromTemplate("demo-origin-template");
    const named = parts(element);
    setText(named.name, name);
    setData(element.querySelector(".swatch"), "colour", colourOf(name));
    named.actions.setAttribute("aria-label", `What ${name} does`);
    const buttons = ACTIONS.map(([action, word, leadsTo]) => {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "button";
      button.textContent = word;
      button.dataset.action = action;
      button.setAttribute("aria-label", `${word} ${name}`);
      button.addEventListener("click", () => this.act(`/api/origins/${encodeURIComponent(name)}/${action}`));
      named.actions.append(button);
      return [button, leadsTo];
    });
    this.origins.set(name, { element, named, buttons });
    this.list.append(element);
  }

  renderTraffic(traffic) {
    setHidden(this.traffic, !traffic);
    if (!traffic) return;
    this.isRunning = traffic.is_running;
    setText(this.traffic, traffic.is_running ? "Pause viewers" : "Resume viewers");
    this.traffic.title = `${traffic.requests_per_s} requests per second to each edge`;
  }

  async act(path) {
    const problem = await act(path);
    if (problem) this.say(`That did not work: ${problem}`);
  }
}

function hintFor(demo, edges) {
  const changed = Object.entries(demo.origins).filter(([, { state }]) => state !== "ok");
  if (changed.length) return `Watch the choices move. Revive ${changed.map(([name]) => name).join(" and ")} to see them come back.`;
  for (const [edge, { pools }] of Object.entries(edges)) {
    const choice = Object.values(pools ?? {})[0]?.choice;
    if (choice && demo.origins[choice.origin]) return `Try it: stop ${choice.origin}, the choice of ${edge}, and watch it move.`;
  }
  return "The edges are measuring for the first time.";
}
