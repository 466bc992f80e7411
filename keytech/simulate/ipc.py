"""IPC symbols of the synthetic economy: real subclasses, each symbol with its true lists (methods 1.2, 5.2).

The lists are resolved here by testing every symbol against every rule of the seeds, one by one; the warehouse does it
with joins. Only the plain notation of the seeds is read: `A*`, `B41J*`, `B41J2*`, `H04L27/26` and （不含 ...）.
"""

from __future__ import annotations

import re
from functools import cache

import numpy as np
import pandas as pd

from keytech.simulate.world import World

SUBGROUPS = ("/00", "/02", "/04", "/08", "/10", "/16", "/24", "/32")
ORDINARY = (
    "A01B A01C A01D A01G A01K A21D A23B A23L A41D A43B A44B A45D A47B A47C A47G A47J A47L A62B A62C A63B "
    "B01F B02C B05B B05C B07C B08B B21C B21D B21F B22D B23B B23D B23P B23Q B24C B25B B25D B25H B26D B26F "
    "B27B B28B B28C B29D B30B B31B B41F B42D B43K B44C B60B B60C B60D B60G B60J B60N B60P B60Q B60R B60T "
    "B61J B62B B62H B62J B62K B62M B65B B65D B65F B65G B65H B66B B66C B66D B66F B67D C01D C01F C02B C06B "
    "C09B C09C C10B C10G C11B C11D C12G C14C C23F C25C D01B D01G D01H D02H D03C D04B D04H D05B D06B D06F "
    "D06L D06M D06N D21F D21H E01B E01C E01D E01F E01H E02B E02D E02F E03B E03C E03D E03F E04B E04C E04D "
    "E04F E04G E04H E05B E05D E05F E06B F01L F01M F01P F02B F02D F02F F02N F04D F04F F15B F16B F16D F16F "
    "F16J F16K F16L F16M F16N F17C F17D F21L F21S F21V F24C F24F F24H F25C F25D F26B F27B F28B F28C F28F "
    "F41H F42B G01B G01F G01G G01H G01K G01M G01V G01W G02C G04B G05D G05F G05G G07C G07F G08G G09F G10K "
    "H01H H01K H01P H01T H02G H02N H03B H03D H04H H04K H05B H05C H05F H05H"
)
GROUPS = ("sei", "pur_sei", "future", "pur", "none")


def rules(world: World) -> list[tuple[str, str, str, tuple[str, ...]]]:
    """(list, sub-field, pattern, exclusions) of both seeds; list is blockade, future or sei."""
    key, sei = world.seed_table("seed_key_ipc"), world.seed_table("seed_sei_ipc")
    key = key.assign(subfield_code=key["list_id"] + "." + key["item"])
    both = pd.concat([key, sei.assign(list_id="sei")])
    columns = both[["list_id", "subfield_code", "ipc_pattern", "exclude_patterns"]]
    out = []
    for list_id, subfield, pattern, excluded in columns.itertuples(index=False):
        plain, _, inline = pattern.partition("（不含")
        words = re.split("[;；、]", inline.rstrip("）") + ";" + excluded)
        out.append((list_id, subfield, plain, tuple(w for w in words if w)))
    return out


@cache
def inside(symbol: str, pattern: str) -> bool:
    """Whether a full symbol (H04L27/26) lies in a pattern; code boundaries count: B41J2* holds no B41J29/00."""
    if not pattern.endswith("*"):
        return symbol == pattern
    head = pattern[:-1]
    return symbol.startswith(head) if len(head) <= 4 else symbol.partition("/")[0] == head


def symbols(world: World) -> pd.DataFrame:
    """One row per symbol, ordered: ipc, ipc3, ipc4, is_pur, is_sei, is_future, group, subfields (tuple of sei codes)."""
    table = rules(world)
    names = sorted({s for rule in table for pattern in (rule[2], *rule[3]) for s in _examples(pattern)}
                   | {s for subclass in ORDINARY.split() for s in _examples(subclass + "*")})  # fmt: skip
    frame = pd.DataFrame({"ipc": names})
    by_class: dict[str, list] = {}
    for rule in table:
        by_class.setdefault(rule[2][:3], []).append(rule)
    hits = [_lists(symbol, by_class.get(symbol[:3], [])) for symbol in names]
    for column, name in (("is_pur", "blockade"), ("is_sei", "sei"), ("is_future", "future")):
        frame[column] = [name in {list_id for list_id, _ in hit} for hit in hits]
    frame["subfields"] = [tuple(sorted({code for list_id, code in hit if list_id == "sei"})) for hit in hits]
    frame["ipc3"], frame["ipc4"] = frame["ipc"].str[:3], frame["ipc"].str[:4]
    pur, sei, future = (frame[c].to_numpy() for c in ("is_pur", "is_sei", "is_future"))
    frame["group"] = np.select(
        [pur & sei, sei, future & ~pur, pur & ~future], ["pur_sei", "sei", "future", "pur"], "none"
    )
    return frame[~(pur & future & ~sei)].reset_index(drop=True)


def _examples(pattern: str) -> list[str]:
    """Concrete symbols in a pattern."""
    if not pattern.endswith("*"):
        return [pattern]
    head = pattern[:-1]
    if len(head) == 3:
        return [s for letter in "BCDG" for s in _examples(f"{head}{letter}*")]
    if len(head) == 4:
        return [f"{head}{group}{sub}" for group in (1, 3, 5, 7, 9, 11, 13) for sub in SUBGROUPS[:3]]
    return [head + sub for sub in SUBGROUPS]


def _lists(symbol: str, table) -> list[tuple[str, str]]:
    return [
        (list_id, code)
        for list_id, code, pattern, excluded in table
        if inside(symbol, pattern) and not any(inside(symbol, e) for e in excluded)
    ]
