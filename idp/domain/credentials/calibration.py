"""How dear a password hash is on this machine: measured once, at set-up, and kept for all its nodes.

Argon2 has no right cost, only a budget (RFC 9106 §4): ours is the time that a person does not notice and that a core
can spare. A machine too slow for it still makes hashes of the least cost that OWASP accepts.
"""

import os
import time
from typing import Final

from argon2 import PasswordHasher
from sqlalchemy import select, update

from idp.domain.credentials.hashing import Cost
from idp.domain.tenant.models import TENANT_ID, Tenant
from idp.infra.db import db

#: Seconds of one core for one hash.
BUDGET: Final = 0.04
MOST_PASSES: Final = 12
_TRIES: Final = 3


def ensure_cost() -> Cost:
    """The cost that is kept; measured now if there is none yet."""
    cost = find_cost()
    if cost is None:
        cost = measure()
        kept = {"passes": cost.passes, "memory": cost.memory}
        db.session.execute(update(Tenant).where(Tenant.id == TENANT_ID).values(hashing=kept))
    return cost


def find_cost() -> Cost | None:
    """The cost that was measured at set-up."""
    kept = db.session.execute(select(Tenant.hashing).where(Tenant.id == TENANT_ID)).scalar()
    return Cost(**kept) if kept else None


def measure() -> Cost:
    """As many passes as fit the budget, going by the quickest of some tries: what else runs now does not count."""
    least = Cost()
    hasher = PasswordHasher(time_cost=least.passes, memory_cost=least.memory, parallelism=1)
    seconds = min(_time(hasher) for _ in range(_TRIES))
    passes = int(BUDGET / (seconds / least.passes))
    return Cost(passes=max(least.passes, min(passes, MOST_PASSES)), memory=least.memory)


def _time(hasher: PasswordHasher) -> float:
    began = time.thread_time()
    hasher.hash(os.urandom(16))
    return time.thread_time() - began
