"""Connectors against a server that answers as the vendors' documentation says, and fails as vendors do."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from vendors import Asked, Reply, Vendor, served

from vocpipe import pulling
from vocpipe.connectors import connectors, web
from vocpipe.contracts import UsageError
from vocpipe.exports import Export
from vocpipe.proposing import init
from vocpipe.sources import formats, recognise

TOKEN = "s3cr3t-t0ken"
SOURCE = '[[sources]]\nname = "crm"\nformat = "crm_csv"\nfiles = ["none.csv"]\n'
Pull = Callable[..., list[pulling.Pulled]]


@pytest.fixture
def waits(monkeypatch) -> list[float]:
    """Seconds that were waited, without waiting."""
    found: list[float] = []
    monkeypatch.setattr(web.time, "sleep", found.append)
    monkeypatch.setattr(web.Web.__init__, "__kwdefaults__", {"auth": None, "sleep": found.append})
    return found


@pytest.fixture
def pull(tmp_path, monkeypatch, waits) -> Pull:
    """Pulls one connector of a project whose settings name it."""
    monkeypatch.setenv("VENDOR_TOKEN", TOKEN)

    def pulled(vendor: str, url: str, more: str = "", **options: str) -> list[pulling.Pulled]:
        told = "\n".join(f"{name} = {json.dumps(value)}" for name, value in options.items())
        (tmp_path / "vocpipe.toml").write_text(
            f'[[connectors]]\nname = "it"\nvendor = "{vendor}"\nurl = "{url}"\ntoken = "VENDOR_TOKEN"\n{more}\n'
            f"[connectors.options]\n{told}\n\n{SOURCE}"
        )
        return pulling.pull(tmp_path)

    return pulled


def rows_in(files: tuple[Path, ...], kind: str) -> list[dict[str, Any]]:
    """What the reader of the files' format makes of them: rows of one kind."""
    found = []
    for path in files:
        known = recognise(export := Export(path))
        assert known is not None, path.name
        found += [
            json.loads(row.body) for row in formats()[known.format].read(export) if getattr(row, "kind", "") == kind
        ]
    return found


# ------------------------------------------------------------------------------------------------ Zendesk


def ticket(number: int) -> dict[str, Any]:
    at = "2026-01-05T08:00:00Z"
    return {"id": number, "requester_id": 9, "subject": "Bag", "description": f"Where is bag {number}?",
            "status": "open", "via": {"channel": "web"}, "created_at": at, "updated_at": at}  # fmt: skip


def comment(number: int) -> dict[str, Any]:
    event = {"id": number, "event_type": "Comment", "type": "Comment", "public": True, "body": "Any news?"}
    return {"id": number + 5000, "ticket_id": number, "created_at": "2026-01-06T08:00:00Z", "updater_id": 9,
            "child_events": [event]}  # fmt: skip


class Zendesk:
    """Tickets in pages of two that repeat one row at their edge; users and changes on one page each."""

    def __init__(self, count: int) -> None:
        self.tickets = [ticket(number) for number in range(1, count + 1)]

    def __call__(self, asked: Asked) -> Reply:
        if asked.path.endswith("/tickets/cursor.json"):
            at = int(asked.query.get("cursor", "0"))
            rows = self.tickets[max(at - 1, 0) : at + 2]
            end = at + 2 >= len(self.tickets)
            after = str(min(at + 2, len(self.tickets)))
            return Reply(
                {"tickets": rows if at < len(self.tickets) else [], "after_cursor": after, "end_of_stream": end}
            )
        if asked.path.endswith("/users/cursor.json"):
            users = [] if "cursor" in asked.query else [{"id": 9, "name": "Mira Holt", "role": "end-user"}]
            return Reply({"users": users, "after_cursor": "u1", "end_of_stream": True})
        since = int(asked.query["start_time"])
        events = [comment(1)] if since < 1_770_000_000 else []
        return Reply({"ticket_events": events, "end_time": 1_770_000_000, "count": len(events), "end_of_stream": True})


def test_zendesk_lands_every_ticket_once_and_the_next_pull_only_what_is_new(pull):
    desk = Zendesk(5)
    with served(Vendor(desk)) as vendor:
        [first] = pull("zendesk", vendor.url)
        desk.tickets.append(ticket(6))
        [second] = pull("zendesk", vendor.url)
        [third] = pull("zendesk", vendor.url)
    assert first.problem is None
    assert {row["id"] for row in rows_in(first.files, "ticket")} == {1, 2, 3, 4, 5}
    [said] = rows_in(first.files, "comment")
    assert (said["ticket_id"], said["body"]) == (1, "Any news?")
    assert [row["id"] for row in rows_in(first.files, "user")] == [9]
    assert 6 in {row["id"] for row in rows_in(second.files, "ticket")}
    assert third.files == ()
    assert not set(first.files) & set(second.files)


