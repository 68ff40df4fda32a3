"""The parts of `vocpipe.toml`, each a table of the file, and what their values may be."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import phonenumbers
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from vocpipe.contracts import LABELS

# Which of several customer records of one person counts; a list of sources is a rule too.
RULES = ("first", "latest", "most_common")
# Who owns the cases of an experience, and all others, where the settings are silent.
TEAMS = {
    "product": "product team",
    "transaction": "sales team",
    "interaction": "customer care",
    "default": "customer care",
}
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


def known_languages(codes: list[str]) -> list[str]:
    """The codes, if each has the form of one."""
    if wrong := [code for code in codes if not (len(code) == 2 and code.isascii() and code.islower())]:
        raise ValueError(f"{wrong[0]!r} is no language: write two small letters such as 'en' or 'de'")
    return codes


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
    keep_days: int | None = Field(default=None, ge=1)
    """Days after which rows of the source, and their texts, are erased; left out: they are kept."""
    stale_days: int = Field(default=0, ge=0)
    """Days without a new row after which the source counts as stale; 0: three times its longest pause so far."""


class LoyaltySettings(Strict):
    """How customers are seen to stay and to leave (vocpipe/docs/loyalty.md); the days of churn are of `[metrics]`."""

    repeat_days: int = Field(default=180, ge=1)
    """Days after the first purchase within which `repeat_rate_equal` looks for a second."""
    horizon_days: int = Field(default=90, ge=1)
    """Days ahead for which orders and amounts are expected."""
    new_days: int = Field(default=90, ge=1)
    """A customer is new for so many days after the first purchase."""
    lapse_days: int = Field(default=90, ge=1)
    """A customer is lapsing after so many days without a purchase."""
    loyal_purchases: int = Field(default=3, ge=2)
    """A customer is loyal with so many days with a purchase..."""
    loyal_within_days: int = Field(default=365, ge=1)
    """...within so many days."""
    contract_ended: str = ""
    """Segment of the customer record that says whether the contract has ended, such as "Churn"; left out: none does."""
    contract_length: str = ""
    """Column of the customer record that counts the periods which a contract has lasted, such as "tenure"."""
    ended_values: list[str] = ["yes", "true", "1", "churned", "cancelled", "canceled", "ended", "closed"]
    """What it then says, in small letters."""


class ActionSettings(Strict):
    """When marketing pauses, who sees to a case and until when, and whom to thank."""

    detractor_days: int = Field(default=30, ge=1)
    """Days for which a detractor's answer counts as fresh."""
    negative_days: int = Field(default=14, ge=1)
    """Days for which a negative text outside tickets counts as fresh."""
    public_lean: float = Field(default=0.15, ge=-1, le=1, allow_inf_nan=False)
    """Sentiment score of the accurate engine below which what was said in public (no survey, no web form) counts as
    negative, whatever its label. -1: only the label counts."""
    public_lean_coarse: float = Field(default=-0.3, ge=-1, le=1, allow_inf_nan=False)
    """The same for scores of every other engine, whose doubts tell less."""
    several_turns: int = Field(default=3, ge=2)
    """Negative turns, on two channels or more, that make a customer one in distress."""
    several_days: int = Field(default=30, ge=1)
    """Days within which they are said."""
    recall_target: float = Field(default=0.9, gt=0, lt=1)
    """Share of customers in distress that a threshold learnt from labelled cases must find, with 95 % confidence."""
    urgent_hours: int = Field(default=4, ge=1)
    """Hours until an urgent case (safety, legal, stranded) is due."""
    due_hours: int = Field(default=48, ge=1)
    """Hours until any other case is due."""
    lapse_days: int = Field(default=90, ge=1)
    """Days after which a case that nobody followed up is left."""
    follow_up_days: int = Field(default=14, ge=1, lt=30)
    """Days after its opening in which an answer to the customer's ticket counts as the follow-up of a case."""
    owners: dict[str, str] = Field(default_factory=dict)
    """Topic, or experience (product, transaction, interaction), or default → the team that owns its cases."""
    loyal_purchases: int = Field(default=3, ge=2)
    """Purchases (days with one) from which on a customer is loyal."""
    frequent_purchases: int = Field(default=8, ge=2)
    """Purchases from which on a customer is thanked for them alone."""
    at_risk_days: int = Field(default=120, ge=1)
    """Days without a purchase after which a loyal customer is at risk; below metrics.churn_days."""
    gap_days: int = Field(default=90, ge=1)
    """Days of questions that count for the list of knowledge gaps."""
    gap_customers: int = Field(default=5, ge=2)
    """Different customers who must ask about a topic to have it on that list."""

    def owners_told(self) -> dict[str, str]:
        """The team of each topic, of each experience, and of all else."""
        return TEAMS | self.owners


class IdentitySettings(Strict):
    """When a customer looks like several people joined: nothing is published then."""

    max_accounts: int = Field(default=50, ge=1)
    """Records of one customer, respondents of surveys aside."""
    max_gained_accounts: int = Field(default=20, ge=1)
    """Such records that one customer may gain between two runs, where the others do not."""


class TextSettings(Strict):
    """How texts are classified (vocpipe/docs/text.md)."""

    sentiment: Literal["auto", "accurate", "fast", "vader", "hf"] = "auto"
    """Engine of sentiment: accurate (a small transformer), fast (linear), vader (a lexicon), auto (fast at once, then
    accurate as far as the budget reaches), or hf, a Hugging Face model of your own."""
    budget_seconds: float = Field(default=120, ge=0, allow_inf_nan=False)
    """Seconds of a run for the accurate engine under auto; what does not fit is done by later runs. 0: fast alone."""
    languages: Annotated[list[str], AfterValidator(known_languages)] = ["en"]
    """Languages that customers are expected to write (two letters each): a text too short to tell is read as one of
    them. Only English texts get more than their language."""
    labels: str = LABELS
    """Your labelled texts: a CSV file in the project folder with text, topic and/or sentiment, where wanted author."""
    model: str = ""
    """Folder of the Hugging Face sequence classifier, for sentiment = "hf"; a path from the project folder."""
    model_labels: dict[str, Literal["negative", "neutral", "positive"]] = Field(default_factory=dict)
    """The model's own label → ours, where its names say nothing, such as LABEL_0 = "negative"."""

    @model_validator(mode="after")
    def model_is_named(self) -> TextSettings:
        """A model of one's own has a folder."""
        if (self.sentiment == "hf") != bool(self.model):
            raise ValueError(
                'sentiment = "hf" and `model`, the folder of the model, belong together: write both or none'
            )
        return self


class ThemeSettings(Strict):
    """When what several customers say is proposed as a theme."""

    min_customers: int = Field(default=5, ge=2)
    """Different customers who must say it."""
    min_texts: int = Field(default=8, ge=2)
    """Texts that must say it, each in words of its own."""
