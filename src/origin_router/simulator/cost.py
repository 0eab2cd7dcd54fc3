"""What a policy costs, as pure arithmetic.

Prices in USD: Lambda@Edge $0.60 per million requests and $0.00005001 per GB-second (AWS
Lambda@Edge pricing; taken from secondary sources, so look them up before relying on them).
"""

from __future__ import annotations

REQUESTS_USD_PER_MILLION = 0.60
GB_SECOND_USD = 0.00005001
MEMORY_GB = 0.125
"""128 MB, the smallest there is."""


def usd_per_million_requests(
    requests: float, invocations: float, billed_s: float, health_checks_usd: float = 0.0
) -> float:
    """Return what a million of viewers' requests costs: invocations, duration, health checks of DNS."""
    if requests == 0:
        return 0.0
    usd = invocations * REQUESTS_USD_PER_MILLION / 1e6 + billed_s * MEMORY_GB * GB_SECOND_USD + health_checks_usd
    return usd / requests * 1e6