def test_a_token_goes_as_the_vendor_wants_it(pull):
    with served(Vendor(Zendesk(1))) as vendor:
        pull("zendesk", vendor.url, email="ana@example.com")
        basic = vendor.asked[-1].headers["Authorization"]
        pull("zendesk", vendor.url)
        assert vendor.asked[-1].headers["Authorization"] == f"Bearer {TOKEN}"
    assert basic.startswith("Basic ")


FAULTS = {
    "429 with seconds": (Reply({}, 429, {"Retry-After": "7"}), 7.0),
    "429 with a date by a clock that is a day off": (
        Reply({}, 429, {"Retry-After": "Fri, 02 Jan 1970 00:00:30 GMT"}, at=86400.0), 30.0),
    "500": (Reply({}, 500), None),
    "503": (Reply({}, 503), None),
    "a connection that is cut": (Reply({"tickets": [ticket(1)] * 50}, cut=True), None),
    "half a page that claims to be whole": (Reply(b'{"tickets": [{"id": 1'), None),
}  # fmt: skip


@pytest.mark.parametrize("name", FAULTS)
def test_what_mends_itself_is_waited_for(name, pull, waits):
    fault, seconds = FAULTS[name]
    with served(Vendor(Zendesk(3), faults=[fault, fault])) as vendor:
        [found] = pull("zendesk", vendor.url)
    assert found.problem is None
    assert {row["id"] for row in rows_in(found.files, "ticket")} == {1, 2, 3}
    assert len(waits) == 2
    assert seconds is None or waits == [seconds, seconds]


def test_a_pull_that_is_cut_off_keeps_what_it_landed_and_goes_on_there(pull, waits):
    desk = Zendesk(6)
    broken = {"is": True}

    def answer(asked: Asked) -> Reply:
        if broken["is"] and asked.query.get("cursor") == "4":
            return Reply({}, 502)
        return desk(asked)

    with served(Vendor(answer)) as vendor:
        [first] = pull("zendesk", vendor.url)
        assert first.problem is not None
        assert "pull again later" in first.problem
        assert len(waits) == web.TRIES - 1
        assert {row["id"] for row in rows_in(first.files, "ticket")} == {1, 2, 3, 4}
        broken["is"], before = False, len(vendor.asked)
        [second] = pull("zendesk", vendor.url)
        assert vendor.asked[before].query["cursor"] == "4"
    assert second.problem is None
    assert {row["id"] for row in rows_in(first.files + second.files, "ticket")} == {1, 2, 3, 4, 5, 6}


@pytest.mark.parametrize("status", [401, 403, 404, 422])
def test_a_refusal_is_one_sentence_without_token_or_address(status, pull, waits):
    with served(Vendor(lambda _: Reply({"error": TOKEN}, status))) as vendor:
        [found] = pull("zendesk", vendor.url)
    assert found.problem is not None
    assert TOKEN not in found.problem
    assert vendor.url not in found.problem
    assert waits == []
    with pytest.raises(pulling.RunError, match="1 of 1 connectors"):
        pulling.require_complete([found])


# ------------------------------------------------------------------------------------------------ Qualtrics

HEADER = (
    "StartDate,EndDate,Status,Progress,Finished,RecordedDate,ResponseId,Q1,Q2\n"
    'Start,End,Status,Progress,Finished,Recorded,Response ID,"How likely are you to recommend us, 0-10?",Why?\n'
    + ",".join(f'"{{""ImportId"":""{name}""}}"' for name in
               "startDate endDate status progress finished recordedDate _recordId QID1 QID2_TEXT".split())
    + "\n"
)  # fmt: skip


def zipped(*scores: int) -> bytes:
    rows = "".join(f'2026-01-02 10:00:00,2026-01-02 10:01:00,0,100,1,2026-01-02 10:01:00,R_{s},{s},"two\nlines"\n'
                   for s in scores)  # fmt: skip
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("My survey.csv", HEADER + rows)
    return packed.getvalue()


