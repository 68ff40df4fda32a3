"""Blocks of Prefect: those that tell people (Slack, Teams, mail and whatever else there is), and those with secrets."""

from __future__ import annotations

from typing import Any

from prefect.blocks.abstract import NotificationBlock
from prefect.blocks.core import Block

from vocpipe.contracts import UsageError
from vocpipe.pipeline import Send, Summary


def block_ways(summary: Summary) -> list[Send]:
    """The block that the settings name, as a way to tell. Raises UsageError where there is none or it cannot tell."""
    name = summary.run.settings.notify.block
    if not name:
        return []
    try:
        block: Any = Block.load(name, _sync=True)
    except ValueError as problem:
        raise UsageError(
            f'`notify.block`: Prefect has no block {name!r}: write its type and name such as "slack-webhook/ops".'
        ) from problem
    if not isinstance(block, NotificationBlock):
        raise UsageError(f"`notify.block`: {name!r} is no block that notifies: name one such as a slack-webhook.")

    def prefect_block(subject: str, text: str) -> None:
        block.notify(text, subject=subject)

    return [prefect_block]


def secret_block(name: str) -> str:
    """What a secret block holds. Raises UsageError where there is none."""
    try:
        block: Any = Block.load(f"secret/{name}", _sync=True)
    except ValueError as problem:
        raise UsageError(f"Prefect has no secret block {name!r}: make one, then run again.") from problem
    return str(block.get())
