"""A simulated PolyAI in a process of its own, which keeps what it was asked for once.

    python served_day.py PORT CONVERSATIONS_A_DAY FIRST_DAY DAYS SECONDS_A_CALL [PROJECTS]

All conversations lie within the days: a window that reaches over their ends asks for nothing else. The include_*
options stay off wherever it is asked: with them it would make each page anew, and be what is measured.
"""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import psutil
import requests

from polyai_assets.simulator import Clock, Fault, SimulatedProject, Simulator, serve

DAY = date(2026, 11, 3)
KEY = "benchmark"
KEEPS = 1 << 40
"""Bytes of rendered days: all of them."""


@dataclass(frozen=True)
class Served:
    """What is served where: the days of projects, so many conversations a day."""

    port: int
    conversations: int
    first: date = DAY
    days: int = 1
    seconds_a_call: float = 0.0
    projects: int = 1

    @property
    def url(self) -> str:
        """The address of the server."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def last(self) -> date:
        """The last of the days."""
        return self.first + timedelta(days=self.days - 1)

    @property
    def window(self) -> dict[str, str]:
        """The parameters that ask for all days."""
        return {
            "start_time": f"{self.first}T00:00:00Z",
            "end_time": f"{self.last + timedelta(days=1)}T00:00:00Z",
        }

    def project_id(self, number: int) -> str:
        """Name a project, from 0."""
        return f"bot-{number}"

    @contextmanager
    def running(self) -> Iterator[psutil.Process]:
        """Serve from another process, which has made all conversations before anything is measured."""
        given = (self.port, self.conversations, self.first, self.days, self.seconds_a_call, self.projects)
        process = subprocess.Popen([sys.executable, __file__, *map(str, given)])
        try:
            self._wait(process)
            yield psutil.Process(process.pid)
        finally:
            process.terminate()
            process.wait()

    def _wait(self, process: "subprocess.Popen[bytes]") -> None:
        while process.poll() is None:
            try:
                for number in range(self.projects):
                    path = f"{self.url}/v3/acme/{self.project_id(number)}/conversations"
                    # past the last: what lies behind the end is made before it is left out, and a day as much as any
                    beyond = {"offset": self.conversations * self.days, "limit": 1}
                    requests.get(
                        path, params=self.window | beyond, headers={"x-api-key": KEY}, timeout=3600
                    ).raise_for_status()
            except requests.ConnectionError:
                time.sleep(0.1)
            else:
                return
        raise RuntimeError(f"the simulator ended with {process.returncode}; is port {self.port} taken?")


def main(port: str, conversations: str, first: str, days: str, seconds: str, projects: str) -> None:
    """Serve until ended."""
    served = Served(
        int(port), int(conversations), date.fromisoformat(first), int(days), float(seconds), int(projects)
    )
    simulated = [
        SimulatedProject(
            "us-1",
            "acme",
            served.project_id(number),
            KEY,
            "hotel",
            served.conversations,
            steady=True,
            since=served.first,
        )
        for number in range(served.projects)
    ]
    end = datetime.combine(served.last + timedelta(days=1), datetime.min.time(), tzinfo=UTC)
    simulator = Simulator(simulated, clock=Clock(end), cache_bytes=KEEPS, sample_rate=1000)
    if served.seconds_a_call:
        simulator.faults.add(Fault("stall", {"seconds": served.seconds_a_call}, times=None))
    serve(simulator, port=served.port)


if __name__ == "__main__":
    main(*sys.argv[1:])
