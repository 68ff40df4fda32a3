"""`vocpipe.toml` as typed settings; every error names the key and what to write instead."""

from __future__ import annotations

import difflib
import hashlib
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import phonenumbers
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from vocpipe.contracts import UsageError

FILE_NAME = "vocpipe.toml"
PERIODS = ("all", "day", "week", "month", "quarter")
# Which of several customer records of one person counts; a list of sources is a rule too.
RULES = ("first", "latest", "most_common")
# Attributes of every customer beside the declared segments, with the rule that holds where the settings are silent.
OWN_RULES = {"signed_up_on": "first", "has_marketing_consent": "most_restrictive"}


def known_zone(name: str) -> str:
    """The name, if the time-zone database has it."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as problem:
        raise ValueError(f"{name!r} is no time zone: write one such as 'UTC' or 'Europe/Berlin'") from problem
    return name


def known_region(name: str) -> str:
    """The region, if telephone numbers can be read in it."""
    if name not in phonenumbers.SUPPORTED_REGIONS:
        raise ValueError(f"{name!r} is no region: write a country's two capital letters such as 'US' or 'DE'")
    return name


def known_periods(names: list[str]) -> list[str]:
    """The periods, if every one is known."""
    if wrong := [name for name in names if name not in PERIODS]:
        raise ValueError(f"{wrong[0]!r} is no period: write some of {', '.join(PERIODS)}")
    return names


def known_rule(rule: Any) -> Any:
    """The rule, if it is one; which sources and attributes there are is looked at later."""
    words = [rule] if isinstance(rule, str) else rule
    if not isinstance(words, list) or not words or not all(isinstance(word, str) for word in words):
        raise ValueError(f"{rule!r} is no rule: write {rules_told('')} or a list of sources")
    if isinstance(rule, str) and rule not in (*RULES, "most_restrictive"):
        raise ValueError(f"{rule!r} is no rule: {close_or_all(rule, RULES)}, or a list of sources")
    if len(words) != len(set(words)):
        raise ValueError(f"{rule!r} names a source twice: name each once, the most trusted first")
    return rule


def rules_told(attribute: str) -> str:
    """The rules that an attribute may have, for a message."""
    more = ["most_restrictive"] if attribute == "has_marketing_consent" else []
    return ", ".join(f"'{rule}'" for rule in (*RULES, *more))


def close_or_all(word: str, known: Sequence[str]) -> str:
    """What to write in place of a word that is not known."""
    close = difflib.get_close_matches(word, known, n=1)
    return f"did you mean '{close[0]}'?" if close else f"write one of {', '.join(map(repr, known))}"


def known_languages(codes: list[str]) -> list[str]:
    """The codes, if each has the form of one."""
    if wrong := [code for code in codes if not (len(code) == 2 and code.isascii() and code.islower())]:
        raise ValueError(f"{wrong[0]!r} is no language: write two small letters such as 'en' or 'de'")
    return codes


TimeZone = Annotated[str, AfterValidator(known_zone)]
Rule = Annotated[str | list[str], BeforeValidator(known_rule)]


class Strict(BaseModel):
    """No unknown key, no silent conversion."""

    model_config = ConfigDict(extra="forbid", strict=True)


class QuestionSettings(Strict):
    """One survey question: its column, and what it measures."""

    id: str
    """Column of the question in the export."""
    metric: Literal["nps", "csat", "ces", "ces_v1", "verbatim"]
    """nps (0–10), csat, ces (1–7, high is good), ces_v1 (1–5, low is good), or verbatim for an open answer."""
    scale: list[int] = Field(default_factory=list)
    """Lowest and highest answer, such as [0, 10]; left out for a verbatim."""
    labels: list[str] = Field(default_factory=list)
    """The answers in words, from the lowest to the highest, where the file does not hold numbers."""
    text: str = ""
    """The wording, for people."""

    @model_validator(mode="after")
    def scale_fits(self) -> QuestionSettings:
        """A score has a scale that its metric allows; a verbatim has none."""
        if self.metric == "verbatim":
            if self.scale:
                raise ValueError("a verbatim has no scale: take the line away")
        elif len(self.scale) != 2 or self.scale[0] >= self.scale[1]:
            raise ValueError("scale must be the lowest and the highest answer, such as [1, 5]")
        elif self.metric == "nps" and self.scale != [0, 10]:
            raise ValueError("a question is NPS on the scale [0, 10] only; other scales are csat")
        elif self.labels and len(self.labels) != self.scale[1] - self.scale[0] + 1:
            raise ValueError("labels must name every answer of the scale, from the lowest to the highest")
        return self


class SourceSettings(Strict):
    """One source: its format, its files below the project folder, and how to read them."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    """Name of the source in every table; changing it makes it another source."""
    format: str
    """Format of the files, as `vocpipe init` recognised it."""
    files: list[str]
    """Glob patterns below the project folder."""
    time_zone: TimeZone = "UTC"
    """Zone of times that carry none of their own (a zone written in the file wins)."""
    columns: dict[str, str] = Field(default_factory=dict)
    """Our name → the vendor's column, for CSV formats."""
    questions: list[QuestionSettings] = Field(default_factory=list)
    """The survey's questions that count."""
    segments: list[str] = Field(default_factory=list)
    """Columns of the source kept as segments."""


