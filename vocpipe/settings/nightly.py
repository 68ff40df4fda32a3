"""The parts of `vocpipe.toml` for whoever runs it every night: what is kept, and who is told."""

from __future__ import annotations

from pydantic import Field, model_validator

from vocpipe.settings.parts import Strict


class PublishSettings(Strict):
    """What is kept of what was published."""

    keep: int = Field(default=3, ge=0)
    """So many earlier published files are kept, for `vocpipe rollback`."""


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
