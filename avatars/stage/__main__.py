"""``python -m avatars.stage FOLDER``: every layout as a picture, for looking at."""

from __future__ import annotations

import sys
from pathlib import Path

from avatars.stage.sheet import sheet

if len(sys.argv) != 2:
    sys.exit("usage: python -m avatars.stage FOLDER")
for made in sheet(Path(sys.argv[1])):
    print(made)
