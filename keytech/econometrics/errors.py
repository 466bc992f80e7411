"""The one error that bad input raises: it names the rows or the terms that are at fault."""


class EstimationError(ValueError):
    """The specification cannot be estimated on this data; the message says which rows or terms are why."""
