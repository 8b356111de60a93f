"""Running checks: whatever happens to one of them, the others go on and a person sees lines."""

import threading
from collections.abc import Iterator
from time import monotonic

import pytest

from polyai_assets.doctor.check import Check, Diagnosis, green, one_line, run_checks
from polyai_assets_tests.doctor.asking import GREEN, RED

FINE = Check("fine", "a", lambda: [green("fine", "as it should be")], "")


def test_lines_come_in_the_order_of_the_checks():
    slow = threading.Event()

    def look() -> Iterator[Diagnosis]:
        slow.wait(10)
        yield green("slow", "at last")

    def release() -> list[Diagnosis]:
        slow.set()
        return [green("quick", "")]

    lines = run_checks([Check("slow", "a", look, ""), Check("quick", "b", release, "")], 10)
    assert [(one.subject, one.finding.check) for one in lines] == [("a", "slow"), ("b", "quick")]


def test_a_check_that_fails_is_a_red_line_with_its_hint():
    def look() -> Iterator[Diagnosis]:
        yield green("bad", "so far")
        raise RuntimeError("the disk\nis on fire")

    bad, fine = run_checks([Check("bad", "a", look, "call for help"), FINE], 10)
    assert (bad.finding.verdict, bad.finding.next_step) == (RED, "call for help")
    assert bad.finding.says == "RuntimeError: the disk is on fire"
    assert fine.finding.verdict is GREEN


def test_a_check_that_never_ends_is_told_and_left_behind():
    never = threading.Event()

    def look() -> Iterator[Diagnosis]:
        never.wait()
        yield green("stuck", "")

    began = monotonic()
    stuck, fine = run_checks([Check("stuck", "a", look, "pull the plug"), FINE], 1)
    never.set()
    assert monotonic() - began < 30
    assert (stuck.finding.verdict, stuck.finding.says) == (RED, "no answer within 1 seconds")
    assert fine.finding.verdict is GREEN


def test_secrets_are_taken_out_of_every_line(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("SOME_API_KEY", "hunter2+/%")
    text = one_line("hunter2+/% https://me:pass@host/x?token=abc hunter2%2B%2F%25 password='a b' end")
    assert text == "*** https://***@host/x?token=*** *** password=*** end"


def test_a_message_is_one_line_of_bearable_length():
    assert len(one_line("a\nb " * 1000)) < 700
    assert "\n" not in one_line("a\nb")
