// The page: follows the local edge, or shows a recording, and draws what it says. No framework, nothing from elsewhere.

import { Announcer } from "./announcer.js";
import { colourOf } from "./colours.js";
import { DemoPanel } from "./demo.js";
import { follow } from "./document.js";
import { setData, setHidden, setText } from "./dom.js";
import { EdgePanel } from "./edge.js";
import { FaultList } from "./faults.js";
import { LinkPanel } from "./link.js";
import { originsOf } from "./links.js";
import { Matrix } from "./matrix.js";
import { Player, readRecording } from "./recording.js";
import { clockTime, dateTime } from "./words.js";

const byId = (id) => document.getElementById(id);
const announcer = new Announcer(byId("announcer"));
const connection = byId("connection");
const say = (sentence) => announcer.say(sentence);

const faults = new FaultList(byId("faults"), say);
const link = new LinkPanel(byId("link"), say, (edge, origin) => matrix.focus(edge, origin));
const matrix = new Matrix(byId("board"), { openEdge, openLink });
const demo = new DemoPanel(byId("demo"), say);
const player = new Player(byId("recording"), { show: changed, leave: goLive });

let shown = null; // the panel of the edge that is shown in detail
let latest = null;
let isDrawing = false;
let stopFollowing = () => {};

function openEdge(edge) {
  if (shown?.name === edge) return;
  shown?.remove();
  shown = new EdgePanel(edge, say, openEdge);
  byId("detail").append(shown.element);
  redraw();
}

function openLink(edge, origin, isByKeyboard) {
  link.open(edge, origin);
  openEdge(edge);
  redraw();
  link.receive(isByKeyboard);
}

function changed(state, at, limits) {
  latest = { state, at, limits };
  if (isDrawing) return;
  isDrawing = true;
  requestAnimationFrame(redraw);
}

function redraw() {
  isDrawing = false;
  if (!latest) return;
  try {
    draw(latest);
  } catch (error) {
    if (!player.isOpen) throw error;
    complain(`This file cannot be shown: ${error.message}`);
  }
}

function draw({ state, at, limits }) {
  const edges = Object.keys(state.edges);
  const origins = originsOf(state);
  origins.forEach(colourOf);
  setHidden(byId("waiting"), edges.length > 0);
  if (shown && !edges.includes(shown.name)) {
    shown.remove();
    shown = null;
  }
  if (!shown && edges.length) return openEdge(edges[0]);
  matrix.render(state, origins, { edge: shown?.name, link: link.chosen });
  link.render(state);
  faults.render(state.faults ?? {}, at);
  demo.render(state.demo, state.edges);
  shown?.render(state, at, limits);
  if (!player.isOpen) announcer.watch(state.edges);
}

function connected(isConnected) {
  const state = isConnected ? "live" : "lost";
  if (connection.dataset.state === state) return;
  setData(connection, "state", state);
  setData(document.body, "connection", state);
  setText(connection, isConnected ? "live" : `connection lost at ${clockTime(Date.now() / 1000)}, trying again`);
  if (isConnected) link.loadKinds();
}

function complain(sentence) {
  setText(byId("notice"), sentence);
  setHidden(byId("notice"), !sentence);
}

const TITLE = document.title;

function goLive() {
  document.title = TITLE;
  setHidden(byId("export"), false);
  setData(document.body, "source", "live");
  setData(connection, "state", "connecting");
  stopFollowing = follow(changed, connected);
}

function openRecording(text, canLeave) {
  complain("");
  let recording;
  try {
    recording = readRecording(text);
  } catch (error) {
    complain(error.message);
    return;
  }
  stopFollowing();
  shown?.remove();
  shown = null;
  setData(document.body, "source", "recording");
  setData(document.body, "connection", "none");
  setData(connection, "state", "recording");
  setText(connection, "recording");
  setHidden(byId("export"), true);
  document.title = `Recording of ${dateTime(recording.recorded_at)} · CloudFront Origin Router`;
  player.open(recording, canLeave);
}

async function openFile(file) {
  openRecording(await file.text(), document.body.dataset.served !== "recording");
}

byId("open").addEventListener("change", async ({ target }) => {
  if (target.files.length) await openFile(target.files[0]);
  target.value = "";
});
for (const type of ["dragover", "drop"]) {
  addEventListener(type, (event) => {
    event.preventDefault();
    if (type === "drop" && event.dataTransfer.files.length) openFile(event.dataTransfer.files[0]);
  });
}
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
  shown?.forgetDrawn();
  redraw();
});
setInterval(() => latest && !player.isOpen && faults.tick(), 1000);

const served = await fetch("/api/recording").catch(() => null);
if (served?.status === 200) {
  setData(document.body, "served", "recording");
  openRecording(await served.text(), false);
} else goLive();
