// The matrix of edges and origins: what is measured, chosen and broken, at a glance. A grid as assistive
// technology knows it: one stop of the Tab key, arrow keys inside, Enter opens what a cell stands for.

import { colourOf } from "./colours.js";
import { fillRows, setAttribute, setData, setNamed, setText } from "./dom.js";
import { linkOf } from "./links.js";
import { faultWord, faultWords, healthWord, milliseconds, outcomeShort, outcomeWord, placeOf } from "./words.js";

const STEPS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };

export class Matrix {
  constructor(table, { openEdge, openLink }) {
    this.table = table;
    this.head = table.createTHead();
    this.body = table.createTBody();
    this.openEdge = openEdge;
    this.openLink = openLink;
    this.edges = [];
    this.origins = [];
    this.active = [0, 1]; // row and column of the cell that Tab reaches; column 0 names the edge
    table.addEventListener("click", (event) => this.clicked(event));
    table.addEventListener("keydown", (event) => this.pressed(event));
    table.addEventListener("focusin", (event) => this.focused(event));
  }

  render(state, origins, chosen) {
    this.edges = Object.keys(state.edges);
    this.origins = origins;
    this.table.style.setProperty("--columns", origins.length);
    fillRows(this.head, [origins], () => makeRow("th"), fillHead);
    fillRows(this.body, this.edges, () => makeRow("th"), (row, edge) => this.fillRow(row, state, edge, chosen));
    this.moveTabStop();
  }

  fillRow(row, state, edge, chosen) {
    const [head, ...cells] = sized(row, this.origins.length + 1, makeCell);
    setNamed(head, "none", edge);
    setText(part(head, "place"), placeOf(edge));
    setAttribute(head, "aria-selected", String(chosen.edge === edge));
    setData(row, "shown", String(chosen.edge === edge));
    this.origins.forEach((origin, index) => {
      const isChosen = chosen.link?.edge === edge && chosen.link?.origin === origin;
      fillCell(cells[index], linkOf(state, edge, origin), edge, origin, isChosen);
    });
  }

  focus(edge, origin) {
    this.move(this.edges.indexOf(edge), this.origins.indexOf(origin) + 1);
  }

  move(row, column) {
    this.active = [clamp(row, this.edges.length - 1), clamp(column, this.origins.length)];
    this.moveTabStop();
    this.cell()?.focus();
  }

  moveTabStop() {
    const [row, column] = this.active;
    this.active = [clamp(row, this.edges.length - 1), clamp(column, this.origins.length)];
    for (const each of this.body.querySelectorAll('[tabindex="0"]')) if (each !== this.cell()) each.tabIndex = -1;
    if (this.cell() && this.cell().tabIndex !== 0) this.cell().tabIndex = 0;
  }

  cell() {
    const [row, column] = this.active;
    return this.body.rows[row]?.cells[column];
  }

  focused(event) {
    const cell = event.target.closest("tbody > tr > *");
    if (!cell) return;
    this.active = [cell.parentElement.sectionRowIndex, cell.cellIndex];
    this.moveTabStop();
  }

  clicked(event) {
    const cell = event.target.closest("tbody > tr > *");
    if (cell) this.open(cell, false);
  }

  pressed(event) {
    const [row, column] = this.active;
    if (event.key in STEPS) this.move(row + STEPS[event.key][0], column + STEPS[event.key][1]);
    else if (event.key === "Home") this.move(event.ctrlKey ? 0 : row, 0);
    else if (event.key === "End") this.move(event.ctrlKey ? this.edges.length : row, this.origins.length);
    else if (event.key === "Enter" || event.key === " ") this.open(this.cell(), true);
    else return;
    event.preventDefault();
  }

  open(cell, isByKeyboard) {
    const edge = this.edges[cell.parentElement.sectionRowIndex];
    if (cell.cellIndex === 0) this.openEdge(edge);
    else this.openLink(edge, this.origins[cell.cellIndex - 1], isByKeyboard);
  }
}

const clamp = (value, most) => Math.max(0, Math.min(value, most));

