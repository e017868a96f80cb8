"""Work at a low priority: its result, its failure, and that the thread that asks keeps its own priority."""

import os
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from idp.infra import low_priority


def niceness() -> int:
    return os.getpriority(os.PRIO_PROCESS, threading.get_native_id())


@pytest.mark.skipif(sys.platform != "linux", reason="a thread has its own priority on Linux alone")
def test_the_work_has_a_lower_priority_than_who_asks_for_it() -> None:
    before = niceness()
    with ThreadPoolExecutor(1) as request:
        inside = request.submit(low_priority.run, niceness).result()
        after = request.submit(niceness).result()
    assert inside == min(19, max(low_priority.NICENESS, before))
    assert after == niceness() == before


def test_a_main_thread_does_it_itself() -> None:
    assert low_priority.run(threading.current_thread) is threading.main_thread()


def test_failures_come_back() -> None:
    with ThreadPoolExecutor(1) as request, pytest.raises(ZeroDivisionError):
        request.submit(low_priority.run, divmod, 1, 0).result()
