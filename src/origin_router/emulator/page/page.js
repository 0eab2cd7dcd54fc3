// The live page: follows the local edge and draws what it says. No framework, nothing from elsewhere.

import { colourOf } from "./colours.js";
import { DemoPanel } from "./demo.js";
import { follow } from "./document.js";
import { setData, setText } from "./dom.js";
import { EdgePanel, removePanel } from "./edge.js";
import { clockTime } from "./words.js";

const announcer = document.getElementById("announcer");
const connection = document.getElementById("connection");
const edges = document.getElementById("edges");
const waiting = document.getElementById("waiting");

const announce = (sentence) => setText(announcer, sentence);
const demo = new DemoPanel(document.getElementById("demo"), announce);
const panels = new Map();

let latest = null;
let isDrawing = false;

function changed(state, at, limits) {
  latest = { state, at, limits };
  if (isDrawing) return;
  isDrawing = true;
  requestAnimationFrame(() => {
    isDrawing = false;
    draw(latest);
  });
}

function draw({ state, at, limits }) {
  for (const name of Object.keys(state.demo?.origins ?? {})) colourOf(name); // the demo's order decides first
  demo.render(state.demo, state.edges);
  waiting.hidden = Object.keys(state.edges).length > 0;
  for (const [name, panel] of panels) {
    if (name in state.edges) continue;
    removePanel(panel);
    panels.delete(name);
  }
  for (const [name, edge] of Object.entries(state.edges)) {
    if (!panels.has(name)) {
      panels.set(name, new EdgePanel(name, announce));
      edges.append(panels.get(name).element);
    }
    panels.get(name).render(edge, at, limits);
  }
}

function connected(isConnected) {
  const state = isConnected ? "live" : "lost";
  if (connection.dataset.state === state) return;
  setData(connection, "state", state);
  setData(document.body, "connection", state);
  setText(connection, isConnected ? "live" : `connection lost at ${clockTime(Date.now() / 1000)}, trying again`);
}

matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
  for (const panel of panels.values()) for (const pool of panel.pools.values()) pool.drawnAt = -Infinity;
  if (latest) draw(latest);
});

follow(changed, connected);
