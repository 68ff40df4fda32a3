"""Who is told of what, and how often: notices, their cool-down, acknowledgement, and the ways to tell."""

from __future__ import annotations

import json
import threading
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from project import qualtrics, response, write

from vocpipe import decisions, notifying
from vocpipe.contracts import RunError, UsageError
from vocpipe.proposing import init
from vocpipe.runs import Summary, begin
from vocpipe.settings import NotifySettings
from vocpipe.warehouse import notices, opened, rows
from vocpipe.warehouse.checking import Warned

NIGHT = datetime(2026, 7, 1, 2)
STALE = Warned("source_is_stale", "a source is stale", 1, ["source crm"])


@pytest.fixture
def summary(tmp_path):
    folder = write(tmp_path / "shop", {"q.csv": qualtrics([response(1, 9)])})
    init(folder, {}, force=False)
    return Summary(begin(folder))


@pytest.fixture
def con(summary):
    with opened(summary.run.directory) as made:
        yield made


def night(con, number, warned, known=()):
    """One night: what is due to tell; it is told."""
    now = NIGHT + timedelta(days=number)
    notices.update(con, notices.found(con, warned), known, now)
    due = notices.due(con, timedelta(days=7), now)
    notices.mark_told(con, due, now)
    return [notice.told for notice in due]


def test_what_holds_is_told_once_a_cool_down_and_again_when_it_comes_back(con):
    told = [night(con, number, [STALE]) for number in range(8)]
    assert [len(one) for one in told] == [1, 0, 0, 0, 0, 0, 0, 1]
    assert told[0] == ["a source is stale: source crm"]
    assert night(con, 8, []) == []
    assert len(night(con, 9, [STALE])) == 1
    spells = rows(con, "select count_told, ended_at from quality.notices order by first_found_at")
    assert spells == [(2, NIGHT + timedelta(days=8)), (1, None)]


def test_what_is_acknowledged_is_told_no_more_until_it_comes_back(con, summary):
    night(con, 0, [STALE])
    (notice_id,) = {id_ for (id_,) in rows(con, "select notice_id from quality.notices")}
    known = [notices.Acknowledged(notice_id, "Eva", NIGHT + timedelta(hours=1))]
    assert [night(con, number, [STALE], known) for number in range(1, 20)] == [[]] * 19
    assert rows(con, "select acknowledged_by from quality.notices") == [("Eva",)]
    night(con, 20, [], known)
    assert len(night(con, 21, [STALE], known)) == 1


def test_an_acknowledgement_is_a_line_among_the_decisions(summary):
    folder = summary.run.directory
    decisions.acknowledged.acknowledge(folder, "0123456789ab", "Eva", None)
    ((notice_id, by, at),) = decisions.acknowledged.read(folder)
    assert (notice_id, by) == ("0123456789ab", "Eva")
    assert at <= datetime.now()  # noqa: DTZ005
    assert decisions.read(folder) == []
    with pytest.raises(UsageError, match="is no id of a notice"):
        decisions.acknowledged.acknowledge(folder, "crm", "Eva", None)
    with pytest.raises(UsageError, match="--by"):
        decisions.acknowledged.acknowledge(folder, "0123456789ab", " ", None)


ALERT = """
    'nps' as metric, 'points' as unit, 'channel' as segment_type, 'tweet' as segment, 'change' as kind,
    'month' as period
"""


def alert(con, start, text, is_fresh):
    """A night's only alert in the place of what was there."""
    con.execute(f"""
        create schema if not exists metrics;
        create or replace table metrics.alert as
            select {ALERT}, timestamp '{start}' as period_start, '{text}' as text, {is_fresh} as is_fresh
    """)


def test_fresh_alerts_of_metrics_are_notices_in_their_own_words(con):
    assert notices.alerts(con) == []
    alert(con, "2026-06-01", "It fell.", is_fresh=True)
    assert notices.alerts(con) == [("nps points channel tweet change month 2026-06-01", "It fell.")]
    alert(con, "2026-06-01", "It fell.", is_fresh=False)
    assert notices.alerts(con) == []


def test_what_is_known_of_may_is_told_of_june_again(con):
    alert(con, "2026-05-01", "It fell in May.", is_fresh=True)
    assert night(con, 0, []) == ["It fell in May."]
    ((notice_id,),) = rows(con, "select notice_id from quality.notices")
    known = [notices.Acknowledged(notice_id, "Eva", NIGHT + timedelta(hours=1))]
    assert [night(con, number, [], known) for number in (1, 9)] == [[], []]
    alert(con, "2026-06-01", "It fell in June.", is_fresh=True)
    assert night(con, 10, [], known) == ["It fell in June."]
    assert rows(con, "select count(*) from quality.notices where ended_at is null") == [(1,)]


