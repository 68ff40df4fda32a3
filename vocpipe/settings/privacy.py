"""What the settings say of persons' data; and that no secret stands in a settings file."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from pydantic import Field

from vocpipe.settings.parts import Strict

# Names of keys that hold secrets, and how well-known services write theirs.
SECRET_NAME = re.compile(
    r"(^|[_-])(token|secret|password|passwd|pwd|api_?key|private_?key|access_?key|credentials?|bearer)([_-]|$)", re.I
)
SECRET_VALUE = re.compile(
    r"gh[opsu]_\w{20,}|github_pat_\w{20,}|xox[abeprs]-[\w-]{10,}|sk-[\w-]{16,}|AKIA[0-9A-Z]{16}|AIza[\w-]{30,}"
    r"|eyJ[\w-]{10,}\.[\w-]{10,}\.[\w-]*|A{10,}[\w%]{30,}|-----BEGIN [A-Z ]*PRIVATE KEY-----"
    r"|(?i:bearer +[\w.~+/-]{16,})"
)


class PrivacySettings(Strict):
    """What of persons is published, and to whom (vocpipe/docs/privacy.md)."""

    pseudonymise_record_ids: bool = False
    """Publish pseudonyms in place of the record ids of the vendors' systems, the CRM's own included."""
    publish_verbatims: bool = True
    """Publish what customers wrote (redacted). False: neither verbatims nor the words that decided are published."""
    contacts: bool = False
    """Write `published/contacts.duckdb` too, with names and addresses by customer_id, for its owner alone (0600)."""
    k: int = Field(default=5, ge=2)
    """A combination of segments that fewer customers share is warned of; see `vocpipe export --share`."""


def secret_in(content: Any) -> str | None:
    """The key (such as `sources.1.api_token`) under which a secret seems to stand; None where there is none."""
    return next((key for key, name, value in cells(content, "") if is_secret(name, value)), None)


def is_secret(name: str, value: Any) -> bool:
    """Whether a key is named like one of a secret, or its value looks like one; never told which value."""
    named = SECRET_NAME.search(name) and value not in ("", None) and not isinstance(value, bool)
    return bool(named) or (isinstance(value, str) and SECRET_VALUE.search(value) is not None)


def cells(content: Any, place: str) -> Iterator[tuple[str, str, Any]]:
    """Every value of nested tables and lists, with its key in full and the last part of it."""
    inner = content.items() if isinstance(content, dict) else enumerate(content, start=1)
    for name, value in inner:
        key = f"{place}.{name}" if place else str(name)
        if isinstance(value, dict | list):
            yield from cells(value, key)
        else:
            # A column of an export may bear any name; of its token a connector is told the place, and looks at it.
            is_name = any(part in f".{key}." for part in (".columns.", ".model_labels.", ".token."))
            yield key, "" if is_name else str(name), value