class Qualtrics:
    """Exports that take two polls; ``fails`` says how the first ones end."""

    def __init__(self, *contents: bytes, fails: tuple[str, ...] = ()) -> None:
        self.contents, self.fails = list(contents), list(fails)
        self.polls, self.begun = 0, []

    def __call__(self, asked: Asked) -> Reply:
        if asked.method == "POST":
            self.begun.append(asked.body)
            self.polls = 0
            return Reply({"result": {"progressId": f"ES_{len(self.begun)}"}}, at=1_772_000_000.0)
        if asked.path.endswith("/file"):
            if self.fails and self.fails[0] == "expired":
                self.fails.pop(0)
                return Reply({}, 404)
            return Reply(self.contents.pop(0))
        self.polls += 1
        if self.fails and self.fails[0] == "failed":
            self.fails.pop(0)
            return Reply({"result": {"status": "failed"}})
        done = self.polls > 2
        return Reply({"result": {"status": "complete", "fileId": "f1"} if done else {"status": "inProgress"}})


def test_qualtrics_waits_unpacks_and_asks_next_for_what_came_since(pull, waits):
    asked = Qualtrics(zipped(9, 3), zipped())
    with served(Vendor(asked)) as vendor:
        [first] = pull("qualtrics", vendor.url, surveys="SV_1")
        [second] = pull("qualtrics", vendor.url, surveys="SV_1")
        assert vendor.asked[0].headers["X-API-TOKEN"] == TOKEN
    assert (first.problem, second.problem) == (None, None)
    assert len(waits) == 4  # two polls each
    [path] = first.files
    assert path.name == "SV_1_000001.csv"
    assert recognise(Export(path)).format == "qualtrics_csv"
    assert second.files == ()  # headers alone
    assert "startDate" not in asked.begun[0]
    # By the vendor's clock (1,772,000,000 is 2026-02-25 06:13:20), ten minutes before the export was asked for.
    assert asked.begun[1]["startDate"] == "2026-02-25T06:03:20Z"


@pytest.mark.parametrize("fault", ["failed", "expired"])
def test_an_export_that_fails_or_expires_is_asked_for_once_more(fault, pull):
    asked = Qualtrics(zipped(9), fails=(fault,))
    with served(Vendor(asked)) as vendor:
        [found] = pull("qualtrics", vendor.url, surveys="SV_1")
    assert (found.problem, len(found.files), len(asked.begun)) == (None, 1, 2)


def test_an_export_that_never_works_is_told(pull):
    asked = Qualtrics(fails=("failed",) * 9)
    with served(Vendor(asked)) as vendor:
        [found] = pull("qualtrics", vendor.url, surveys="SV_1")
    assert found.problem is not None
    assert "two tries" in found.problem
    assert len(asked.begun) == 2


# ------------------------------------------------------------------------------------------------ X


class Mentions:
    """Posts, the newest first, two a page, after ``since_id``; a page token can expire."""

    def __init__(self, *ids: int) -> None:
        self.ids, self.expired = sorted(ids, reverse=True), set()

    def __call__(self, asked: Asked) -> Reply:
        token = asked.query.get("pagination_token", "0")
        if token in self.expired:
            self.expired.discard(token)
            return Reply({"title": "Invalid Request"}, 400)
        new = [i for i in self.ids if i > int(asked.query.get("since_id", "0"))]
        some = new[int(token) : int(token) + 2]
        meta: dict[str, Any] = {"result_count": len(some)}
        if some:
            meta |= {"newest_id": str(some[0]), "oldest_id": str(some[-1])}
        if int(token) + 2 < len(new):
            meta["next_token"] = str(int(token) + 2)
        data = [{"id": str(i), "text": f"late again {i}", "author_id": "7", "created_at": "2026-01-01T00:00:00.000Z"}
                for i in some]  # fmt: skip
        users = [{"id": "7", "username": "mira_h", "name": "Mira"}]
        return Reply({"data": data, "includes": {"users": users}, "meta": meta} if some else {"meta": meta})


def ids_in(files: tuple[Path, ...]) -> list[int]:
    return sorted(int(row["id"]) for path in files for row in json.loads(path.read_text())["data"])


def test_x_takes_all_pages_and_then_only_newer_posts(pull):
    posts = Mentions(101, 102, 103, 104, 105)
    with served(Vendor(posts)) as vendor:
        [first] = pull("x", vendor.url, user_id="42")
        posts.ids = [107, 106, *posts.ids]
        [second] = pull("x", vendor.url, user_id="42")
        [third] = pull("x", vendor.url, user_id="42")
        assert vendor.asked[-1].query["since_id"] == "107"
    assert ids_in(first.files) == [101, 102, 103, 104, 105]
    assert ids_in(second.files) == [106, 107]
    assert third.files == ()
    assert recognise(Export(first.files[0])).format == "x_api_json"


