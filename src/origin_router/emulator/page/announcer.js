// What a screen reader is told of its own accord: at most one sentence in two seconds, however much happens.

import { setText } from "./dom.js";

const EVERY_MS = 2000;
const MANY = 2; // more news than this at once are counted, not told

export class Announcer {
  constructor(element) {
    this.element = element;
    this.waiting = [];
    this.timer = 0;
    this.choices = new Map();
  }

  say(sentence) {
    this.waiting.push(sentence);
    if (!this.timer) this.flush();
  }

  // Tell where requests go now, when that changes.
  watch(edges) {
    const moved = [];
    for (const [edge, { pools }] of Object.entries(edges)) {
      for (const [pool, { choice }] of Object.entries(pools ?? {})) {
        const key = JSON.stringify([edge, pool]);
        const before = this.choices.get(key);
        if (choice && before && before !== choice.origin) moved.push([edge, choice.origin]);
        if (choice) this.choices.set(key, choice.origin);
      }
    }
    if (moved.length > MANY) this.say(`${moved.length} choices moved, that of ${moved[0][0]} to ${moved[0][1]}`);
    else for (const [edge, origin] of moved) this.say(`${edge} now sends requests to ${origin}`);
  }

  flush() {
    this.timer = 0;
    if (!this.waiting.length) return;
    const sentences = this.waiting.splice(0);
    const more = sentences.length - MANY;
    setText(this.element, sentences.slice(0, MANY).join(". ") + (more > 0 ? `, and ${more} more changes` : ""));
    this.timer = setTimeout(() => this.flush(), EVERY_MS);
  }
}
