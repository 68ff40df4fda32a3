"""The action tables on facts written by hand: who is left alone, what is a case, what became of it, whom to thank."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import cache

import duckdb
import pytest

from vocpipe.settings.parts import ActionSettings
from vocpipe.warehouse import rooms, set_variables

AS_OF = datetime(2026, 7, 1)
FACTS = {
    "facts.interactions": "interaction_id varchar, customer_id varchar, source varchar, channel varchar, "
    "conversation_id varchar, is_solicited boolean, verbatim varchar, sentiment varchar, sentiment_score double, "
    "sentiment_version varchar, actionability varchar, urgency varchar, topic varchar, journey_stage varchar, "
    "experience varchar, occurred_at timestamp, known_at timestamp",
    "facts.responses": "response_id varchar, interaction_id varchar, source varchar, question_id varchar, "
    "metric varchar, scale_low integer, scale_high integer, score integer, customer_id varchar, occurred_at timestamp, "
    "known_at timestamp, superseded_at timestamp",
    "facts.conversations": "source varchar, conversation_id varchar, interaction_id varchar, customer_id varchar, "
    "via varchar, status varchar, topic varchar, first_reply_minutes double, resolution_minutes double, "
    "created_at timestamp, solved_at timestamp",
    "facts.orders": "order_id varchar, customer_id varchar, ordered_at timestamp, is_cancelled boolean",
    "facts.sends": "source varchar, send_id varchar, campaign varchar, channel varchar, customer_id varchar, "
    "status varchar, is_delivered boolean, sent_at timestamp, known_at timestamp",
    "enrichment.corrections": "interaction_id varchar, classifier varchar, label varchar",
    "enrichment.distress_labels": "verbatim varchar, is_distress boolean",
    "scores.text_guarantee": "threshold double",
    "staging.case_owners": "about varchar, owner varchar",
    "marts.customers": "customer_id varchar, has_marketing_consent boolean, nps_latest integer, frequency bigint, "
    "recency_days bigint, revenue double, is_churned boolean",
}
HELD = {name for name in FACTS if name != "scores.text_guarantee"}


@pytest.fixture
def con():
    with duckdb.connect() as con:
        for name, columns in FACTS.items():
            con.execute(f"create schema if not exists {name.split('.')[0]}; create schema if not exists actions")
            con.execute(f"create table {name} ({columns})")
        chosen = ActionSettings()
        set_variables(con, chosen.model_dump(exclude={"owners"}) | {
            "as_of": AS_OF, "churn_days": 180, "low_base_n": 30, "z": 1.959963984540054,
        })  # fmt: skip
        con.executemany("insert into staging.case_owners values (?, ?)", [*chosen.owners_told().items()])
        for who, consent in {"c1": True, "c2": None, "c3": False}.items():
            add(con, "marts.customers", customer_id=who, has_marketing_consent=consent)
        yield con


def add(con, table, **row):
    marks = ", ".join(f"${n}" for n in range(1, len(row) + 1))
    con.execute(f"insert into {table} ({', '.join(row)}) values ({marks})", list(row.values()))


def turn(con, name, days, *, channel="tweet", who="c1", text="This is bad", **more):
    at = AS_OF - timedelta(days=days)
    row = {"interaction_id": name, "customer_id": who, "source": "s", "channel": channel, "conversation_id": name,
           "is_solicited": channel == "survey", "verbatim": text, "sentiment": "neutral", "sentiment_score": 0.0,
           "occurred_at": at, "known_at": at}  # fmt: skip
    add(con, "facts.interactions", **row | more)


def negative(con, name, days, **more):
    turn(con, name, days, **{"sentiment": "negative", "sentiment_score": -0.8} | more)


def answer(con, name, days, score, *, metric="nps", high=10, low=0, who="c1", **more):
    at = AS_OF - timedelta(days=days)
    row = {"response_id": name, "interaction_id": name, "source": "s", "question_id": metric, "metric": metric,
           "scale_low": low, "scale_high": high, "score": score, "customer_id": who, "occurred_at": at,
           "known_at": at}  # fmt: skip
    add(con, "facts.responses", **row | more)


def ticket(con, name, days, status="open", *, who="c1", **more):
    row = {"source": "s", "conversation_id": name, "interaction_id": name, "customer_id": who, "status": status,
           "via": "web", "created_at": AS_OF - timedelta(days=days)}  # fmt: skip
    add(con, "facts.conversations", **row | more)


@cache
def wanted(*tables):
    """The files are read once for all tests."""
    return rooms.needed(tables or [select.table for select in rooms.read_room("actions")], HELD)


def made(con, *tables):
    for select in wanted(*tables):
        rooms.build(con, select)


def suppressed(con):
    made(con)
    return con.execute("select customer_id, reason, evidence from actions.suppressions order by all").fetchall()


# ------------------------------------------------------------------------------------------------ distress


@pytest.mark.parametrize(
    ("days", "score", "metric", "high", "is_low"),
    [
        (29, 6, "nps", 10, True),
        (29, 7, "nps", 10, False),
        (31, 0, "nps", 10, False),
        (1, 2, "csat", 5, True),
        (1, 3, "csat", 5, False),
        (1, 2, "ces", 7, True),
        (1, 3, "ces", 7, False),
        (1, 4, "ces_v1", 5, True),
        (1, 2, "ces_v1", 5, False),
    ],
)
def test_a_fresh_low_answer_pauses_marketing(con, days, score, metric, high, is_low):
    answer(con, "r1", days, score, metric=metric, high=high, low=0 if metric == "nps" else 1)
    assert suppressed(con) == ([("c1", "detractor", "r1")] if is_low else [])


def test_a_response_that_recommends_is_no_detractors_whatever_else_it_says(con):
    answer(con, "r1", 1, 9)
    answer(con, "r1", 1, 1, metric="csat", high=5, low=1)
    assert suppressed(con) == []


def test_an_answer_that_was_corrected_does_not_count(con):
    answer(con, "r1", 1, 2, superseded_at=AS_OF - timedelta(hours=1))
    assert suppressed(con) == []


@pytest.mark.parametrize(
    ("status", "is_paused"), [("new", True), ("open", True), ("pending", True), ("hold", True), ("solved", False)]
)
def test_a_negative_ticket_pauses_marketing_until_it_is_solved(con, status, is_paused):
    negative(con, "t1", 200, channel="ticket")
    ticket(con, "t1", 200, status, solved_at=AS_OF - timedelta(days=1) if status == "solved" else None)
    assert suppressed(con) == ([("c1", "unsolved negative ticket", "t1")] if is_paused else [])


def test_a_ticket_whose_state_is_not_known_counts_as_long_as_a_text(con):
    for name, days in (("t1", 13), ("t2", 15)):
        negative(con, name, days, channel="ticket")
        ticket(con, name, days, None)
    assert suppressed(con) == [("c1", "unsolved negative ticket", "t1")]


@pytest.mark.parametrize(
    ("channel", "via", "days", "is_paused"),
    [
        ("tweet", None, 13, True),
        ("tweet", None, 15, False),
        ("ticket", "twitter", 1, True),
        ("ticket", "web", 1, False),  # a request that sounds a little unhappy
        ("survey", None, 1, False),
    ],
)
def test_in_public_a_lean_to_the_negative_is_enough(con, channel, via, days, is_paused):
    turn(con, "i1", days, channel=channel, sentiment_score=-0.31)
    if channel == "ticket":
        ticket(con, "i1", days, "open", via=via)
    assert bool(suppressed(con)) == is_paused


@pytest.mark.parametrize(
    ("version", "score", "is_paused"),
    [
        ("accurate-1-0a0a0a0a", 0.14, True),
        ("accurate-1-0a0a0a0a", 0.16, False),
        ("fast-1-0a0a0a0a", -0.29, False),
        ("correction-d1", 0.0, False),  # a person says neutral
    ],
)
def test_how_far_a_text_must_lean_depends_on_who_scored_it(con, version, score, is_paused):
    turn(con, "i1", 2, sentiment_score=score, sentiment_version=version)
    assert bool(suppressed(con)) == is_paused


def test_stated_distress_counts_on_every_channel_and_is_told(con):
    turn(con, "i1", 2, channel="survey", urgency="stranded")
    assert suppressed(con) == [("c1", "stated distress: stranded", "i1")]


def test_several_negative_turns_over_channels_count_where_none_does_alone(con):
    for name, days, channel in (("i1", 20, "tweet"), ("i2", 10, "survey"), ("i3", 5, "survey")):
        negative(con, name, days, channel=channel)
    assert suppressed(con) == [("c1", "several negative turns over channels", "i3")]


def test_several_negative_turns_on_one_channel_do_not(con):
    for name in ("i1", "i2", "i3"):
        negative(con, name, 5, channel="survey")
    assert suppressed(con) == []


def test_a_person_has_the_last_word(con):
    negative(con, "i1", 2)
    turn(con, "i2", 2, who="c2", sentiment="positive", sentiment_score=0.9)
    add(con, "enrichment.corrections", interaction_id="i1", classifier="distress", label="no")
    add(con, "enrichment.corrections", interaction_id="i2", classifier="distress", label="yes")
    assert suppressed(con) == [("c2", "in distress, says a person", "i2")]


def test_a_labelled_text_counts_wherever_it_was_said(con):
    negative(con, "i1", 2, text="Could be worse")
    turn(con, "i2", 2, who="c2", text="Nobody helps us", sentiment="neutral")
    turn(con, "i3", 40, who="c1", text="Nobody helps us", sentiment="neutral")
    add(con, "enrichment.distress_labels", verbatim="Could be worse", is_distress=False)
    add(con, "enrichment.distress_labels", verbatim="Nobody helps us", is_distress=True)
    assert suppressed(con) == [("c2", "in distress, says a person", "i2")]


def test_a_learnt_threshold_adds_to_the_plain_rules_and_takes_nothing_away(con):
    turn(con, "i1", 2, sentiment_score=0.05)
    turn(con, "i2", 2, who="c2", sentiment_score=0.3)
    turn(con, "i3", 2, channel="survey", who="c2", sentiment_score=-0.5)
    add(con, "scores.text_guarantee", threshold=0.1)
    assert suppressed(con) == [("c1", "fresh negative text", "i1")]


def test_who_does_not_agree_to_marketing_is_not_on_the_list_and_who_was_never_asked_is(con):
    for who in ("c2", "c3"):
        answer(con, f"r_{who}", 1, 0, who=who)
    assert suppressed(con) == [("c2", "detractor", "r_c2")]


def test_a_pause_lasts_from_the_first_sign_to_the_end_of_the_last(con):
    for name, days in (("i1", 10), ("i2", 3)):
        negative(con, name, days)
    made(con)
    assert con.execute("select evidence, starts_at, expires_at from actions.suppressions").fetchall() == [
        ("i2", AS_OF - timedelta(days=10), AS_OF + timedelta(days=11))
    ]


# ------------------------------------------------------------------------------------------------ leak


def test_a_message_leaks_when_the_distress_was_known_before_it_was_sent(con):
    answer(con, "r1", 10, 3, known_at=AS_OF - timedelta(days=8))
    for name, days in (("early", 9), ("paused", 7), ("later", -25)):
        add(con, "facts.sends", source="m", send_id=name, customer_id="c1", is_delivered=True,
            sent_at=AS_OF - timedelta(days=days), known_at=AS_OF)  # fmt: skip
    made(con, "marts.sends")
    assert con.execute("select send_id, is_paused, reason from marts.sends order by 1").fetchall() == [
        ("early", False, None),
        ("later", False, None),
        ("paused", True, "detractor"),
    ]


# ------------------------------------------------------------------------------------------------ cases


def cases(con, columns):
    made(con)
    return con.execute(f"select {columns} from actions.cases order by interaction_id").fetchall()


def test_detractors_and_turns_that_need_a_response_are_cases_with_an_owner_and_a_due_time(con):
    answer(con, "r1", 1, 2)
    turn(con, "i2", 1, actionability="needs_response", topic="refund", experience="transaction")
    turn(con, "i3", 1, urgency="legal", who=None, topic="delay", experience="product")
    turn(con, "i4", 1, channel="ticket", actionability="needs_response")
    turn(con, "i5", 1, actionability="praise")
    con.execute("insert into staging.case_owners values ('refund', 'payments')")
    made(con)
    found = cases(con, "interaction_id, reason, owner, state, epoch(due_at - opened_at) / 3600")
    assert found == [
        ("i2", "needs a response", "payments", "open", 48),
        ("i3", "urgent: legal", "product team", "overdue", 4),
        ("r1", "detractor", "customer care", "open", 48),
    ]


def test_the_id_of_a_case_hangs_on_the_interaction_alone_and_is_of_letters(con):
    answer(con, "r1", 1, 2)
    ((first,),) = cases(con, "case_id")
    negative(con, "a0", 5, actionability="needs_response")
    assert (first,) in cases(con, "case_id")
    assert duckdb.sql(f"select regexp_full_match('{first}', 'case_[a-p]{{16}}')").fetchall() == [(True,)]


def test_the_ticket_that_names_a_case_is_its_follow_up(con):
    answer(con, "r1", 20, 2)
    ((name,),) = cases(con, "case_id")
    turn(con, "t9", 2, channel="ticket", who=None, text=f"Answered 2 on nps. [{name}]")
    ticket(con, "t9", 2, "solved", who=None, solved_at=AS_OF - timedelta(days=1))
    assert cases(con, "state, followed_up_by, conversation_id, closed_at") == [
        ("closed", "the ticket of the case", "t9", AS_OF - timedelta(days=1))
    ]


@pytest.mark.parametrize(
    ("opened", "reply", "state"),
    [(20, 60, "in progress"), (20, None, "overdue"), (3, 60, "overdue"), (40, 60, "overdue")],
)
def test_the_customers_ticket_that_is_answered_in_time_follows_a_case_up(con, opened, reply, state):
    answer(con, "r1", opened, 2)
    ticket(con, "t1", 10, "open", first_reply_minutes=reply)
    assert cases(con, "state")[0] == (state,)


def test_a_case_that_nobody_saw_to_lapses(con):
    answer(con, "r1", 100, 2)
    assert cases(con, "state") == [("lapsed",)]


def test_what_became_of_a_customer_is_told_when_the_time_is_over(con):
    answer(con, "r1", 70, 3)
    answer(con, "r2", 45, 9)  # 25 days after
    add(con, "facts.orders", order_id="o1", customer_id="c1", ordered_at=AS_OF - timedelta(days=300))
    add(con, "facts.orders", order_id="o2", customer_id="c1", ordered_at=AS_OF - timedelta(days=20))  # 50 days after
    found = cases(con, "outcome_30d, outcome_60d, outcome_90d")
    assert found == [
        ("answered 9, did not buy, churned", "answered 9, bought again, stayed", "not yet known"),
    ]
    results = con.execute("select days, score_change, bought_again, stayed from actions.case_results order by 1")
    assert results.fetchall() == [(30, 6, False, False), (60, 6, True, True), (90, None, None, None)]


def test_what_happens_before_the_follow_up_could_is_left_out(con):
    answer(con, "r1", 70, 3)
    answer(con, "r2", 60, 9)  # 10 days after, within follow_up_days
    assert cases(con, "outcome_30d") == [("no answer, did not buy",)]


def test_outcomes_are_compared_with_comparable_customers(con):
    """Two strata by hand: in each the followed-up buy in 3 of 4 and 1 of 2 cases, the others in 1 of 4 and 0 of 2."""
    shares = {"detractor": (4, 3, 4, 1), "needs": (2, 1, 2, 0)}
    for kind, (n1, k1, n0, k0) in shares.items():
        for group, n, k in (("f", n1, k1), ("n", n0, k0)):
            for i in range(n):
                who = f"{kind}{group}{i}"
                if kind == "detractor":
                    answer(con, f"r_{who}", 100, 2, who=who)
                else:
                    turn(con, f"i_{who}", 100, who=who, actionability="needs_response")
                if group == "f":
                    ticket(con, f"t_{who}", 99, "solved", who=who, first_reply_minutes=5)
                if i < k:
                    bought = AS_OF - timedelta(days=80)
                    add(con, "facts.orders", order_id=f"o_{who}", customer_id=who, ordered_at=bought)
    made(con)
    ((difference, low, high, n1, n0, is_low_base),) = con.execute("""
        select difference, ci_low, ci_high, n_followed_up, n_not_followed_up, low_base
        from actions.case_outcomes where days = 30 and outcome = 'bought again'
    """).fetchall()
    # Weights n1 n0 / (n1 + n0): 2 and 1; differences .5 and .5. Sato's variance by hand: (.5 P + Q) / 9.
    p = (16 * 1 - 16 * 3 + 0) / 64 + (4 * 0 - 4 * 1 + 0) / 16
    q = (3 * 3 + 1 * 1) / 16 + (1 * 2 + 0 * 1) / 8
    half = 1.959963984540054 * (0.5 * p + q) ** 0.5 / 3
    assert (difference, low, high) == pytest.approx((0.5, 0.5 - half, 0.5 + half))
    assert (n1, n0, is_low_base) == (6, 6, True)


# ------------------------------------------------------------------------------------------------ rewards, gaps


def test_rewards_go_to_loyal_customers_who_agree_and_are_not_in_distress(con):
    con.execute("delete from marts.customers")
    rows = {
        "promoter": (True, 10, 4, 20, False),
        "silent": (None, None, 9, 20, False),
        "fading": (True, 7, 3, 130, False),
        "gone": (True, 10, 9, 400, True),
        "new": (True, 10, 0, 20, False),
        "no": (False, 10, 9, 20, False),
        "sad": (True, 10, 9, 20, False),
    }
    for who, (consent, score, repeats, recency, churned) in rows.items():
        add(con, "marts.customers", customer_id=who, has_marketing_consent=consent, nps_latest=score,
            frequency=repeats, recency_days=recency, is_churned=churned)  # fmt: skip
    negative(con, "i1", 1, who="sad")
    made(con)
    assert con.execute("select customer_id, reason, evidence from actions.rewards order by all").fetchall() == [
        ("fading", "loyal, at risk", "4 purchases, the last one 130 days ago"),
        ("promoter", "loyal promoter", "score 10 of 10, 5 purchases"),
        ("silent", "repeat buyer", "10 purchases"),
    ]


def test_gaps_are_the_questions_that_many_ask_and_that_take_longest(con):
    for topic, count, minutes in (("refund", 6, 600), ("seat", 8, 60), ("rare", 4, 9000)):
        for n in range(count):
            name = f"{topic}{n}"
            turn(
                con, name, 5, channel="ticket", who=f"{topic}{n}", text=f"How do I go on with {topic} {n}?", topic=topic
            )
            ticket(con, name, 5, "solved", who=name, first_reply_minutes=10, resolution_minutes=minutes)
    turn(con, "praise", 5, text="Thank you for the lovely flight", topic="refund")
    made(con)
    found = con.execute(
        "select place, topic, count_questions, count_customers, resolution_minutes, handling_hours, len(examples) "
        "from actions.knowledge_gaps order by place"
    ).fetchall()
    assert found == [(1, "refund", 6, 6, 600, 60, 3), (2, "seat", 8, 8, 60, 8, 3)]