def test_posts_that_came_while_a_pull_was_cut_off_leave_no_hole(pull):
    posts = Mentions(101, 102, 103, 104, 105)
    broken = {"is": True}

    def answer(asked: Asked) -> Reply:
        return Reply({}, 503) if broken["is"] and asked.query.get("pagination_token") == "4" else posts(asked)

    with served(Vendor(answer)) as vendor:
        [first] = pull("x", vendor.url, user_id="42")
        assert first.problem is not None
        broken["is"] = False
        posts.expired.add("4")  # the way back is not known any more
        [second] = pull("x", vendor.url, user_id="42")
    assert second.problem is None
    assert set(ids_in(first.files + second.files)) == {101, 102, 103, 104, 105}


# ------------------------------------------------------------------------------------------------ SurveyMonkey

DETAILS = {"pages": [{"questions": [
    {"id": "q1", "family": "matrix", "headings": [{"heading": "How likely is it that you would <b>recommend</b> us?"}],
     "answers": {"rows": [{"id": "r1", "text": ""}], "choices": [{"id": f"c{i}", "text": str(i)} for i in range(11)]}},
    {"id": "q2", "family": "open_ended", "headings": [{"heading": "What is the reason?"}]},
    {"id": "q3", "family": "multiple_choice", "headings": [{"heading": "What did you use?"}],
     "answers": {"choices": [{"id": "m1", "text": "App"}, {"id": "m2", "text": "Web, or both"}],
                 "other": {"id": "o1", "text": "Other"}}},
    {"id": "q4", "family": "presentation", "headings": [{"heading": "Thanks!"}]},
]}]}  # fmt: skip


def monkey_response(number: int, score: int) -> dict[str, Any]:
    return {"id": str(number), "collector_id": "55", "response_status": "completed", "ip_address": "",
            "date_created": "2026-01-05T09:00:00+00:00", "date_modified": "2026-01-05T09:02:00+00:00",
            "pages": [{"questions": [
                {"id": "q1", "answers": [{"row_id": "r1", "choice_id": f"c{score}"}]},
                {"id": "q2", "answers": [{"text": 'Said "no",\ntwice'}]},
                {"id": "q3", "answers": [{"choice_id": "m2"}, {"other_id": "o1", "text": "Phone"}]}]}]}  # fmt: skip


def monkey(asked: Asked) -> Reply:
    if asked.path.endswith("/details"):
        return Reply(DETAILS, at=1_772_000_000.0)
    if "start_modified_at" in asked.query:
        return Reply({"data": [], "links": {}})
    page = int(asked.query["page"])
    rows = [monkey_response(n, 3 * n % 11) for n in (page, page + 1)]  # a page repeats a row of the one before
    return Reply({"data": rows, "links": {"next": "https://elsewhere.example/"} if page < 30 else {}})


def test_surveymonkey_is_landed_as_its_own_export(pull, tmp_path):
    with served(Vendor(monkey)) as vendor:
        [first] = pull("surveymonkey", vendor.url, surveys="77")
        [second] = pull("surveymonkey", vendor.url, surveys="77")
        assert vendor.asked[-1].query["start_modified_at"] == "2026-02-25T06:03:20"
    assert (first.problem, second.problem, second.files) == (None, None, ())
    [path] = first.files
    table = list(csv.reader(io.StringIO(path.read_text(encoding="utf-8"), newline="")))
    assert table[0][9:] == ["How likely is it that you would recommend us?", "What is the reason?", "What did you use?",
                            "", ""]  # fmt: skip
    assert table[1][9:] == ["Response", "Open-Ended Response", "App", "Web, or both", "Other"]
    assert [row[0] for row in table[2:]] == [str(number) for number in range(1, 32)]
    assert table[2][9:] == ["3", 'Said "no",\ntwice', "", "Web, or both", "Phone"]
    (tmp_path / "vocpipe.toml").unlink()
    _, findings = init(tmp_path, {}, force=False)
    [source] = findings.proposals
    assert source.format == "surveymonkey_csv"
    assert [question.metric for question in source.recognition.questions][:1] == ["nps"]


# ------------------------------------------------------------------------------------------------ files


def test_files_are_fetched_when_they_are_new_or_changed(pull, tmp_path, waits):
    store = tmp_path.parent / f"{tmp_path.name}-store"
    for name in ("a/one.csv", "b/one.csv", "b/two.csv"):
        (store / name).parent.mkdir(parents=True, exist_ok=True)
        (store / name).write_text(f"id,text\n1,{name}\n")
    [first] = pull("files", "", path=f"file://{store}/*/*.csv")
    (store / "b/two.csv").write_text("id,text\n1,changed and longer\n")
    [second] = pull("files", "", path=f"file://{store}/*/*.csv")
    assert sorted(path.name for path in first.files) == ["a_one.csv", "b_one.csv", "two.csv"]
    assert [path.name for path in second.files] == ["two.csv"]
    assert "changed" in second.files[0].read_text()


