"""Where a failed run is told: a webhook, an e-mail, both, or nobody. Nothing is sent unless the environment says so.

KEYTECH_ALERT_WEBHOOK   address that gets a POST with JSON {text, job, run_id, steps, error}
KEYTECH_ALERT_EMAIL     recipients, separated by commas; with KEYTECH_SMTP host[:port] (localhost:25),
                        KEYTECH_SMTP_FROM, and where the server wants them KEYTECH_SMTP_USER and KEYTECH_SMTP_PASSWORD
"""

from __future__ import annotations

import json
import os
import smtplib
import urllib.request
from collections.abc import Callable
from dataclasses import asdict, dataclass
from email.message import EmailMessage

import dagster as dg

from keytech.privacy import redacted

SECONDS = 10


@dataclass(frozen=True)
class Alert:
    """What is told of a failed run. `error` holds no value of the data."""

    text: str
    job: str
    run_id: str
    steps: tuple[str, ...]
    error: str

    @classmethod
    def of(cls, context: dg.RunFailureSensorContext) -> Alert:
        """The alert of a failed run."""
        failures = context.get_step_failure_events()
        steps = tuple(event.step_key or "" for event in failures)
        faults = [event.step_failure_data.error for event in failures if event.step_failure_data.error]
        said = (faults[0].cause or faults[0]).message if faults else context.failure_event.message or ""
        job, run_id = context.dagster_run.job_name, context.dagster_run.run_id
        return cls(
            text=f"keytech: job {job} failed in {', '.join(steps) or 'its start'}; data/current is what it was before",
            job=job, run_id=run_id, steps=steps, error=redacted(said.strip().splitlines()[0] if said.strip() else "")[:300],
        )  # fmt: skip


def channels() -> list[Callable[[Alert], None]]:
    """Who is told, as the environment says."""
    wanted = {"KEYTECH_ALERT_WEBHOOK": post, "KEYTECH_ALERT_EMAIL": mail}
    return [send for name, send in wanted.items() if os.environ.get(name)]


def post(alert: Alert) -> None:
    """POST the alert as JSON. Raises OSError where nobody answers, so that the sensor's tick shows it."""
    request = urllib.request.Request(
        os.environ["KEYTECH_ALERT_WEBHOOK"],
        data=json.dumps(asdict(alert), ensure_ascii=False).encode(),
        headers={"Content-Type": "application/json; charset=utf-8"},
    )
    with urllib.request.urlopen(request, timeout=SECONDS):
        pass


def mail(alert: Alert) -> None:
    """Send the alert as an e-mail, with STARTTLS where a user is given."""
    host, _, port = os.environ.get("KEYTECH_SMTP", "localhost:25").partition(":")
    message = EmailMessage()
    message["Subject"] = alert.text
    message["From"] = os.environ.get("KEYTECH_SMTP_FROM", "keytech@localhost")
    message["To"] = os.environ["KEYTECH_ALERT_EMAIL"]
    message.set_content(f"{alert.text}\n\nrun {alert.run_id}\n{alert.error}\n")
    with smtplib.SMTP(host, int(port or 25), timeout=SECONDS) as server:
        if user := os.environ.get("KEYTECH_SMTP_USER"):
            server.starttls()
            server.login(user, os.environ.get("KEYTECH_SMTP_PASSWORD", ""))
        server.send_message(message)