def stale(summary):
    with opened(summary.run.directory) as con:
        notices.update(con, notices.found(con, [STALE]), [], summary.run.loaded_at)


def run(summary, ways, *, failing=None):
    with notifying.telling(summary, ways):
        if failing:
            raise failing
        stale(summary)


def test_a_run_tells_what_is_due_once(summary):
    heard = []
    for _ in range(2):
        run(summary, [lambda subject, text: heard.append((subject, text))])
    ((subject, text),) = heard
    assert "vocpipe shop: 1 thing to look at" in subject
    assert "- a source is stale: source crm (check; acknowledge: " in text


def test_a_run_that_fails_tells_so_every_time(summary):
    heard = []
    for _ in range(2):
        with pytest.raises(RunError, match="no disk"):
            run(summary, [lambda subject, text: heard.append(text)], failing=RunError("no disk."))
    assert heard == ["The run failed: no disk. The last published file stands as it was."] * 2


def test_what_a_failure_says_besides_our_own_sentences_is_not_told(summary):
    heard = []
    with pytest.raises(ValueError, match="ana@"):
        run(summary, [lambda _, text: heard.append(text)], failing=ValueError("ana@example.com"))
    assert "ValueError" in heard[0]
    assert "ana@" not in heard[0]


def refusing(subject, text):
    raise ConnectionError("secret-token refused")


def test_who_cannot_be_told_makes_the_run_fail_without_its_secrets(summary):
    with pytest.raises(RunError, match=r"Nobody could be told by refusing \(ConnectionError\)") as told:
        run(summary, [refusing])
    assert "token" not in str(told.value)
    with pytest.raises(RunError, match=r"^no disk\. Besides, nobody could be told"):
        run(summary, [refusing], failing=RunError("no disk."))
    heard = []
    run(summary, [lambda _, text: heard.append(text)])
    assert heard, "what could not be told is told by the next run"


@pytest.fixture
def hook():
    """A web hook: its address, and what was posted to it."""
    posted = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            posted.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_):
            """Nothing."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", posted
        server.shutdown()


def test_a_webhook_is_posted_to(summary, hook, monkeypatch):
    address, posted = hook
    monkeypatch.setenv("VOCPIPE_WEBHOOK", address)
    (way,) = notifying.ways(summary.run.directory, NotifySettings(webhook=True))
    way("subject", "text")
    assert posted == [{"text": "subject\ntext"}]


def test_secrets_come_from_the_environment_or_a_file_of_the_owner_alone(summary, monkeypatch):
    monkeypatch.delenv("VOCPIPE_WEBHOOK", raising=False)
    folder, chosen = summary.run.directory, NotifySettings(webhook=True)
    with pytest.raises(UsageError, match="set VOCPIPE_WEBHOOK"):
        notifying.ways(folder, chosen)
    path = folder / notifying.SECRETS
    path.parent.mkdir(exist_ok=True)
    path.write_text('webhook = "https://example.com/hook"')
    path.chmod(0o644)
    with pytest.raises(UsageError, match="chmod 600"):
        notifying.ways(folder, chosen)
    path.chmod(0o600)
    assert len(notifying.ways(folder, chosen)) == 1
    path.write_text("webhook = 3")
    with pytest.raises(UsageError, match="has no `webhook`"):
        notifying.ways(folder, chosen)


def test_a_mail_is_sent_with_sender_and_recipients(summary, monkeypatch):
    sent = []

    class Server:
        def __init__(self, host, port, timeout):
            sent.append((host, port))

        def __enter__(self):
            return self

        def __exit__(self, *_):
            pass

        def starttls(self):
            sent.append("tls")

        def login(self, user, password):
            sent.append((user, password))

        def send_message(self, message):
            sent.append((message["To"], message["Subject"], message.get_content().strip()))

    monkeypatch.setattr(notifying.smtplib, "SMTP", Server)
    monkeypatch.setenv("VOCPIPE_SMTP_PASSWORD", "secret")
    chosen = NotifySettings(
        email_to=["eva@example.com"], email_from="voc@example.com", smtp_host="mail", smtp_user="voc"
    )
    (way,) = notifying.ways(summary.run.directory, chosen)
    way("subject", "text")
    assert sent == [("mail", 587), "tls", ("voc", "secret"), ("eva@example.com", "subject", "text")]
