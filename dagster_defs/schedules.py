"""Schedules."""

import dagster as dg

from dagster_defs.jobs import everything

daily = dg.ScheduleDefinition(
    name="daily",
    job=everything,
    cron_schedule="0 5 * * *",
    execution_timezone="Asia/Shanghai",
    description="Every morning: whatever has changed is landed, built, estimated and published.",
)
