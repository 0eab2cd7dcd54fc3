// A run out of a file: is it one, and what was the document like at any moment of it.

import { applyChange } from "./document.js";
import { parts, setHidden, setText } from "./dom.js";
import { clockTime, dateTime } from "./words.js";

const FORMAT = "origin-router-run";
const FORMAT_VERSION = 1;
const PLAY_STEP_S = 1;
const PLAY_EVERY_MS = 200;

// Returns the run, or throws an Error with a sentence for the user. The same checks as view_recording.py.
export function readRecording(text) {
  let recording;
  try {
    recording = JSON.parse(text);
  } catch {
    throw new Error("This file is not JSON. Drop a file that Export run has saved.");
  }
  if (recording?.format !== FORMAT) throw new Error("This file is not an exported run. Drop one that Export run has saved.");
  if (recording.format_version > FORMAT_VERSION) {
    throw new Error(`This run was written by a newer version (${String(recording.made_by)}). Update cloudfront-origin-router.`);
  }
  const { document, history, limits, recorded_at: at } = recording;
  const isWhole = [document?.edges, history?.start?.edges, limits].every((each) => each && typeof each === "object");
  if (!isWhole || !Array.isArray(history.frames) || !Number.isFinite(at)) {
    throw new Error("This file is damaged: parts of the run are missing. Export the run again.");
  }
  return recording;
}

export class Player {
  constructor(element, { show, leave }) {
    this.element = element;
    this.parts = parts(element);
    this.show = show;
    this.leave = leave;
    this.recording = null;
    this.timer = 0;
    this.parts.moment.addEventListener("input", () => this.seek(this.from + Number(this.parts.moment.value)));
    this.parts.play.addEventListener("click", () => (this.timer ? this.pause() : this.play()));
    this.parts.live.addEventListener("click", () => this.close());
  }

  get isOpen() {
    return this.recording !== null;
  }

  open(recording, canLeave) {
    this.pause();
    this.recording = recording;
    this.to = recording.recorded_at;
    this.from = Math.min(recording.history.frames[0]?.[0] ?? this.to, this.to);
    this.rewind();
    setHidden(this.element, false);
    setHidden(this.parts.live, !canLeave);
    setText(this.parts.when, `of ${dateTime(this.to)}, ${minutes(this.to - this.from)}`);
    this.parts.moment.max = String(Math.ceil(this.to - this.from));
    this.parts.moment.value = this.parts.moment.max;
    this.seek(this.to);
  }

  close() {
    this.pause();
    this.recording = null;
    setHidden(this.element, true);
    this.leave();
  }

  rewind() {
    this.document = structuredClone(this.recording.history.start);
    this.next = 0;
    this.at = -Infinity;
  }

  seek(moment) {
    const at = Math.min(moment, this.to);
    const { frames } = this.recording.history;
    if (at < this.at) this.rewind();
    this.at = at;
    for (; this.next < frames.length && frames[this.next][0] <= at; this.next += 1) {
      for (const change of frames[this.next][1]) applyChange(this.document, structuredClone(change), this.recording.limits);
    }
    setText(this.parts.clock, clockTime(at));
    this.parts.moment.setAttribute("aria-valuetext", clockTime(at));
    this.show(at === this.to ? this.recording.document : this.document, at, this.recording.limits);
  }

  play() {
    if (Number(this.parts.moment.value) >= Number(this.parts.moment.max)) this.parts.moment.value = "0";
    setText(this.parts.play, "Pause");
    this.timer = setInterval(() => this.step(), PLAY_EVERY_MS);
  }

  pause() {
    clearInterval(this.timer);
    this.timer = 0;
    setText(this.parts.play, "Play");
  }

  step() {
    this.parts.moment.value = String(Number(this.parts.moment.value) + PLAY_STEP_S);
    this.seek(this.from + Number(this.parts.moment.value));
    if (this.at >= this.to) this.pause();
  }
}

const minutes = (s) => (s < 90 ? `${Math.round(s)} s long` : `${Math.round(s / 60)} min long`);
