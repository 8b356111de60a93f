"""Running a program and weighing it: wall time, CPU seconds and peak memory of all its processes together."""

import json
import os
import subprocess
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import psutil

_EVERY = 0.05
"""Seconds between two looks at memory."""


class Failed(Exception):
    """A program has failed; the message has the end of what it printed."""


@dataclass(frozen=True)
class Measured:
    """Wall time and CPU time in seconds, memory in MB, and what the program's last line says if that is JSON."""

    seconds: float
    cpu: float
    memory: float
    output: str
    said: Mapping[str, Any]


def run(command: Sequence[str], folder: Path, **variables: str) -> Measured:
    """Run a program in `folder`. Raises Failed."""
    start = time.perf_counter()
    with tempfile.TemporaryFile("w+") as printed:
        process = subprocess.Popen(
            command, cwd=folder, env=os.environ | variables, stdout=printed, stderr=subprocess.STDOUT
        )
        memory = _Memory(process.pid)
        memory.start()
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - start
        memory.end()
        printed.seek(0)
        output = printed.read()
    if status:
        raise Failed(f"{' '.join(command)} ended with {os.waitstatus_to_exitcode(status)}:\n{output[-3000:]}")
    peak = max(memory.peak, usage.ru_maxrss * 1024)
    return Measured(seconds, usage.ru_utime + usage.ru_stime, peak / 1e6, output, _last_line(output))


def middle(measured: Sequence[Measured]) -> Measured:
    """Give the medians of several rounds."""
    last = measured[-1]
    numbers = {name for name, value in last.said.items() if isinstance(value, int | float)}
    return Measured(
        median(one.seconds for one in measured),
        median(one.cpu for one in measured),
        median(one.memory for one in measured),
        last.output,
        {name: median(one.said[name] for one in measured) for name in numbers},
    )


def _last_line(output: str) -> Mapping[str, Any]:
    try:
        found = json.loads(output.strip().rpartition("\n")[2])
    except json.JSONDecodeError:
        return {}
    return found if isinstance(found, dict) else {}


class _Memory(threading.Thread):
    """Looks at what a process and its children hold; where the system says it, shared pages count once."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self.peak = 0
        self._process = psutil.Process(pid)
        self._ended = threading.Event()

    def run(self) -> None:
        while not self._ended.wait(_EVERY):
            try:
                tree = [self._process, *self._process.children(recursive=True)]
                held = sum(map(_held, tree)) if len(tree) > 1 else 0  # of one alone the system keeps the peak
            except psutil.NoSuchProcess:
                continue
            self.peak = max(self.peak, held)

    def end(self) -> None:
        """Look no more."""
        self._ended.set()
        self.join()


def _held(process: psutil.Process) -> int:
    try:
        memory = process.memory_full_info()
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return 0
    return int(getattr(memory, "pss", memory.rss))
