"""The bytes of an answer where they come in: no more of them, no later and no slower than is allowed.

Whoever reads an answer gets a piece of it when there is one. A server can keep him waiting for that as long as it
likes, by a head, lengths of chunks, trailers or empty blocks of gzip that never end, a byte now and a byte then. So
bytes, time and rate are watched below all that, in what the reader of http.client takes for the socket's file.
"""

import io
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from http.client import HTTPResponse
from time import monotonic
from typing import Any

from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, ProxyManager
from urllib3.connection import HTTPConnection, HTTPSConnection

from polyai_assets.api.errors import TimedOut, TooSlow
from polyai_assets.api.halt import Halt
from polyai_assets.api.large import LargeAnswers
from polyai_assets.api.project import Connection, SizeBound

_BESIDE = 1 << 18
"""Bytes that head, lengths of chunks and trailers may take beside the body, and those that were read ahead."""
_HALT_WITHIN = 1.0
"""Seconds after which whoever waits for bytes looks whether he was halted."""
_PACKING = 8
"""Bytes that may be sent for each of the body: six, where it comes in chunks of one."""


@dataclass(kw_only=True)
class WireLimits:
    """What one answer may take: time, and bytes by the size of its body.

    Whoever reads the body says how much of it has been read (`size`, decompressed) and ends it at its bound.
    """

    connection: Connection
    began: float
    """When the request was sent, by `clock`."""
    deadline: float
    """When the answer has to be whole, by `clock`."""
    clock: Callable[[], float]
    bound: SizeBound
    halt: Halt
    large: LargeAnswers
    size: int = 0


_LIMITS: ContextVar[WireLimits] = ContextVar("limits of the answer that is asked for")


@contextmanager
def limited(limits: WireLimits) -> Iterator[None]:
    """Hold the answers to requests that are sent within the context, heads and bodies, to these limits."""
    token = _LIMITS.set(limits)
    try:
        yield
    finally:
        _LIMITS.reset(token)


class _Wire(io.RawIOBase):
    """Reads from a socket within limits.

    Raises `TimedOut`, `TooSlow`, the error of the bound, and OSError as a socket does. `file` is the socket's own,
    which keeps it open.
    """

    def __init__(self, sock: socket.socket, file: io.RawIOBase, limits: WireLimits) -> None:
        self._sock, self._file, self._limits = sock, file, limits
        self._silence = sock.gettimeout() or limits.connection.read_timeout
        self._bytes = 0
        self._quiet = 0.0
        self.rest()

    def rest(self) -> None:
        """Take the rate anew from the next byte on: after its head, a server may take its time for the body."""
        self._waited: float | None = None
        self._since_then = 0

    def readable(self) -> bool:
        """Tell that it can be read."""
        return True

    def readinto(self, buffer: Any, /) -> int:
        """Read what has come, or wait for it."""
        count = None
        while count is None:
            count = self._receive(buffer)
        self._quiet = 0.0
        self._bytes += count
        self._since_then += count
        if self._waited is None:
            self._waited = 0.0
        self._check_bytes()
        self._sock.settimeout(self._silence)
        return count

    def close(self) -> None:
        """Let go of the socket."""
        self._file.close()
        super().close()

    def _receive(self, buffer: Any) -> int | None:
        """Wait for bytes, no longer than until the next limit; None if none came."""
        self._sock.settimeout(self._longest_wait())
        began = monotonic()
        try:
            count = self._sock.recv_into(buffer)
        except TimeoutError:
            count = None
        waited = monotonic() - began
        self._quiet += waited
        if self._waited is not None:
            self._waited += waited
        return count

    def _longest_wait(self) -> float:
        """Give the seconds to the next limit; raises if one is reached.

        Of time, only what is spent on waiting counts for the rate: what takes long on our side is not the server's.
        """
        limits, connection = self._limits, self._limits.connection
        limits.halt.check()
        left = limits.deadline - limits.clock()
        if left <= 0:
            raise TimedOut(f"{connection.took_too_long}: {self._bytes:,} bytes had come.")
        if self._quiet >= self._silence:
            raise TimeoutError("timed out")
        waits = [left, self._silence - self._quiet, _HALT_WITHIN]
        if self._waited is not None:
            if self._waited >= connection.rate_over:
                self._check_rate(self._waited)
            waits.append(connection.rate_over - self._waited)
        return max(min(waits), 0.001)  # 0 would mean not to wait at all

    def _check_bytes(self) -> None:
        limits = self._limits
        if self._bytes > _PACKING * limits.size + _BESIDE:
            raise limits.bound.kind(
                f"An answer for {limits.connection.project} went on without its body: of {self._bytes:,} bytes, "
                f"{limits.size:,} of it decompressed. Check what stands between us and PolyAI, such as a proxy."
            )

    def _check_rate(self, waited: float) -> None:
        connection = self._limits.connection
        rate = self._since_then / waited
        if rate < connection.lowest_rate:
            raise TooSlow(
                f"The answer for {connection.project} came too slowly: {rate:,.1f} bytes a second over {waited:.0f} s; "
                f"{connection.lowest_rate:,g} are the least. Check the network, and what stands between us and PolyAI, "
                "such as a proxy; then materialize again."
            )
        self._waited, self._since_then = 0.0, 0


class _Response(HTTPResponse):
    """Reads its head and its body from a `_Wire`."""

    def __init__(self, sock: socket.socket, *args: Any, **more: Any) -> None:
        super().__init__(sock, *args, **more)
        limits = _LIMITS.get(None)
        self._wire = _Wire(sock, self.fp.detach(), limits) if limits else None
        if self._wire:
            self.fp = io.BufferedReader(self._wire)

    def begin(self) -> None:
        """Read the head."""
        super().begin()
        if self._wire:
            self._wire.rest()


class _Plain(HTTPConnection):
    response_class = _Response


class _Secure(HTTPSConnection):
    response_class = _Response


class _PlainPool(HTTPConnectionPool):
    ConnectionCls = _Plain


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _Secure


_POOLS = {"http": _PlainPool, "https": _SecurePool}


class LimitedAdapter(HTTPAdapter):
    """Sends requests whose answers keep to the limits that hold when they are sent."""

    def init_poolmanager(self, *args: Any, **more: Any) -> None:
        """Make the connections."""
        super().init_poolmanager(*args, **more)
        self.poolmanager.pool_classes_by_scheme = _POOLS

    def proxy_manager_for(self, proxy: str, **more: Any) -> ProxyManager:
        """Make the connections that go through a proxy."""
        manager: ProxyManager = super().proxy_manager_for(proxy, **more)
        manager.pool_classes_by_scheme = _POOLS
        return manager
