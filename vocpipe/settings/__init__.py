"""`vocpipe.toml` as typed settings; every error names the key and what to write instead."""

from __future__ import annotations

import difflib
import hashlib
import tomllib
from pathlib import Path
from typing import Annotated, Any, get_args

from pydantic import AfterValidator, Field, ValidationError, model_validator

from vocpipe.contracts import UsageError
from vocpipe.settings.engine import EngineSettings
from vocpipe.settings.figures import MetricSettings, WeightSettings
from vocpipe.settings.nightly import ConnectorSettings, NotifySettings, PublishSettings, ReportSettings
from vocpipe.settings.parts import (
    OWN_RULES,
    ActionSettings,
    IdentitySettings,
    LoyaltySettings,
    Rule,
    SourceSettings,
    Strict,
    TextSettings,
    ThemeSettings,
    TimeZone,
    close_or_all,
    known_region,
    known_zone,
    rules_told,
)
from vocpipe.settings.privacy import PrivacySettings, secret_in

__all__ = [
    "FILE_NAME",
    "ConnectorSettings",
    "NotifySettings",
    "Settings",
    "SourceSettings",
    "hash_of",
    "known_zone",
    "load",
]

FILE_NAME = "vocpipe.toml"


class Settings(Strict):
    """The whole of `vocpipe.toml`."""

    time_zone: TimeZone = "UTC"
    """Business time zone: periods are cut in it."""
    phone_region: Annotated[str, AfterValidator(known_region)] = "US"
    """Country of telephone numbers written without a country code."""
    taxonomy: str = "airline"
    """Topics: the name of a starter taxonomy, or a .toml file in the project folder."""
    brand_handles: list[str] = Field(default_factory=list)
    """Your own handles: their posts are not customers' voices, and they are not redacted."""
    segments: list[str] = Field(default_factory=list)
    """Columns of the customer record by which figures are cut."""
    survivorship: dict[str, Rule] = Field(default_factory=dict)
    """Attribute → which of several records of a customer counts: 'first' (signed up first), 'latest' (its value changed
    last), 'most_common', or sources in the order of trust. `default` is the rule of segments that are not named;
    has_marketing_consent may be 'most_restrictive' too, and is."""
    workers: int = Field(default=0, ge=0)
    """Processes for text; 0 means one for each core."""
    engine: EngineSettings = Field(default_factory=EngineSettings)
    metrics: MetricSettings = Field(default_factory=MetricSettings)
    loyalty: LoyaltySettings = Field(default_factory=LoyaltySettings)
    weights: WeightSettings = Field(default_factory=WeightSettings)
    actions: ActionSettings = Field(default_factory=ActionSettings)
    identity: IdentitySettings = Field(default_factory=IdentitySettings)
    text: TextSettings = Field(default_factory=TextSettings)
    themes: ThemeSettings = Field(default_factory=ThemeSettings)
    privacy: PrivacySettings = Field(default_factory=PrivacySettings)
    publish: PublishSettings = Field(default_factory=PublishSettings)
    notify: NotifySettings = Field(default_factory=NotifySettings)
    report: ReportSettings = Field(default_factory=ReportSettings)
    connectors: list[ConnectorSettings] = Field(default_factory=list)
    sources: list[SourceSettings]

    @model_validator(mode="after")
    def names_differ(self) -> Settings:
        """Sources are told apart by their names, and segments too."""
        names = [source.name for source in self.sources]
        if len(names) != len(set(names)):
            raise ValueError("two sources have the same name: every [[sources]] needs its own")
        pulled = [connector.name for connector in self.connectors]
        if len(pulled) != len(set(pulled)):
            raise ValueError("two connectors have the same name: every [[connectors]] needs its own")
        if twice := [name for name in self.segments if self.segments.count(name) > 1]:
            raise ValueError(f"`segments` names {twice[0]!r} twice: name each column once")
        return self

    @model_validator(mode="after")
    def margins_are_segments(self) -> Settings:
        """What figures are weighted by is an attribute of the customer record."""
        for name in self.weights.margins:
            if name not in self.segments:
                told = close_or_all(name, self.segments) if self.segments else "add it to `segments`"
                raise ValueError(f"`weights.margins` names {name!r}, which is no segment of the settings: {told}")
        return self

    @model_validator(mode="after")
    def survivorship_is_known(self) -> Settings:
        """Rules are given to attributes that there are, and name sources that there are."""
        attributes, sources = (*self.segments, *OWN_RULES), [source.name for source in self.sources]
        for attribute, rule in self.survivorship.items():
            if attribute not in (*attributes, "default"):
                told = close_or_all(attribute, attributes)
                raise ValueError(f"`survivorship.{attribute}` is no segment of the settings: {told}")
            if rule == "most_restrictive" and attribute != "has_marketing_consent":
                told = f"write {rules_told(attribute)} or a list of sources"
                raise ValueError(f"`survivorship.{attribute}`: 'most_restrictive' is for has_marketing_consent, {told}")
            for name in rule if isinstance(rule, list) else []:
                if name not in sources:
                    told = close_or_all(name, sources)
                    raise ValueError(f"`survivorship.{attribute}` names a source that is not there, {name!r}: {told}")
        return self

    @model_validator(mode="after")
    def contracts_are_told(self) -> Settings:
        """What tells of ended contracts is a segment, and days follow each other."""
        named = self.loyalty.contract_ended
        if named and named not in self.segments:
            raise ValueError(
                f"`loyalty.contract_ended` is no segment of the settings: {close_or_all(named, self.segments)}"
            )
        if self.loyalty.lapse_days > self.metrics.churn_days:
            raise ValueError("`loyalty.lapse_days` is more than `metrics.churn_days`: who is lost has lapsed before")
        return self

    def rules(self) -> dict[str, str | list[str]]:
        """Which record counts, for every segment, every attribute of OWN_RULES and the length of contracts."""
        default = self.survivorship.get("default", "first")
        given = {attribute: rule for attribute, rule in self.survivorship.items() if attribute != "default"}
        lengths = [self.loyalty.contract_length] if self.loyalty.contract_length else []
        return dict.fromkeys([*self.segments, *lengths], default) | OWN_RULES | given

    def source(self, name: str) -> SourceSettings:
        """The source of that name."""
        return next(source for source in self.sources if source.name == name)


