"""The parts of `vocpipe.toml` for whoever runs it every night: what is fetched and kept, and who is told."""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated

from pydantic import AfterValidator, Field, model_validator

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


class PublishSettings(Strict):
    """What is kept of what was published."""

    keep: int = Field(default=3, ge=0)
    """So many earlier published files are kept, for `vocpipe rollback`."""


class ReportSettings(Strict):
    """What is made beside the first page of the report."""

    pages: list[str] = Field(default_factory=list)
    """Kinds of segments whose every segment gets a page of its own: topic, channel, a column named under segments …"""
    digest: bool = False
    """A short page to send by e-mail, published/report/digest.html."""


class NotifySettings(Strict):
    """Who is told when a run fails, a source is stale, a check warns or a metric's alert fires.

    No secret stands here: the webhook's address is VOCPIPE_WEBHOOK and the mail server's password VOCPIPE_SMTP_PASSWORD
    in the environment, or `webhook` and `smtp_password` in work/secrets.toml, which its owner alone may read.
    """

    webhook: bool = False
    """Post a JSON object with `text` to the webhook."""
    email_to: list[str] = Field(default_factory=list)
    """Send a mail to these addresses."""
    email_from: str = ""
    """Sender of the mail."""
    smtp_host: str = ""
    """Mail server; spoken to with STARTTLS, port 465 with TLS."""
    smtp_port: int = Field(default=587, ge=1, le=65535)
    """Its port."""
    smtp_user: str = ""
    """User at the mail server; empty: none is needed."""
    block: str = ""
    """Notification block of Prefect such as "slack-webhook/ops"; used by the flow."""
    cooldown_days: int = Field(default=7, ge=0)
    """Days after which something that still holds is told again; a failed run is told every time."""

    @model_validator(mode="after")
    def mail_is_whole(self) -> NotifySettings:
        """A mail has a sender and a server."""
        if self.email_to and not (self.email_from and self.smtp_host):
            raise ValueError("`email_to` needs `email_from` and `smtp_host` beside it")
        return self
