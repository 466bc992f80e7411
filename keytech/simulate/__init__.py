"""The synthetic economy that stands in for licensed microdata."""

DEFAULT_SEED = 20261120
