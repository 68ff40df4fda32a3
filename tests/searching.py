"""How long the properties search for a case that breaks them."""

from __future__ import annotations

import os

MANY = int(os.environ.get("VOCPIPE_MANY_EXAMPLES", "1"))  # times the usual number of examples, for a night
