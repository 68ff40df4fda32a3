"""Tells people by a webhook, a mail or a scheduler's own way that a run failed, or what it found; never too often.

What is told are our own sentences: names of sources, channels, checks and metrics, no customer's text or identifier.
"""

from __future__ import annotations

import json
import os
import smtplib
import stat
import tomllib
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path

from vocpipe.contracts import RunError, UsageError, VocpipeError
from vocpipe.runs import Summary
from vocpipe.settings import NotifySettings
from vocpipe.warehouse import notices, opened

# Sends a subject and a text; raises OSError, or what its library raises, where it cannot.
Send = Callable[[str, str], object]
SECRETS = "work/secrets.toml"
SECONDS = 20  # for a webhook or a mail server to answer


@contextmanager
def telling(summary: Summary, further: Sequence[Send] = ()) -> Iterator[None]:
    """At the end of a run tells what is due, or that it failed; ``further`` are ways besides those of the settings.

    Raises RunError where somebody could not be told, so that no run looks well that nobody heard of.
    """
    chosen = summary.run.settings.notify
    send = [*ways(summary.run.directory, chosen), *further]
    try:
        yield
    except Exception as failure:
        if send:
            problem = str(failure) if isinstance(failure, VocpipeError) else type(failure).__name__
            told = f"The run failed: {problem} The last published file stands as it was."
            try:
                deliver(send, subject_of(summary, "failed"), told)
            except RunError as silence:
                raise RunError(f"{problem} Besides, {str(silence)[0].lower()}{str(silence)[1:]}") from failure
        raise
    if send:
        tell_what_is_due(summary, chosen, send)


def tell_what_is_due(summary: Summary, chosen: NotifySettings, send: Sequence[Send]) -> None:
    """Send the notices that hold and are due as one message, and note that they were told."""
    now = datetime.now(UTC).replace(tzinfo=None)
    with opened(summary.run.directory) as con:
        due = notices.due(con, timedelta(days=chosen.cooldown_days), now)
    if not due:
        return
    lines = [f"- {notice.told} ({notice.kind}; acknowledge: {notice.notice_id})" for notice in due]
    told = "\n".join([*lines, "", f"vocpipe acknowledge {summary.run.directory} ID --by WHO"])
    deliver(send, subject_of(summary, f"{len(due)} {'thing' if len(due) == 1 else 'things'} to look at"), told)
    with opened(summary.run.directory) as con:
        notices.mark_told(con, due, now)


def subject_of(summary: Summary, what: str) -> str:
    """The first line of a message."""
    return f"vocpipe {summary.run.directory.resolve().name}: {what} (run {summary.run.run_id})"


def deliver(send: Sequence[Send], subject: str, text: str) -> None:
    """Send by every way. Raises RunError, after trying all, that names those that refused and never their secrets."""
    refused = []
    for way in send:
        try:
            way(subject, text)
        except Exception as problem:  # noqa: BLE001  whatever a library raises; told below, by its kind alone
            refused.append(f"{getattr(way, '__name__', 'a scheduler')} ({type(problem).__name__})")
    if refused:
        raise RunError(f"Nobody could be told by {', '.join(refused)}: look at [notify] in vocpipe.toml.")


def ways(directory: Path, chosen: NotifySettings) -> list[Send]:
    """The ways of the settings. Raises UsageError where a secret is missing or others may read it."""
    made: list[Send] = []
    if chosen.webhook:
        address = secret(directory, "webhook", "VOCPIPE_WEBHOOK")
        if not address.startswith(("https://", "http://")):
            raise UsageError("the address of the webhook does not begin with https://: correct VOCPIPE_WEBHOOK.")

        def webhook(subject: str, text: str) -> None:
            body = json.dumps({"text": f"{subject}\n{text}"}).encode()
            request = urllib.request.Request(address, body, {"Content-Type": "application/json"})
            urllib.request.urlopen(request, timeout=SECONDS).close()

        made.append(webhook)
    if chosen.email_to:
        password = secret(directory, "smtp_password", "VOCPIPE_SMTP_PASSWORD") if chosen.smtp_user else ""

        def mail(subject: str, text: str) -> None:
            send_mail(chosen, password, subject, text)

        made.append(mail)
    return made


def send_mail(chosen: NotifySettings, password: str, subject: str, text: str) -> None:
    """Send one mail."""
    message = EmailMessage()
    message["Subject"], message["From"], message["To"] = subject, chosen.email_from, ", ".join(chosen.email_to)
    message.set_content(text)
    kind = smtplib.SMTP_SSL if chosen.smtp_port == 465 else smtplib.SMTP
    with kind(chosen.smtp_host, chosen.smtp_port, timeout=SECONDS) as server:
        if chosen.smtp_user:
            if kind is smtplib.SMTP:
                server.starttls()
            server.login(chosen.smtp_user, password)
        server.send_message(message)


def secret(directory: Path, key: str, variable: str) -> str:
    """A secret from the environment, else from the file that its owner alone may read. Raises UsageError otherwise."""
    if found := os.environ.get(variable):
        return found
    path = directory / SECRETS
    if not path.is_file():
        raise UsageError(f'[notify] needs a secret: set {variable}, or write `{key} = "…"` into {path} (mode 0600).')
    if path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise UsageError(f"others may read {path}: run `chmod 600 {path}`.")
    try:
        found = tomllib.loads(path.read_text(encoding="utf-8")).get(key)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as problem:
        raise UsageError(f"{path} is no valid TOML.") from problem
    if not isinstance(found, str) or not found:
        raise UsageError(f"{path} has no `{key}`: write it there, or set {variable}.")
    return found
