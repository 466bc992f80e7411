"""Assets by layer: landing, dbt, estimates, release."""
