"""Colours can be read: text contrast of the style sheet, light and dark."""

import re

import pytest

from tests.unit.report.conftest import ROOT

STYLE = (ROOT / "keytech" / "report" / "templates" / "site.css").read_text()
ON = {"paper": ("ink", "soft", "accent", "ours", "pub", "plant", "warn"), "ground": ("ink", "soft", "accent", "ours", "pub", "plant"),
      "goodbg": ("good",), "warnbg": ("warn",), "badbg": ("bad",), "nonebg": ("soft", "ink")}  # fmt: skip


def _colours(theme: str) -> dict[str, str]:
    block = re.search(
        r":root\{(.*?)\}" if theme == "light" else r"data-theme=dark\]\{(.*?)\}", STYLE, re.DOTALL
    )[1]
    found = dict(re.findall(r"--(\w+):(#[0-9a-f]{3,6})", block))
    return {k: v if len(v) == 7 else "#" + "".join(2 * c for c in v[1:]) for k, v in found.items()}


def _luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(("ground", "text"), [(g, t) for g, texts in ON.items() for t in texts])
def test_text_stands_out_from_its_ground(theme, ground, text):
    """A failure means that a text is below the contrast of 4.5 that WCAG AA asks for."""
    colours = _colours(theme)
    light, dark = sorted((_luminance(colours[ground]), _luminance(colours[text])), reverse=True)
    assert (light + 0.05) / (dark + 0.05) >= 4.5


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_numbers_stand_out_from_the_darkest_tile(theme):
    """A failure means that the largest numbers of maps and heat maps cannot be read."""
    colours, deepest = _colours(theme), 0.65
    block = STYLE.split("html[data-theme=dark]")[theme == "dark"]
    heat = [int(v) for v in re.search(r"--heat:([\d,]+)", block)[1].split(",")]
    paper = [int(colours["paper"][i : i + 2], 16) for i in (1, 3, 5)]
    mixed = "#" + "".join(
        f"{round(deepest * h + (1 - deepest) * p):02x}" for h, p in zip(heat, paper, strict=True)
    )
    light, dark = sorted((_luminance(mixed), _luminance(colours["ink"])), reverse=True)
    assert (light + 0.05) / (dark + 0.05) >= 4.5
