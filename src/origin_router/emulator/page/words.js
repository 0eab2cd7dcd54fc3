// Everything the page says in words: times, outcomes, reasons.

const OUTCOMES = {
  ok: "answered",
  dns: "name not resolved",
  refused: "connection refused",
  unreachable: "unreachable",
  connect_timeout: "connecting took too long",
  tls: "TLS failed",
  response_timeout: "no answer in time",
  bad_status: "wrong status",
  protocol: "not a valid answer",
};

const REASONS = {
  only_origin: "only origin",
  first_answer: "first answer",
  fastest: "fastest",
  kept_in_band: "kept, within the band",
  priority: "priority",
  weighted: "weight",
  sticky: "sticky",
  panic: "panic: none is healthy",
  fallback: "fallback",
};

const MOMENTS = {
  race: "in a race",
  frozen: "while frozen",
  after_answer: "after the answer",
  before_answer: "before the answer",
};

export const reasonWord = (reason) => REASONS[reason] ?? reason;
export const momentWord = (moment) => MOMENTS[moment] ?? moment;

export function outcomeWord(probe) {
  if (!probe) return "none yet";
  if (probe.outcome === "bad_status" && probe.status) return `status ${probe.status}`;
  return OUTCOMES[probe.outcome] ?? probe.outcome;
}

export const healthWord = (origin) => origin.state ?? origin.health?.state ?? "unknown";

const clock = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit" });
export const clockTime = (at) => clock.format(new Date(at * 1000));

export function milliseconds(ms) {
  if (ms === null || ms === undefined) return "–";
  if (ms < 0.1) return "< 0.1 ms";
  return `${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms`;
}

// Why requests go where they go, as one sentence.
export function whySentence(choice, origins) {
  const others = Object.entries(origins)
    .filter(([name, { estimate_ms: ms, state }]) => name !== choice.origin && Number.isFinite(ms) && state !== "ejected")
    .sort(([, one], [, other]) => one.estimate_ms - other.estimate_ms);
  const own = origins[choice.origin]?.estimate_ms;
  switch (choice.reason) {
    case "only_origin":
      return "It is the only origin of this pool.";
    case "first_answer":
      return "It answered first; not every origin has been measured yet.";
    case "fastest":
      return fastestSentence(own, others);
    case "kept_in_band":
      return "It stays the choice: no other origin is faster by more than the band.";
    case "priority":
      return "It is the first in order of priority that answers.";
    case "weighted":
      return "It was drawn by weight.";
    case "sticky":
      return "The request's own key leads to it.";
    case "panic":
      return "No origin is healthy, so health is ignored.";
    case "fallback":
      return "Nothing could be measured, so the fallback answers.";
    default:
      return `Reason: ${choice.reason}.`;
  }
}

function fastestSentence(own, others) {
  if (!Number.isFinite(own)) return "It is the fastest from here.";
  if (others.length === 0) return `It is the only one that is known to answer, in about ${milliseconds(own)}.`;
  const [[name, { estimate_ms: ms }]] = others;
  return `It is the fastest from here: estimated ${milliseconds(own)}, then ${name} with ${milliseconds(ms)}.`;
}

// What is wrong with other origins, as one sentence or nothing.
export function troubleSentence(origins) {
  const troubles = Object.entries(origins)
    .filter(([, origin]) => ["ejected", "probation"].includes(origin.state) || (origin.probe && origin.probe.outcome !== "ok"))
    .map(([name, origin]) => `${name} ${troubleWords(origin)}`);
  return troubles.length ? `${troubles.join("; ")}.` : "";
}

function troubleWords(origin) {
  const outcome = origin.probe?.outcome;
  if (outcome && outcome !== "ok") return `is left out (${outcomeWord(origin.probe)})`;
  return origin.state === "probation" ? "is on probation after it failed" : "is left out until it has proved itself again";
}