# ------------------------------------------------------------------------------------------------ all of them


def test_every_connector_says_what_it_needs():
    found = connectors()
    assert set(found) == {"zendesk", "qualtrics", "x", "surveymonkey", "files"}
    for connector in found.values():
        assert set(connector.NEEDS) <= set(connector.OPTIONS)
        assert all(connector.OPTIONS.values())


def test_one_connector_stops_no_other(tmp_path, monkeypatch, waits):
    monkeypatch.setenv("VENDOR_TOKEN", TOKEN)
    with served(Vendor(Zendesk(1))) as good, served(Vendor(lambda _: Reply({}, 401))) as bad:
        parts = [f'[[connectors]]\nname = "{name}"\nvendor = "zendesk"\nurl = "{url}"\ntoken = "VENDOR_TOKEN"\n'
                 for name, url in (("bad", bad.url), ("good", good.url))]  # fmt: skip
        (tmp_path / "vocpipe.toml").write_text("\n".join([*parts, SOURCE]))
        first, second = pulling.pull(tmp_path)
    assert "refuses the token" in (first.problem or "")
    assert (second.problem, len(second.files)) == (None, 3)


@pytest.mark.parametrize(
    ("more", "options", "said"),
    [
        ('vendor = "zendesck"', {}, "nobody pulls from 'zendesck'"),
        ('vendor = "qualtrics"', {}, "write `surveys` under options"),
        ('vendor = "zendesk"', {"surveys": "1"}, "'surveys' is not known"),
        ('vendor = "zendesk"\ntoken = "abc-123"', {}, "a token does not stand in the settings"),
    ],
)
def test_wrong_settings_are_told_before_anything_is_asked(tmp_path, more, options, said):
    told = "\n".join(f'{name} = "{value}"' for name, value in options.items())
    (tmp_path / "vocpipe.toml").write_text(
        f'[[connectors]]\nname = "it"\nurl = "http://127.0.0.1:9"\n{more}\n[connectors.options]\n{told}\n{SOURCE}'
    )
    with pytest.raises(UsageError, match=said) as problem:
        pulling.pull(tmp_path)
    assert "abc-123" not in str(problem.value)


def test_a_token_comes_from_the_environment_a_private_file_or_a_block(tmp_path, monkeypatch):
    monkeypatch.setenv("VENDOR_TOKEN", TOKEN)
    monkeypatch.delenv("NO_SUCH_TOKEN", raising=False)
    path = tmp_path / "token"
    path.write_text(f"{TOKEN}\n")
    path.chmod(0o600)
    assert pulling.token_of(tmp_path, "VENDOR_TOKEN", None) == TOKEN
    assert pulling.token_of(tmp_path, "file:token", None) == TOKEN
    assert pulling.token_of(tmp_path, "block:desk", {"desk": TOKEN}.__getitem__) == TOKEN
    path.chmod(0o644)
    for told, said in (
        ("NO_SUCH_TOKEN", "no variable"),
        ("file:token", "read by others"),
        ("block:desk", "flows read"),
    ):
        with pytest.raises(UsageError, match=said):
            pulling.token_of(tmp_path, told, None)


def test_a_page_that_leads_elsewhere_is_not_followed(waits):
    with served(Vendor(lambda _: Reply({}))) as vendor, web.Web("It", vendor.url) as asked:
        with pytest.raises(pulling.RunError, match="another address"):
            asked.get("https://elsewhere.example/next")
        assert vendor.asked == []


def test_a_damaged_cursor_is_told_and_not_guessed(pull, tmp_path):
    cursor = tmp_path / "work" / "cursors" / "it.json"
    cursor.parent.mkdir(parents=True)
    cursor.write_text("{half")
    with served(Vendor(Zendesk(1))) as vendor:
        [found] = pull("zendesk", vendor.url)
        assert vendor.asked == []
    assert "damaged" in (found.problem or "")


def test_files_and_cursor_are_private_and_whole(pull, tmp_path):
    with served(Vendor(Zendesk(1))) as vendor:
        [found] = pull("zendesk", vendor.url)
    paths = [*found.files, tmp_path / "work" / "cursors" / "it.json"]
    assert {path.stat().st_mode & 0o777 for path in paths} == {0o600}
    assert list(tmp_path.rglob("*.part")) == []
