"""``python -m engine`` is ``nightmarket``."""

import sys

from engine.cli import main

sys.exit(main())
