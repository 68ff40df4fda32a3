"""Prefect flows, thin over ``vocpipe.pipeline``.

Prefect reads its environment when it is imported, so the defaults that a single machine needs are set here, before
any flow imports it; whatever is set already stays.
"""

import os

DEFAULTS = {
    # The server that Prefect starts by itself needs 20 s, and over a minute where the machine is busy;
    # Prefect's own limit is 20 s.
    "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "300",
    # Two at once on its small database make the server complain of locks that it waits out by itself.
    "PREFECT_SERVER_LOGGING_LEVEL": "CRITICAL",
    "PREFECT_LOGGING_SERVER_LEVEL": "CRITICAL",
    # Nothing about anybody's runs leaves the machine.
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "DO_NOT_TRACK": "1",
}
for _name, _value in DEFAULTS.items():
    os.environ.setdefault(_name, _value)
