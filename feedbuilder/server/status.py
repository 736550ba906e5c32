"""The state of the server and of the last build: ``/healthz`` for a watchdog, ``/metrics`` for Prometheus.

Requests are counted by kind of file and status. No address, agent, path or cookie is kept: no listener is tracked.
"""

from __future__ import annotations

import json
import time
from collections import Counter as Tally
from collections.abc import Iterator, Mapping
from pathlib import Path

from prometheus_client import CollectorRegistry, Gauge, generate_latest
from prometheus_client.core import CounterMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.registry import Collector
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

LAST_BUILD = ".feedbuilder/last-build.json"
_STATES = {0: "ok", 3: "ok with episodes left out"}  # exit codes of a build that published or was up to date
_UNCACHED = {"Cache-Control": "no-store"}


class Requests(Collector):
    """Counts of responses by kind of file and status. One thread counts, without the lock of the library's counters."""

    def __init__(self) -> None:
        """Count from zero."""
        self.tally: Tally[tuple[str, int]] = Tally()

    def collect(self) -> Iterator[CounterMetricFamily]:
        """The numbers as Prometheus has them."""
        help_ = "Requests answered, by kind of file and status."
        family = CounterMetricFamily("feedbuilder_requests", help_, labels=["kind", "status"])
        for (kind, status), times in sorted(self.tally.items()):
            family.add_metric([kind, str(status)], times)
        yield family


class Status:
    """The counters of one server process, and what it says about itself and the last build."""

    def __init__(self) -> None:
        """Count from zero."""
        self.root = Path()
        self.release = ""
        self.trouble = ""
        self._registry = CollectorRegistry()
        self._requests = Requests()
        self._registry.register(self._requests)
        gauges = {
            "feedbuilder_last_build_age_seconds": ("Seconds since the last build; NaN if unknown.", self._age_s),
            "feedbuilder_last_build_exit_code": ("Exit code of the last build; NaN if unknown.", self._exit_code),
            "feedbuilder_release_served": ("1 while a release is served.", lambda: float(bool(self.release))),
        }
        for name, (about, function) in gauges.items():
            Gauge(name, about, registry=self._registry).set_function(function)

    def serves(self, release: str, trouble: str) -> None:
        """From now on this release is served; ``trouble``: why it is not the newest."""
        self.release, self.trouble = release, trouble

    def count(self, kind: str, status: int) -> None:
        """One more answer."""
        self._requests.tally[kind, status] += 1

    def routes(self) -> list[Route]:
        """Where that can be read."""
        return [Route("/healthz", self._health), Route("/metrics", self._metrics)]

    def _metrics(self, _: Request) -> Response:
        return Response(generate_latest(self._registry), media_type=CONTENT_TYPE_LATEST, headers=_UNCACHED)

    def _health(self, _: Request) -> Response:
        """200 while the newest release is served, else 503.

        A build that stopped takes no server out of service: listeners have the last good release. It is in the body.
        """
        build, age_s = self._last_build()
        code = build.get("exit")
        state = _STATES.get(code, "failed") if isinstance(code, int) else "unknown"
        healthy = bool(self.release) and not self.trouble
        problems = build.get("problems", [])
        levels = Tally(str(one["level"]) for one in problems) if isinstance(problems, list) else Tally()
        health = {
            "status": "ok" if healthy else "trouble",
            "release": self.release or None,
            "trouble": self.trouble or None,
            "last_build": {
                "state": state,
                "age_s": None if age_s is None else round(age_s),
                "release": build.get("release"),
                "next_due": build.get("next_due"),
                "problems": dict(sorted(levels.items())),
            },
        }
        return JSONResponse(health, status_code=200 if healthy else 503, headers=_UNCACHED)

    def _last_build(self) -> tuple[Mapping[str, object], float | None]:
        """The facts of the last build and its age in seconds; empty if they cannot be read."""
        path = self.root / LAST_BUILD
        try:
            build = json.loads(path.read_bytes())
            age_s = max(0.0, time.time() - path.stat().st_mtime)
        except (OSError, ValueError):  # none yet, or being deleted, which is allowed at any time
            return {}, None
        return (build, age_s) if isinstance(build, dict) else ({}, None)

    def _age_s(self) -> float:
        age_s = self._last_build()[1]
        return float("nan") if age_s is None else age_s

    def _exit_code(self) -> float:
        code = self._last_build()[0].get("exit")
        return float(code) if isinstance(code, int) else float("nan")
