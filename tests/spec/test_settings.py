"""Settings: every error is one sentence that names the key and what to write instead."""

from __future__ import annotations

import pytest

from vocpipe import settings
from vocpipe.contracts import UsageError

GOOD = """
time_zone = "Europe/Berlin"
segments = ["loyalty_tier"]
[[sources]]
name = "qualtrics"
format = "qualtrics_csv"
files = ["*.csv"]
[[sources.questions]]
id = "Q1"
metric = "nps"
scale = [0, 10]
"""


def load(folder, text):
    (folder / "vocpipe.toml").write_text(text, encoding="utf-8")
    return settings.load(folder)


def test_good_settings_are_typed_and_defaults_filled_in(tmp_path):
    found = load(tmp_path, GOOD)
    assert found.time_zone == "Europe/Berlin"
    assert found.metrics.min_n_show == 10
    assert (found.text.sentiment, found.text.budget_seconds) == ("auto", 120)
    assert found.source("qualtrics").questions[0].scale == [0, 10]


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("time_zone =", "timezone =", "the key `timezone` is not known: did you mean `time_zone`?"),
        ("Europe/Berlin", "Mars/Base", "'Mars/Base' is no time zone: write one such as 'UTC'"),
        ('["loyalty_tier"]', '"loyalty_tier"', "`segments` is wrong"),
        ('files = ["*.csv"]', "", "the key `sources.1.files` is missing"),
        ('metric = "nps"', 'metric = "npz"', "`sources.1.questions.1.metric` is wrong"),
        ("[0, 10]", "[1, 10]", "a question is NPS on the scale [0, 10] only"),
        ("[0, 10]", "[10, 0]", "the lowest and the highest answer"),
        ("segments =", 'phone_region = "Germany"\nsegments =', "write a country's two capital letters"),
        ('name = "qualtrics"', 'name = "Qual trics"', "`sources.1.name` is wrong"),
        ("segments =", "workers = true\nsegments =", "`workers` is wrong"),
        ("[[sources]]", '[metrics]\nperiods = ["yearly"]\n[[sources]]', "'yearly' is no period"),
        ("[[sources]]", "[metrics]\nmin_n_show = 0\n[[sources]]", "`metrics.min_n_show` is wrong"),
        ('["loyalty_tier"]', '["tier", "tier"]', "`segments` names 'tier' twice"),
        ("[[sources]]", "[identity]\nmax_account = 9\n[[sources]]", "did you mean `max_accounts`?"),
        (
            "[[sources]]",
            '[text]\nsentiment = "accurat"\n[[sources]]',
            "`text.sentiment` is wrong: input should be 'auto'",
        ),
        ("[[sources]]", "[text]\nbudget_seconds = -1\n[[sources]]", "`text.budget_seconds` is wrong"),
        ("[[sources]]", "[text]\nbudget_seconds = inf\n[[sources]]", "`text.budget_seconds` is wrong"),
        ("[[sources]]", '[text]\nbudget_seconds = "120"\n[[sources]]', "`text.budget_seconds` is wrong"),
        ("[[sources]]", "[text]\nbudget = 9\n[[sources]]", "did you mean `budget_seconds`?"),
        ("time_zone =", "public_lean = 0\ntime_zone =", "`public_lean` is not known: it stands below `[actions]`."),
        ("time_zone =", "files = 0\ntime_zone =", "the key `files` is not known: it stands below `[[sources]]`."),
    ],
)
def test_a_wrong_setting_is_told_in_one_sentence(tmp_path, old, new, told):
    with pytest.raises(UsageError) as error:
        load(tmp_path, GOOD.replace(old, new, 1))
    message = str(error.value)
    assert told in message
    assert "vocpipe.toml" in message
    assert "\n" not in message


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (
            'loyalty_teir = "first"',
            "`survivorship.loyalty_teir` is no segment of the settings: did you mean 'loyalty_tier'?",
        ),
        ('colour = "first"', "write one of 'loyalty_tier', 'signed_up_on', 'has_marketing_consent'"),
        (
            'loyalty_tier = "lastest"',
            "`survivorship.loyalty_tier` is wrong: 'lastest' is no rule: did you mean 'latest'?",
        ),
        ('default = "newest one"', "`survivorship.default` is wrong: 'newest one' is no rule: write one of 'first'"),
        ('loyalty_tier = ["qualtrix"]', "names a source that is not there, 'qualtrix': did you mean 'qualtrics'?"),
        (
            'default = ["crm"]',
            "`survivorship.default` names a source that is not there, 'crm': write one of 'qualtrics'",
        ),
        ("loyalty_tier = []", "[] is no rule: write 'first', 'latest', 'most_common' or a list of sources"),
        ("loyalty_tier = 1", "1 is no rule"),
        ('loyalty_tier = ["qualtrics", "qualtrics"]', "names a source twice"),
        ('loyalty_tier = "most_restrictive"', "'most_restrictive' is for has_marketing_consent, write 'first'"),
    ],
)
def test_a_wrong_rule_of_survivorship_is_told_in_one_sentence(tmp_path, line, told):
    with pytest.raises(UsageError) as error:
        load(tmp_path, GOOD.replace("[[sources]]", f"[survivorship]\n{line}\n[[sources]]", 1))
    message = str(error.value)
    assert told in message
    assert "vocpipe.toml" in message and "\n" not in message
    assert message.endswith((".", "?")) and "?." not in message


def test_rules_of_survivorship_are_filled_in(tmp_path):
    own = {"signed_up_on": "first", "has_marketing_consent": "most_restrictive"}
    assert load(tmp_path, GOOD).rules() == {"loyalty_tier": "first"} | own
    more = '[survivorship]\ndefault = "latest"\nhas_marketing_consent = ["qualtrics"]\n[[sources]]'
    found = load(tmp_path, GOOD.replace("[[sources]]", more, 1)).rules()
    assert found == {"loyalty_tier": "latest"} | own | {"has_marketing_consent": ["qualtrics"]}
    named = load(
        tmp_path,
        GOOD.replace("[[sources]]", f'{more.replace("[[sources]]", "")}loyalty_tier = "first"\n[[sources]]', 1),
    )
    assert named.rules()["loyalty_tier"] == "first"


def test_a_broken_file_and_a_missing_one_are_told(tmp_path):
    with pytest.raises(UsageError, match="run `vocpipe init"):
        settings.load(tmp_path)
    with pytest.raises(UsageError, match="no valid TOML"):
        load(tmp_path, "time_zone = ")


def test_two_sources_of_one_name_are_refused(tmp_path):
    block = GOOD[GOOD.index("[[sources]]") :]
    with pytest.raises(UsageError, match="two sources have the same name"):
        load(tmp_path, GOOD + block)
