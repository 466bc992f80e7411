"""Pictures of the site for the README, from the current release: python docs/pictures/make.py [site folder].

Needs Chromium on the path. Pictures show what the release holds; on simulated data the banner says so.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
PICTURES = {
    "overview-en-light": ("index.html", "en", "light", "", 1280, 1000),
    "overview-zh-dark-phone": ("index.html", "zh", "dark", "", 500, 900),
    "study-en-light": ("study-talent_keytech.html", "en", "light", "", 1280, 1400),
    "quality-zh-light": ("quality.html", "zh", "light", "", 1280, 1300),
    "lineage-en-dark": ("lineage.html", "en", "dark", "#talent_keytech/1/1/lntalent", 1280, 1150),
}


def main() -> int:
    """Write every picture; exit code 2 where there is no Chromium or no site."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    site = Path(sys.argv[1] if len(sys.argv) > 1 else HERE.parents[1] / "data" / "current" / "site").resolve()
    if chromium is None or not (site / "index.html").is_file():
        print("needs Chromium on the path and a site (run `make run` first)", file=sys.stderr)
        return 2
    for name, (page, language, theme, where, width, height) in PICTURES.items():
        url = f"{(site / page).as_uri()}?lang={language}&theme={theme}{where}"
        with tempfile.TemporaryDirectory() as profile:
            subprocess.run(
                [chromium, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
                 "--host-resolver-rules=MAP * ~NOTFOUND", f"--user-data-dir={profile}", "--virtual-time-budget=3000",
                 f"--window-size={width},{height}", f"--screenshot={HERE / f'{name}.png'}", url],
                check=True, capture_output=True, timeout=120,
            )  # fmt: skip
        print(HERE.name, f"{name}.png")
    return 0


if __name__ == "__main__":
    sys.exit(main())
