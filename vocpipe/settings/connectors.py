"""The `[[connectors]]` of `vocpipe.toml`: from where files are fetched, and where the token is; never the token."""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated

from pydantic import AfterValidator, Field

from vocpipe.settings.parts import Strict


def named_token(told: str) -> str:
    """The name of the place where a token is; the token itself has no place in the settings, and is not repeated."""
    if told and not re.fullmatch(r"[A-Z][A-Z0-9_]{2,63}|(file|block):[^\s]+", told):
        raise ValueError(
            "a token does not stand in the settings: write the NAME of the environment variable that holds it, "
            "file:PATH or block:NAME"
        )
    return told


class ConnectorSettings(Strict):
    """One vendor whose files `vocpipe pull` fetches (vocpipe/docs/connectors.md)."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    """Name of the connector: of its folder, unless another one is given, and of its cursor."""
    vendor: str
    """zendesk, qualtrics, x, surveymonkey or files."""
    url: str = ""
    """Address of your account at the vendor, such as https://example.zendesk.com."""
    folder: str = Field(default="", pattern=r"^[^./][^:]*$|^$")
    """Folder below the project folder into which files are put; left out: the name."""
    token: Annotated[str, AfterValidator(named_token)] = ""
    """Where the token is: NAME_OF_A_VARIABLE of the environment, file:PATH (mode 0600), or block:NAME in a flow."""
    since: date | None = None
    """The first pull goes back to this day; left out: as far as the vendor does."""
    options: dict[str, str] = Field(default_factory=dict)
    """What the vendor's connector wants to know, such as the surveys."""
