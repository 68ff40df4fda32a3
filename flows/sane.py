"""Whether Prefect's settings are sane for the flows of this folder."""

from __future__ import annotations

import os
from pathlib import Path


def findings() -> list[tuple[str, str, str]]:
    """Level (good, warn or bad), what it is about, and what to do."""
    from prefect.settings import get_current_settings

    chosen = get_current_settings()
    found = []
    home = Path(chosen.home)
    place = next(path for path in (home, *home.parents) if path.exists())
    if not os.access(place, os.W_OK):
        found.append(("bad", "Prefect home", f"{home} cannot be written to: set PREFECT_HOME to a folder that can."))
    seconds = chosen.server.ephemeral.startup_timeout_seconds
    if chosen.api.url:
        found.append(("good", "Prefect", f"uses the server at {chosen.api.url.split('@')[-1]}"))
    elif seconds < 60:
        wanted = "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS=120"
        told = f"its own server is given {seconds} s to start: set {wanted}."
        found.append(("warn", "Prefect", told))
    else:
        found.append(("good", "Prefect", f"starts its own server, in {home}"))
    if chosen.server.analytics_enabled and not chosen.api.url:
        told = "tells its makers about runs: set PREFECT_SERVER_ANALYTICS_ENABLED=false."
        found.append(("warn", "Prefect telemetry", told))
    return found
