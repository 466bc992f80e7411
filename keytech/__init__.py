"""Research warehouse for China's key-core-technology literature: landing, simulation, estimators, releases."""


def __getattr__(name: str):
    if name == "open_release":
        from keytech.reading import open_release

        return open_release
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
