"""Long computations, in threads to which the kernel prefers all others.

A password's hash takes a core for 20 ms. At one priority with the rest, a few at once double the time of everything;
at a lower one, a request that needs a millisecond gets it at once. On Linux each thread has a priority of its own
(sched(7)), and none may raise it again: hence threads for this alone.
"""

import os
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from typing import ParamSpec, TypeVar

NICENESS = 10

P = ParamSpec("P")
T = TypeVar("T")


def run(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """The result of the work, or what it raises. In a main thread it is just done: a command has nobody to give way to,
    and the first process of a server may have no threads when it forks.
    """
    if threading.current_thread() is threading.main_thread():
        return work(*args, **kwargs)
    return _threads(os.getpid()).submit(work, *args, **kwargs).result()


@lru_cache(maxsize=1)
def _threads(_process: int) -> ThreadPoolExecutor:
    """Threads of this process: a fork takes none along."""
    return ThreadPoolExecutor(os.cpu_count() or 1, "low-priority", _lower)


def _lower() -> None:
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICENESS)