class MetricSettings(Strict):
    """How figures are cut and shown."""

    periods: Annotated[list[str], AfterValidator(known_periods)] = ["all", "month"]
    """Periods to publish: all, day, week, month, quarter."""
    min_n_show: int = Field(default=10, ge=1)
    """Cells with fewer answers are hidden."""
    low_base_n: int = Field(default=30, ge=1)
    """Cells with fewer answers are marked as a low base."""
    churn_days: int = Field(default=180, ge=1)
    """Days without a purchase after which a customer counts as churned."""
    watermark_days: int = Field(default=14, ge=0)
    """Days after a period's end in which late answers still come: until then its figures are provisional."""


class ActionSettings(Strict):
    """When marketing pauses."""

    detractor_days: int = Field(default=30, ge=1)
    """Days for which a detractor's answer counts as fresh."""
    negative_days: int = Field(default=14, ge=1)
    """Days for which a negative text outside tickets counts as fresh."""


class IdentitySettings(Strict):
    """When a customer looks like several people joined: nothing is published then."""

    max_accounts: int = Field(default=50, ge=1)
    """Records of one customer, respondents of surveys aside."""
    max_gained_accounts: int = Field(default=20, ge=1)
    """Such records that one customer may gain between two runs, where the others do not."""


class TextSettings(Strict):
    """How texts are classified (vocpipe/docs/text.md)."""

    sentiment: Literal["auto", "accurate", "fast", "vader"] = "auto"
    """Engine of sentiment: accurate (a small transformer), fast (linear), vader (a lexicon), or auto: fast at once,
    then accurate as far as the budget reaches."""
    budget_seconds: float = Field(default=120, ge=0, allow_inf_nan=False)
    """Seconds of a run for the accurate engine under auto; what does not fit is done by later runs. 0: fast alone."""
    languages: Annotated[list[str], AfterValidator(known_languages)] = ["en"]
    """Languages that customers are expected to write (two letters each): a text too short to tell is read as one of
    them. Only English texts get more than their language."""


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
    metrics: MetricSettings = Field(default_factory=MetricSettings)
    actions: ActionSettings = Field(default_factory=ActionSettings)
    identity: IdentitySettings = Field(default_factory=IdentitySettings)
    text: TextSettings = Field(default_factory=TextSettings)
    sources: list[SourceSettings]

    @model_validator(mode="after")
    def names_differ(self) -> Settings:
        """Sources are told apart by their names, and segments too."""
        names = [source.name for source in self.sources]
        if len(names) != len(set(names)):
            raise ValueError("two sources have the same name: every [[sources]] needs its own")
        if twice := [name for name in self.segments if self.segments.count(name) > 1]:
            raise ValueError(f"`segments` names {twice[0]!r} twice: name each column once")
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

    def rules(self) -> dict[str, str | list[str]]:
        """Which record counts, for every segment and every attribute of OWN_RULES."""
        default = self.survivorship.get("default", "first")
        given = {attribute: rule for attribute, rule in self.survivorship.items() if attribute != "default"}
        return dict.fromkeys(self.segments, default) | OWN_RULES | given

    def source(self, name: str) -> SourceSettings:
        """The source of that name."""
        return next(source for source in self.sources if source.name == name)


def load(directory: Path) -> Settings:
    """The settings of a project folder. Raises UsageError with one sentence that names the key at fault."""
    path = directory / FILE_NAME
    if not path.is_file():
        raise UsageError(f"{path} is not there: run `vocpipe init {directory}` first.")
    try:
        settings = Settings.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as problem:
        raise UsageError(f"{path} is no valid TOML: {problem}.") from problem
    except ValidationError as problem:
        raise UsageError(f"{path}: {sentence_of(problem)}") from problem
    return settings


def sentence_of(problem: ValidationError) -> str:
    """The first error in plain words: which key, what is wrong, what to write."""
    error = problem.errors()[0]
    key = ".".join(str(part + 1) if isinstance(part, int) else part for part in error["loc"])
    if error["type"] == "extra_forbidden":
        close = difflib.get_close_matches(str(error["loc"][-1]), all_keys(Settings), n=1)
        hint = f"did you mean `{close[0]}`?" if close else "take the line away."
        return f"the key `{key}` is not known: {hint}"
    if error["type"] == "missing":
        return f"the key `{key}` is missing: add it, or run `vocpipe init --force` to write the file anew."
    message = error["msg"].removeprefix("Value error, ")
    end = "" if message.endswith("?") else "."
    return f"`{key}` is wrong: {message[0].lower()}{message[1:]}{end}" if key else f"{message}{end}"


def all_keys(model: type[BaseModel]) -> list[str]:
    """Every key that the settings know, those of inner tables included."""
    parts: list[type[BaseModel]] = [
        *(model, QuestionSettings, SourceSettings, MetricSettings, ActionSettings, IdentitySettings, TextSettings),
    ]
    return [name for part in parts for name in part.model_fields]


def hash_of(directory: Path) -> str:
    """SHA-256 of the settings file, for the run ledger."""
    return hashlib.sha256((directory / FILE_NAME).read_bytes()).hexdigest()
