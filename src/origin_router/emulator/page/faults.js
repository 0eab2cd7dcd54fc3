// The faults that act now: what, where, for how much longer, and a button to end each.

import { act } from "./document.js";
import { fromTemplate, parts, setAttribute, setHidden, setText } from "./dom.js";
import { faultPlace, faultWords, timeLeft } from "./words.js";

export class FaultList {
  constructor(element, say) {
    this.parts = parts(element);
    this.title = element.querySelector("h3");
    this.say = say;
    this.rows = new Map();
    this.until = new Map();
    this.aheadS = 0; // how far the server's clock is ahead of this browser's
    this.parts.clear.addEventListener("click", () => this.remove("/api/faults"));
  }

  render(faults, at) {
    this.aheadS = at - Date.now() / 1000;
    for (const [id, row] of this.rows) if (!Object.hasOwn(faults, id)) this.drop(id, row);
    for (const fault of Object.values(faults)) this.renderFault(fault, at);
    setHidden(this.parts.none, this.rows.size > 0);
    setHidden(this.parts.clear, this.rows.size < 2);
  }

  // Count down between two messages.
  tick() {
    const now = Date.now() / 1000 + this.aheadS;
    for (const [id, { named }] of this.rows) setText(named.left, timeLeft(this.until.get(id), now));
  }

  renderFault(fault, at) {
    if (!this.rows.has(fault.id)) this.add(fault);
    const { named } = this.rows.get(fault.id);
    this.until.set(fault.id, fault.until);
    setText(named.what, faultWords(fault));
    setText(named.where, faultPlace(fault));
    setText(named.left, timeLeft(fault.until, at));
  }

  add(fault) {
    const element = fromTemplate("fault-template");
    const named = parts(element);
    setAttribute(named.remove, "aria-label", `Remove ${faultWords(fault)} on ${faultPlace(fault)}`);
    named.remove.addEventListener("click", () => this.remove(`/api/faults/${encodeURIComponent(fault.id)}`));
    this.rows.set(fault.id, { element, named });
    this.parts.list.append(element);
  }

  drop(id, { element }) {
    const hadFocus = element.contains(document.activeElement);
    const next = element.nextElementSibling ?? element.previousElementSibling;
    element.remove();
    this.rows.delete(id);
    this.until.delete(id);
    if (hadFocus) (next?.querySelector("button") ?? this.title).focus();
  }

  async remove(path) {
    const problem = await act(path, "DELETE");
    if (problem) this.say(`That did not work: ${problem}`);
  }
}
