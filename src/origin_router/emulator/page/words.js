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
  overloaded: "overloaded (429)",
  protocol: "not a valid answer",
  failed_over: "failed over",
};

// The same where there is room for a word only.
const SHORT = {
  dns: "no DNS",
  refused: "refused",
  unreachable: "unreachable",
  connect_timeout: "no connect",
  tls: "TLS failed",
  response_timeout: "no answer",
  protocol: "not HTTP",
  overloaded: "overloaded",
};

const FAULTS = {
  tls_stall: "TLS stall",
  wrong_certificate: "wrong certificate",
  slow_body: "slow body",
  dns: "DNS failure",
};

const PLACES = {
  "ap-northeast-1": "Tokyo",
  "ap-northeast-2": "Seoul",
  "ap-south-1": "Mumbai",
  "ap-southeast-1": "Singapore",
  "ap-southeast-2": "Sydney",
  "eu-central-1": "Frankfurt",
  "eu-west-1": "Dublin",
  "eu-west-2": "London",
  "sa-east-1": "São Paulo",
  "us-east-1": "Virginia",
  "us-east-2": "Ohio",
  "us-west-1": "California",
  "us-west-2": "Oregon",
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
  moved: "moved: its own origin is out",
  prior: "prior knowledge",
  pinned: "pinned",
  exploring: "exploring",
  trial: "trial",
  failover: "second attempt",
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

export function outcomeShort(probe) {
  if (probe.outcome === "bad_status") return `status ${probe.status ?? "?"}`;
  return SHORT[probe.outcome] ?? probe.outcome;
}

export const placeOf = (region) => PLACES[region] ?? "";

export const faultWord = (kind) => FAULTS[kind] ?? kind;

// A fault with its numbers: "latency 200 ms ± 20 ms", "status 503, 50 %".
export function faultWords(fault) {
  const words = [faultWord(fault.kind)];
  if (fault.status !== undefined) words[0] += ` ${fault.status}`;
  if (fault.ms !== undefined) words[0] += ` ${milliseconds(fault.ms)}`;
  if (fault.jitter_ms) words[0] += ` ± ${milliseconds(fault.jitter_ms)}`;
  if (fault.bytes_per_s !== undefined) words[0] += ` ${fault.bytes_per_s} B/s`;
  if (fault.pct !== undefined) words.push(`${fault.pct} %`);
  return words.join(", ");
}

export function faultPlace(fault) {
  if (fault.edge === "*" && fault.origin === "*") return "every link";
  if (fault.edge === "*") return `every edge → ${fault.origin}`;
  return `${fault.edge} → ${fault.origin === "*" ? "every origin" : fault.origin}`;
}

export function timeLeft(until, now) {
  if (until === null || until === undefined) return "until removed";
  const s = Math.max(0, Math.ceil(until - now));
  return s < 100 ? `${s} s left` : `${Math.floor(s / 60)} min ${s % 60} s left`;
}

export const healthWord = (origin) => origin.state ?? origin.health?.state ?? "unknown";

const clock = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit" });
export const clockTime = (at) => clock.format(new Date(at * 1000));

const date = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "medium" });
export const dateTime = (at) => date.format(new Date(at * 1000));

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
    case "prior":
      return "Nothing was measured yet; by prior knowledge it is the fastest.";
    case "pinned":
      return "The control document pins requests to it.";
    case "moved":
      return "The origin that the request's own key leads to may not be chosen now; this one is next.";
    case "exploring":
      return "A small share of requests goes to other origins, so that they stay known.";
    case "trial":
      return "Real traffic had failed there: a real request finds out whether it is well again.";
    case "failover":
      return "The first attempt failed, so this second one goes to another origin.";
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