def load(directory: Path) -> Settings:
    """The settings of a project folder. Raises UsageError with one sentence that names the key at fault."""
    path = directory / FILE_NAME
    if not path.is_file():
        raise UsageError(f"{path} is not there: run `vocpipe init {directory}` first.")
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
        if key := secret_in(content):
            raise UsageError(
                f"{path}: `{key}` looks like a secret, and this file is shared: take it out, and give it by the "
                "environment, a Prefect block or a file that only you can read (vocpipe/docs/privacy.md)."
            )
        settings = Settings.model_validate(content)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as problem:
        raise UsageError(f"{path} is no valid TOML: {problem}.") from problem
    except ValidationError as problem:
        raise UsageError(f"{path}: {sentence_of(problem)}") from problem
    return settings


LISTED = ("sources", "connectors")  # tables of which there may be several


def sentence_of(problem: ValidationError) -> str:
    """The first error in plain words: which key, what is wrong, what to write."""
    error = problem.errors()[0]
    key = ".".join(str(part + 1) if isinstance(part, int) else part for part in error["loc"])
    if error["type"] == "extra_forbidden":
        return f"the key `{key}` is not known: {hint_for(str(error['loc'][-1]), error['loc'][:-1])}"
    if error["type"] == "missing":
        return f"the key `{key}` is missing: add it, or run `vocpipe init --force` to write the file anew."
    message = error["msg"].removeprefix("Value error, ")
    end = "" if message.endswith("?") else "."
    return f"`{key}` is wrong: {message[0].lower()}{message[1:]}{end}" if key else f"{message}{end}"


def keys_of(place: tuple[int | str, ...]) -> list[str]:
    """The keys of the table at a place in the settings."""
    part: Any = Settings
    for step in (step for step in place if isinstance(step, str)):
        kind = part.model_fields[step].annotation
        part = next((inner for inner in (kind, *get_args(kind)) if hasattr(inner, "model_fields")), None)
        if part is None:
            return []
    return list(part.model_fields)


def hint_for(written: str, place: tuple[int | str, ...]) -> str:
    """What was meant by a key that its table does not know: a close one, or one of another table."""
    if close := difflib.get_close_matches(written, keys_of(place), n=1):
        return f"did you mean `{close[0]}`?"
    tables = {inner: table for table in Settings.model_fields for inner in keys_of((table,))}
    if written in tables:
        table = tables[written]
        return f"it stands below `{f'[[{table}]]' if table in LISTED else f'[{table}]'}`."
    if close := difflib.get_close_matches(written, {*tables, *Settings.model_fields}, n=1):
        return f"did you mean `{close[0]}`?"
    return "take the line away."


def hash_of(directory: Path) -> str:
    """SHA-256 of the settings file, for the run ledger."""
    return hashlib.sha256((directory / FILE_NAME).read_bytes()).hexdigest()
