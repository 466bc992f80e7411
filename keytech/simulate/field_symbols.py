"""IPC symbols by WIPO technology field, and which of them stand on a key-technology list."""

from __future__ import annotations

import re

from keytech.simulate.world import World

SYMBOLS = {
    "01": "H01B1/02 H01F27/24 H01M10/0525 H02J3/38 H02K1/27 H02P21/00 H05B6/12 H01R13/52 H01H33/66 H02M7/48",
    "02": "H04R1/10 H04N5/232 G09F9/30 H05K1/02 H05K7/20 G11B5/39 H04N13/20",
    "03": "H01Q1/38 H01Q21/00 H04B10/25 H04B7/06 H04M1/02 H04Q11/00 G08C17/02 H04J14/02",
    "04": "H04L12/24 H04L27/26 H04L29/06 H04W72/04 H04W4/80 H04N21/43 H04L9/32",
    "05": "H03H9/17 H03K17/68 H03M13/11 H03F3/45 H03L7/08 H03B5/12",
    "06": "G06F17/50 G06K9/62 G06T7/00 G06N3/08 G06F9/50 G10L15/16 G11C11/16 G06F21/60",
    "08": "H01L21/02 H01L29/78 H01L31/18 H01L33/06 H01L51/50 H01L27/146",
    "09": "G02B6/12 G02B27/09 G02F1/35 G03F7/20 H01S3/067 G03B15/00",
    "10": "G01B11/24 G01N21/64 G01N27/26 G01R31/12 G01S13/90 G01V1/30 G01M13/04 G01C21/16 G01D5/353 G01H9/00",
    "11": "G01N33/53 G01N33/68 G01N33/18 G01N33/24 G01N33/02",
    "12": "G05B13/04 G05B19/418 G05D1/02 G08G1/16 G08B21/02 G09B9/00 G07C5/08",
    "13": "A61B5/00 A61B8/08 A61B34/30 A61F2/28 A61L27/36 A61M1/10 A61N5/06 G16H50/20",
    "14": "C07C67/08 C07D403/04 C07F15/00 C07H17/08 C07B53/00 A61K8/97 C07J9/00",
    "15": "C12N15/11 C12N1/20 C12P7/06 C12Q1/68 C07K16/18 C12M1/00 C12N9/24",
    "16": "A61K31/704 A61K47/69 A61K36/48 A61P35/00 A61K9/14 A61P31/04",
    "17": "C08F2/48 C08G63/08 C08L67/04 C08K3/04 C08B37/08 C08G18/66",
    "18": "A23L33/10 A23C9/12 A23B7/04 A23J3/14 C12G3/02 A23F3/16 A01H4/00",
    "19": "C09K8/508 C09D5/08 C10G11/18 C05G3/00 C09J163/00 C10L5/44 A01N43/90 C09K11/06",
    "20": "C22C38/04 C21D8/02 C04B35/622 C01B32/184 B22F9/24 C22C21/00 C03C10/00 C01G49/08 C22B7/00",
    "21": "C23C14/35 C25D3/38 B32B9/04 C30B29/40 B05D7/14 C23F11/10 C25B1/04",
    "22": "B82Y30/00 B82Y40/00 B81C1/00 B81B7/02 B82Y15/00",
    "23": "B01J23/89 B01D71/02 B01J20/22 B01F7/18 B03D1/00 B07C5/34 B01D1/00 F26B3/20 B01L3/00",
    "24": "C02F9/14 C02F1/30 B01D53/86 B09C1/10 C02F3/28 F01N3/20 B09B3/00 F23G5/44",
    "25": "B25J9/16 B65G47/90 B66C13/18 B25J15/00 B65D81/20 B66F11/04",
    "26": "B23K26/34 B23Q11/08 B24B1/00 B21D22/02 B23P19/04 B23B27/14 B26D1/06",
    "27": "F02D41/00 F03D7/04 F04D29/66 F01D5/18 F02M51/06 G21C17/00 F03B13/14",
    "28": "D06M11/83 D01F8/14 D04H1/728 D03D15/00 D21H17/25 D01D5/00 D06P1/38",
    "29": "A01G31/02 A01D46/30 A01B79/00 B28B1/00 B29C64/106 A01K61/10 A22C21/00 B33Y10/00",
    "30": "F24S20/40 F28D15/04 F25B30/06 F27B17/00 F22B1/18 F24F11/64 F23C10/00",
    "31": "F16F15/02 F16H57/08 F16C32/04 F16K31/06 F16L55/32 F15B13/04 F16D65/00",
    "32": "B60L15/20 B60W30/08 B61L27/04 B62D5/04 B63B35/44 B64C27/08 B64F5/60 B61D17/02",
    "35": "E04B1/98 E02D17/20 E21B43/26 E21D9/00 E01D19/04 E04G21/12 E01C7/18 E21F17/18",
}
LISTS = ("seed_key_ipc", "seed_sei_ipc")
PREFIX = re.compile(r"^[A-H]([0-9]{2}([A-Z]([0-9]+(/[0-9]+)?)?)?)?$")


def on_lists(world: World) -> dict[str, bool | None]:
    """For each symbol: True on a list, False on none, None where a pattern with exclusions or a range leaves it open.

    Only patterns that name a class, subclass, group or subgroup are read; symbols in the classes of other patterns
    are left open, so that the simulation never has to repeat the warehouse's matching.
    """
    plain: set[tuple[str, bool]] = set()
    unsure: set[tuple[str, str]] = set()
    for name in LISTS:
        for row in world.seed_table(name).to_dict("records"):
            for part in re.split(r"[;；、,，\s]+", row["ipc_pattern"]):
                pattern = part.removesuffix("*")
                if PREFIX.match(pattern) and not row.get("exclude_patterns"):
                    plain.add((pattern, part.endswith("*")))
                elif part:
                    last = re.split(r"[-~～—至]", part)[-1]
                    unsure.add((part[:3], max(part[:3], last[:3])))
    return {s: _status(s, plain, unsure) for text in SYMBOLS.values() for s in text.split()}


def _status(symbol: str, plain: set[tuple[str, bool]], unsure: set[tuple[str, str]]) -> bool | None:
    heads = {symbol[:1], symbol[:3], symbol[:4], symbol.partition("/")[0], symbol}
    if any(pattern in heads for pattern, _ in plain):
        return True
    near = any(starred and "/" in pattern and symbol.startswith(pattern) for pattern, starred in plain)
    if near or any(first <= symbol[:3] <= last for first, last in unsure):
        return None
    return False


def pools(world: World) -> dict[str, dict[bool, list[str]]]:
    """Field -> {True: symbols on a key list, False: ordinary symbols}; open ones are not drawn."""
    known = on_lists(world)
    return {
        field: {flag: [s for s in text.split() if known[s] is flag] for flag in (True, False)}
        for field, text in SYMBOLS.items()
    }
