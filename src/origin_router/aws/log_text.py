"""A log line as people read it. Pure."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from statistics import median
from typing import Any, NamedTuple

from origin_router.aws.log_events import Kind, LogEvent

Fields = Mapping[str, Any]

_EVERY_LINE = frozenset({"timestamp", "level", "event", "region"})


class Readable(NamedTuple):
    """The parts of a line, for the caller to align and colour."""

    time: str
    region: str
    what: str
    text: str


def readable(event: LogEvent) -> Readable:
    """Say a line in words. Whatever it holds, the result is one printable line."""
    time = datetime.fromtimestamp(event.at_ms / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
    what, text = _say(event)
    return Readable(time, event.region, printable(what), printable(text))


def printable(text: str) -> str:
    """Escape what would steer a terminal: a viewer's request can put anything into a log line."""
    return "".join(each if each.isprintable() else each.encode("unicode_escape").decode() for each in text)


def _say(event: LogEvent) -> tuple[str, str]:
    fields = event.document
    if fields is None:
        return event.kind, event.message
    try:
        match event.kind:
            case Kind.JOURNAL:
                return str(fields["event"]), _JOURNAL.get(fields["event"], _others)(fields)
            case Kind.METRICS:
                return "summary", _summary(fields)
            case Kind.PLATFORM:
                return fields["type"].removeprefix("platform."), _platform(fields)
            case Kind.TEXT:
                return event.kind, event.message
    except (
        KeyError,
        TypeError,
        ValueError,
        AttributeError,
    ):  # not the fields that our lines have: show them as they are
        return event.kind, event.message


def _ref(fields: Fields) -> str:
    return f"{fields['pool']}.{fields['origin']}"


def _ms(value: float | None) -> str:
    return "-" if value is None else f"{value:.1f} ms"


def _probe(fields: Fields) -> str:
    steps = ((name, fields.get(f"{name}_ms")) for name in ("dns", "connect", "tls", "response"))
    times = ", ".join(f"{name} {_ms(value)}" for name, value in steps if value is not None)
    detail = f" ({fields['detail']})" if fields.get("detail") else ""
    status = f" {fields['status']}" if fields.get("status") is not None else ""
    withheld = f"; latency thrown away: {fields['withheld']}" if fields.get("withheld") else ""
    moment = f"{fields['moment']}: {times}" if times else fields["moment"]
    return f"{_ref(fields)} {fields['outcome']}{status}{detail}, {moment}{withheld}"


def _race(fields: Fields) -> str:
    return f"{fields['pool']}: {fields['winner'] or 'nobody'} after {_ms(fields['ms'])}, {fields['reason']}"


def _choice(fields: Fields) -> str:
    health = fields["health"]
    standing = ", ".join(f"{name} {_ms(value)} {health[name]}" for name, value in fields["estimates"].items())
    change = f"{fields['previous'] or 'nothing'} -> {fields['origin']}"
    return f"{fields['pool']}: {change}, {fields['reason']} ({standing})"


def _decision(fields: Fields) -> str:
    rule = "" if fields.get("rule") is None else f", rule {fields['rule']}"
    why = f"{fields['reason']}{rule}, request {fields['request_id']}"
    return f"{fields['method']} {fields['uri']} -> {_ref(fields)}, {why}"


def _health(fields: Fields) -> str:
    return f"{_ref(fields)} {fields['before']} -> {fields['after']}, {fields['cause']}"


def _moment(fields: Fields) -> str:
    return f"measuring {fields['moment']} from now on, {fields['why']}; extension {fields['extension']}"


def _error(fields: Fields) -> str:
    return f"{fields['where']}: {fields['error']}"


def _control(fields: Fields) -> str:
    if fields.get("problem"):
        return f"version {fields['version']} stays in force: {fields['problem']}"
    return str(fields.get("note") or f"version {fields['version']} taken")


def _others(fields: Fields) -> str:
    """Name the fields of a line that this version does not know."""
    shown = ((name, value) for name, value in fields.items() if name not in _EVERY_LINE)
    return ", ".join(f"{name} {value if isinstance(value, str) else json.dumps(value)}" for name, value in shown)


_JOURNAL: dict[str, Callable[[Fields], str]] = {
    "probe": _probe,
    "race": _race,
    "choice": _choice,
    "decision": _decision,
    "health": _health,
    "moment": _moment,
    "error": _error,
    "control": _control,
}


def _summary(fields: Fields) -> str:
    latencies = fields.get("Latency")
    parts = [
        f"{fields['Decisions']} decisions{_counts(fields.get('reasons'))}",
        f"{fields['Probes']} measurements{_counts(fields.get('outcomes'))}",
        f"median {_ms(median(latencies))}" if isinstance(latencies, list) and latencies else "",
        f"{fields['Ejections']} ejections" if fields.get("Ejections") else "",
    ]
    return f"{_ref(fields)}: {', '.join(part for part in parts if part)}"


def _counts(counts: Fields | None) -> str:
    return f" ({', '.join(f'{name} {count}' for name, count in counts.items())})" if counts else ""


def _platform(fields: Fields) -> str:
    """Lambda's own report of an invocation or initialisation; its other events have nothing to say to an operator."""
    record = fields["record"]
    metrics = record.get("metrics", {})
    times = (("took", "durationMs"), ("billed", "billedDurationMs"), ("init", "initDurationMs"))
    parts = [f"{name} {_ms(metrics[key])}" for name, key in times if key in metrics]
    parts += [f"{metrics['maxMemoryUsedMB']} MB"] if "maxMemoryUsedMB" in metrics else []
    parts += [f"status {record['status']}"] if record.get("status", "success") != "success" else []
    parts += [str(record["errorType"])] if record.get("errorType") else []
    return ", ".join(parts) or _others({"record": record})
