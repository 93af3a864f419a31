import threading
import time

from shoestring.core.errors import BadDataError
from shoestring.service.drawing import Drawings


def until(condition):
    deadline = time.monotonic() + 120
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def test_one_is_drawn_at_a_time_and_asking_again_changes_nothing():
    drawings, release, calls = Drawings(), threading.Event(), []

    def work(tick):
        calls.append(1)
        tick(1, 3)
        release.wait(120)
        tick(3, 3)

    first = drawings.begin(1, work)
    until(lambda: first.done == 1)
    second = drawings.begin(2, work)
    assert drawings.begin(1, work) is first and drawings.begin(2, work) is second
    time.sleep(0.05)
    assert (first.status, second.status, len(calls)) == ("drawing", "waiting", 1)
    release.set()
    until(lambda: second.status == "ready")
    assert first.view() | {"seconds": 0} == {"status": "ready", "done": 3, "of": 3, "problem": "", "seconds": 0}
    assert drawings.of(1) is first and drawings.of(3) is None
    assert drawings.begin(1, work) is not first, "a map that is ready may be asked for again, when rows changed"


def test_a_failure_says_why_and_frees_the_turn():
    drawings = Drawings()

    def broken(tick):
        raise BadDataError("a reason")

    def worse(tick):
        raise ZeroDivisionError("x")

    found = [drawings.begin(1, broken), drawings.begin(2, worse)]
    until(lambda: all(one.status == "failed" for one in found))
    assert [one.problem for one in found] == ["a reason", "ZeroDivisionError: x"]