function makeRow() {
  const row = document.createElement("tr");
  row.append(headCell("row"));
  return row;
}

function headCell(scope) {
  const cell = document.createElement("th");
  cell.scope = scope;
  cell.setAttribute("role", scope === "row" ? "rowheader" : "columnheader");
  if (scope === "row") cell.tabIndex = -1;
  return cell;
}

function fillHead(row, origins) {
  const [corner, ...cells] = sized(row, origins.length + 1, () => headCell("col"));
  if (corner.scope !== "col") corner.replaceWith(headCell("col"));
  setText(row.cells[0], "Edge");
  origins.forEach((origin, index) => {
    setNamed(cells[index], colourOf(origin), origin);
    setAttribute(cells[index], "title", origin);
  });
}

function sized(row, count, make) {
  while (row.cells.length > count) row.lastElementChild.remove();
  while (row.cells.length < count) row.append(make());
  return [...row.cells];
}

const PARTS = ["ms", "choice", "chips", "state", "trip"];

function makeCell() {
  const cell = document.createElement("td");
  cell.setAttribute("role", "gridcell");
  cell.tabIndex = -1;
  const lines = [PARTS.slice(0, 2), PARTS.slice(2)].map((names) => {
    const line = document.createElement("div");
    line.className = "line";
    for (const name of names) part(line, name);
    return line;
  });
  cell.append(...lines);
  return cell;
}

// The element of this class inside another; made where it is missing.
function part(parent, name) {
  let found = parent.querySelector(`.${name}`);
  if (!found) {
    found = document.createElement("span");
    found.className = name;
    parent.append(found);
  }
  return found;
}

function fillCell(cell, about, edge, origin, isChosen) {
  const { link, newest, pools, faults } = about;
  const health = healthWord(newest);
  setText(part(cell, "ms"), reading(about));
  setData(cell, "outcome", newest.probe?.outcome ?? "none");
  setData(cell, "chosen", String(pools.length > 0));
  setData(cell, "colour", colourOf(origin));
  setText(part(cell, "choice"), pools.length ? share(about.environments) : "");
  setText(part(cell, "state"), ["serving", "unknown"].includes(health) ? "" : health);
  setData(part(cell, "state"), "health", health);
  setText(part(cell, "chips"), chips(faults));
  setData(cell, "faulty", String(faults.length > 0));
  setText(part(cell, "trip"), link ? milliseconds(link.round_trip_ms) : "");
  setAttribute(cell, "aria-selected", String(isChosen));
  const sentence = spoken(about, edge, origin);
  setAttribute(cell, "aria-label", sentence);
  setAttribute(cell, "title", sentence);
}

function reading({ newest, answer }) {
  if (newest.probe && newest.probe.outcome !== "ok") return outcomeShort(newest.probe);
  return milliseconds(newest.measured?.ms ?? answer?.ms);
}

const share = ([chose, alive]) => (alive > 1 && chose < alive ? `${chose} of ${alive} environments` : "");

function chips(faults) {
  if (!faults.length) return "";
  return faults.length === 1 ? faultWord(faults[0].kind) : `${faults.length} faults`;
}

function spoken({ link, newest, answer, pools, environments, faults }, edge, origin) {
  const said = [`${edge} to ${origin}`];
  if (newest.probe && newest.probe.outcome !== "ok") said.push(outcomeWord(newest.probe));
  else if (newest.measured) said.push(`measured ${milliseconds(newest.measured.ms)}`);
  else if (answer) said.push(`a request's first byte after ${milliseconds(answer.ms)}`);
  else said.push("not measured yet");
  if (link) said.push(`round trip of the link ${milliseconds(link.round_trip_ms)}`);
  if (healthWord(newest) !== "unknown") said.push(healthWord(newest));
  if (pools.length) said.push(`choice of ${pools.join(" and ")}`);
  if (environments[0]) said.push(`chosen by ${environments[0]} of ${environments[1]} environments`);
  if (faults.length) said.push(`faults: ${faults.map(faultWords).join("; ")}`);
  return said.join(", ");
}
