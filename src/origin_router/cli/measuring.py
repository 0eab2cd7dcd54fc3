"""One look at every origin, for `check --probe` and `explain --probe`, and what its outcomes mean."""

from __future__ import annotations

from collections.abc import Callable

from origin_router.config import DevConfig, LoadedConfig
from origin_router.edge.probing import ProbeReport, probe_once
from origin_router.routing.model import Outcome

Resolve = Callable[[str, int], list[tuple[str, int]]]
"""(host, port) -> addresses with ports to connect to; none: ask the system."""

ADVICE = {
    Outcome.DNS: "the name could not be resolved: look whether `host` is spelt right, has an A record, "
    "and is answered in time by its name servers",
    Outcome.REFUSED: "nothing listens there: look whether the origin runs and `port` is right",
    Outcome.UNREACHABLE: "there is no way to that address: look at the DNS record and the network in between",
    Outcome.CONNECT_TIMEOUT: "no connection within `connect_timeout_ms`: a firewall may drop what is sent, "
    "or the origin is farther away than that; open the port or raise the timeout",
    Outcome.TLS: "TLS failed, and CloudFront would answer 502: the port must speak TLS, the certificate must be valid, "
    "complete with its chain, and name `host`; an authority of your own goes into `[dev] ca_file`, with --dev",
    Outcome.RESPONSE_TIMEOUT: "connected, but no answer within `response_timeout_ms`: choose a cheaper `probe.path`, "
    "or raise the timeout",
    Outcome.BAD_STATUS: "it answered with a status that `probe.expect` does not list: look at `probe.path` and "
    "`host_header`, or add the status",
    Outcome.OVERLOADED: "it answered 429, which `probe.expect` does not list: probes are rate-limited there; "
    "let them pass, or ask for something cheaper",
    Outcome.PROTOCOL: "what answered does not speak HTTP/1.1 as configured: look at `protocol` and `port`",
}
"""What each failure means and what to do, by outcome."""


def measure(loaded: LoadedConfig, *, with_dev: bool) -> list[ProbeReport]:
    """Probe each origin of each pool once; `with_dev` applies the `[dev]` table, as the local edge does."""
    if not with_dev:
        return probe_once(loaded.router)
    return probe_once(loaded.router, resolve=resolver(loaded.dev), ca_file=loaded.dev.ca_file)


def resolver(dev: DevConfig) -> Resolve:
    """Return name resolution by `[dev] resolve`, which leaves the other names to the system."""

    def resolve(host: str, port: int) -> list[tuple[str, int]]:
        target = dev.target(host, port)
        return [] if target is None else [target]

    return resolve


def explain_failure(report: ProbeReport) -> str:
    """Say which origin failed, how, and what to do about it."""
    detail = f" ({report.detail})" if report.detail else ""
    advice = ADVICE.get(report.outcome, "")
    return f"{report.pool}.{report.origin}: {report.outcome.value}{detail}: {advice}"
