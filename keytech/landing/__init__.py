"""Landing: raw deliveries to typed Parquet by contract; bad rows to rejects with a reason; nothing is lost."""

from keytech.landing.contracts import Column, Source, Table, find_root, find_source, load_contracts
from keytech.landing.errors import ContractError, LandingError, Problem
from keytech.landing.run import FileOutcome, LandingReport, default_folders, land, land_source
from keytech.landing.store import FileRecord, Store

__all__ = [
    "Column",
    "ContractError",
    "FileOutcome",
    "FileRecord",
    "LandingError",
    "LandingReport",
    "Problem",
    "Source",
    "Store",
    "Table",
    "default_folders",
    "find_root",
    "find_source",
    "land",
    "land_source",
    "load_contracts",
]
