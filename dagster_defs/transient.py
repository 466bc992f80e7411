"""Which faults pass by themselves and are tried again, and which need a person."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager

import dagster as dg
import duckdb

from keytech.inputs import StaleBuild
from keytech.landing import LandingError
from keytech.landing.errors import says_disk_full
from keytech.privacy import told

# Interrupted or stale network file systems, and files that another program holds for a moment.
PASSING = {errno.EAGAIN, errno.EBUSY, errno.EINTR, errno.EIO, errno.ESTALE, errno.ETIMEDOUT, errno.ETXTBSY}
TRIES, SECONDS = 3, 20
FULL = (
    "the disk is full; nothing was published, data/current is what it was before. Free space, then run again"
)


@contextmanager
def faults() -> Iterator[None]:
    """Turn a passing fault into a new try, at most TRIES times; any other known one into a failure without values.

    Passing are: a raw file that is still being copied, another landing, a reader that holds the build for a moment, a
    network drive that hiccups. Wrong data, a full disk or a failing check are not: trying again would not mend them.
    """
    try:
        yield
    except LandingError as error:
        if error.passing:
            raise dg.RetryRequested(TRIES, SECONDS) from error
        raise dg.Failure(told(error), allow_retries=False) from None
    except StaleBuild as error:
        raise dg.Failure(str(error), allow_retries=False) from None
    except (OSError, duckdb.IOException) as error:
        if says_disk_full(error):
            raise dg.Failure(FULL, allow_retries=False) from None
        if getattr(error, "errno", None) in PASSING:
            raise dg.RetryRequested(TRIES, SECONDS) from error
        raise
