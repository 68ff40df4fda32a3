"""Help desks: which rows are recognised and read, whose words count, and what is set aside with which reason."""

from __future__ import annotations

import gzip
import json
from datetime import datetime

import pytest
from project import ticket, tickets, tweet, tweets, user, write

from vocpipe.contracts import RawRow, Reject
from vocpipe.exports import Export
from vocpipe.sources import formats, freshdesk, freshdesk_csv, intercom, jira, recognise, zendesk, zendesk_csv
from vocpipe.warehouse import rows

OPENING = "2026-02-01T08:00:00Z"  # when the tickets of `project.ticket` were opened


def export_of(tmp_path, content, name="x.json"):
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
    return Export(path)


def reasons(con):
    query = "select kind, record_key, reason from staging.records where reason is not null order by 1, 2, 3"
    return rows(con, query)


def said(con):
    return rows(con, "select interaction_id, verbatim from staging.turns order by occurred_at, interaction_id")


def comment(number, author, text="Any news?", **parts):
    return {"id": number, "ticket_id": 1, "author_id": author, "public": True, "body": text,
            "created_at": f"2026-02-01T1{number % 10}:00:00Z"} | parts  # fmt: skip


def lines(*items):
    return b"\n".join(json.dumps(item).encode() for item in items)


# --------------------------------------------------------------------------- Zendesk: reading


RECORDED = {"organizations_test_list_all.json": 6, "organizations_test_search_organization.json": 1,
            "organizations_test_show_single.json": 1, "pagination_test_execute.json": 25}  # fmt: skip


@pytest.mark.parametrize("name", RECORDED)
def test_recorded_exchanges_are_read_to_the_last_row(name, shared):
    export = Export(shared / "data" / "zendesk_api_json" / name)
    assert recognise(export).format == "zendesk_json"
    found = list(zendesk.read(export))
    assert [row.kind for row in found] == ["organization"] * RECORDED[name]
    assert len({(row.line_no, row.item_no) for row in found}) == RECORDED[name]


def test_a_recorded_page_packed_as_hexadecimal_strings_is_unpacked(tmp_path):
    packed = gzip.compress(tickets(ticket(1), ticket(2))).hex()
    call = {"scope": "https://x.example", "method": "GET", "path": "/a", "status": 200}
    answers = [packed[:50], packed[50:]], {"ticket": ticket(3)}, ["zz"], ""
    export = export_of(tmp_path, [call | {"response": answer} for answer in answers])
    assert recognise(export).format == "zendesk_json"
    found = list(zendesk.read(export))
    assert [json.loads(row.body)["id"] for row in found if isinstance(row, RawRow)] == [1, 2, 3]
    assert [row.column for row in found if isinstance(row, Reject)] == ["response", "response"]


SHAPES = {
    "page": {"tickets": [ticket(1)], "next_page": None},
    "side-loaded": {"tickets": [ticket(1)], "users": [user(9001)], "count": 1},
    "one": {"ticket": ticket(1)},
    "list": [ticket(1)],
    "bare": ticket(1),
    "search": {"results": [ticket(1) | {"result_type": "ticket"}], "count": 1},
    "users": {"users": [user(9001)]},
    "comments": {"comments": [comment(1, 9001)], "next_page": None},
    "ratings": {"satisfaction_ratings": [{"id": 5, "ticket_id": 1, "score": "good"}]},
    "metrics": {"ticket_metrics": [{"id": 6, "ticket_id": 1, "reply_time_in_minutes": {"calendar": 3}}]},
    "audits": {"audits": [{"id": 7, "ticket_id": 1, "created_at": OPENING, "events": []}]},
    "empty": {"tickets": [], "end_of_stream": True, "count": 0},
}


@pytest.mark.parametrize("shape", SHAPES)
def test_each_shape_of_the_api_is_recognised(shape, tmp_path):
    found = recognise(export_of(tmp_path, SHAPES[shape]))
    assert found is not None
    assert found.format == "zendesk_json"


FOREIGN = [{"tickets": 3}, {"tickets": [None]}, {"users": [{"id": 1}]}, {"comments": []}, [], [[]], [None], 7, "x",
           None, {"data": {"id": 1}}, {"type": "conversation"}, {"id": 1, "status": 2}, [[{"tickets": []}]],
           {"conversations": [None]}, {"type": "list", "data": [3]}, {"users": [], "more": 1}]  # fmt: skip


DESKS = [zendesk, zendesk_csv, freshdesk, freshdesk_csv, intercom, jira]


@pytest.mark.parametrize("module", DESKS, ids=lambda module: module.NAME)
@pytest.mark.parametrize("content", FOREIGN, ids=range(len(FOREIGN)))
def test_junk_is_nobodys_and_breaks_nothing(module, content, tmp_path):
    export = export_of(tmp_path, content)
    assert module.recognise(export) is None
    list(module.read(export))


def test_no_format_takes_anothers_file(tmp_path):
    desks = ("zendesk_json", "zendesk_csv", "freshdesk_json", "freshdesk_csv", "intercom_json", "jira_csv")
    for name, source in formats().items():
        for file, content in source.EXAMPLE.items():
            takers = {desk for desk in desks if formats()[desk].recognise(export_of(tmp_path, content, file))}
            assert takers <= {name}
    assert recognise(export_of(tmp_path, tweets(tweet(1, "hello")), "t.json")).format == "x_api_json"


def test_an_unknown_kind_in_a_page_is_a_reject_and_the_envelope_is_none(tmp_path):
    page = {"tickets": [ticket(1), None], "macros": [{"id": 3}, {"id": 4}], "count": 2, "next_page": None, "x": "y"}
    found = list(zendesk.read(export_of(tmp_path, page)))
    assert [row.kind for row in found if isinstance(row, RawRow)] == ["ticket"]
    assert [row.column for row in found if isinstance(row, Reject)] == ["tickets", "macros", "macros"]


def test_a_comment_belongs_to_the_ticket_whose_address_was_asked(tmp_path):
    comment = {"id": 5, "author_id": 9001, "body": "Any news?", "public": True, "created_at": "2026-02-03T08:00:00Z"}
    address = "https://x.zendesk.com/api/v2/tickets/41/comments.json?page=1"
    page = {"comments": [comment], "next_page": None, "previous_page": address}
    exchange = {"method": "GET", "path": "/api/v2/tickets/42/comments.json", "status": 200,
                "response": {"comments": [comment], "links": {"next": None}}}  # fmt: skip
    (tmp_path / "c.jsonl").write_text("\n".join(map(json.dumps, (page, exchange, {"comments": [comment]}))))
    rows_ = [json.loads(row.body).get("ticket_id") for row in zendesk.read(Export(tmp_path / "c.jsonl"))]
    assert rows_ == [41, 42, None]


def test_comments_inside_tickets_and_changes_are_rows_of_their_own(tmp_path):
    event = {"id": 70, "ticket_id": 1, "updater_id": 9001, "created_at": "2026-02-03T08:00:00Z", "child_events": [
        {"id": 71, "event_type": "Comment", "type": "Comment", "body": "still lost", "public": True},
        {"id": 72, "event_type": "Change", "status": "open"}]}  # fmt: skip
    page = {"tickets": [ticket(1, comments=[comment(4, 9001), comment(5, 31)])], "ticket_events": [event]}
    found = list(zendesk.read(export_of(tmp_path, page)))
    assert [row.kind for row in found] == ["ticket", "comment", "comment", "event", "comment"]
    assert len({(row.kind, row.line_no, row.item_no) for row in found}) == 5
    assert json.loads(found[-1].body)["author_id"] == 9001
    assert "comments" not in json.loads(found[0].body) or not json.loads(found[0].body)["comments"]


# --------------------------------------------------------------------------- Zendesk: whose words count


def test_only_public_comments_of_the_requester_are_the_customers_voice(tmp_path, staged):
    told = [comment(1, 31, "We look into it"), comment(2, 9001, "Thanks", public=False), comment(3, 9001, "Still lost"),
            comment(4, 9002, "My brother is right"), comment(5, 9001, " "), comment(6, 9001, ticket_id=8),
            comment(7, 9001, ticket_id=None), comment(8, 9001, created_at="soon")]  # fmt: skip
    with staged(write(tmp_path, {"t.json": tickets(ticket(1)), "c.json": lines(*told)})) as con:
        assert said(con) == [
            ("zendesk:1", "My suitcase never arrived, number 1"),
            ("zendesk:comment:3", "Still lost"),
        ]
        assert [(key, reason) for _, key, reason in reasons(con)] == [
            ("1", "not written by the customer of the ticket"),
            ("2", "an internal note, no customer"),
            ("4", "not written by the customer of the ticket"),
            ("5", "the comment has no text"),
            ("6", "the ticket of the comment is not held"),
            ("7", "nothing says which ticket the comment belongs to"),
            ("8", "created_at holds no time that can be read"),
        ]


def test_the_opening_is_never_counted_twice(tmp_path, staged):
    text = "My suitcase never arrived, number 1"
    at_once = comment(1, 9001, "the same, told otherwise", created_at=OPENING)
    repeated = comment(5, 9001, text, ticket_id=2, created_at="2026-02-04T08:00:00Z")
    later = comment(6, 9002, "My suitcase never arrived, number 2", ticket_id=2, created_at="2026-02-01T08:00:30Z")
    files = {"t.json": tickets(ticket(1), ticket(2)), "c.json": lines(at_once, later, repeated | {"author_id": 9002})}
    with staged(write(tmp_path, files)) as con:
        assert {key: reason for _, key, reason in reasons(con)} == {
            "1": "the opening of the ticket, already a turn",
            "6": "the opening of the ticket, already a turn",
        }
        assert len(said(con)) == 3


def test_a_ticket_that_an_agent_wrote_is_no_voice_but_stays_a_ticket(tmp_path, staged):
    items = (
        ticket(1, submitter_id=31),
        ticket(2, is_public=False),
        ticket(3, submitter_id=31),
        ticket(4, submitter_id=9004),
    )
    first = comment(1, 9003, "My suitcase never arrived, number 3", ticket_id=3, created_at=OPENING)
    with staged(write(tmp_path, {"t.json": tickets(*items), "c.json": lines(first)})) as con:
        assert said(con) == [
            ("zendesk:1", None),
            ("zendesk:2", None),
            ("zendesk:3", "My suitcase never arrived, number 3"),  # sent on by the agent, written by the customer
            ("zendesk:4", "My suitcase never arrived, number 4"),
        ]
        assert rows(con, "select count(*) from staging.conversations") == [(4,)]
        assert rows(con, "select column_name, reason from staging.cells order by reason") == [
            ("description", "an internal note, no customer"),
            ("description", "written by another than the customer"),
        ]


def test_comments_of_deleted_and_demo_tickets_and_of_the_team_are_no_voice(tmp_path, staged):
    items = (ticket(1, status="deleted"), ticket(2, via={"channel": "sample_ticket"}), ticket(3))
    told = [comment(n, 9000 + n, ticket_id=n) for n in (1, 2, 3)]
    files = {"t.json": tickets(*items), "c.json": lines(*told), "u.json": {"users": [user(9003, role="agent")]}}
    files["u.json"] = json.dumps(files["u.json"]).encode()
    with staged(write(tmp_path, files)) as con:
        assert said(con) == []
        assert reasons(con) == [
            ("comment", "1", "the ticket of the comment was deleted"),
            ("comment", "2", "the ticket of the comment is set aside"),
            ("comment", "3", "the ticket of the comment is set aside"),
            ("ticket", "1", "deleted by the vendor"),
            ("ticket", "2", "a demo ticket, no customer"),
            ("ticket", "3", "an agent asked for it, no customer"),
            ("user", "9003", "an agent, no customer"),
        ]


def test_quotes_are_cut_and_the_original_is_kept(tmp_path, staged):
    text = "Still lost.\n\nOn Mon, Feb 2, 2026 at 9:45 AM Help <help@example.com> wrote:\n> We look into it."
    with staged(write(tmp_path, {"t.json": tickets(ticket(1, description=text))})) as con:
        assert said(con) == [("zendesk:1", "Still lost.")]
        assert json.loads(rows(con, "select body from raw.records")[0][0])["description"] == text


def test_figures_and_ratings_of_their_own_pages_join_their_ticket(tmp_path, staged):
    bare = ticket(1, metric_set=None, satisfaction_rating={"score": "offered"})
    figures = {"id": 61, "ticket_id": 1, "reply_time_in_minutes": {"calendar": 12}, "reopens": 2,
               "full_resolution_time_in_minutes": {"calendar": 600}, "created_at": OPENING,
               "solved_at": "2026-02-01T18:00:00Z", "updated_at": "2026-02-02T08:00:00Z"}  # fmt: skip
    ratings = [{"id": n, "ticket_id": ticket_id, "score": score, "created_at": f"2026-02-0{n}T08:00:00Z"}
               for n, ticket_id, score in ((3, 1, "bad"), (4, 1, "good"), (5, 1, "unoffered"),
                                           (6, 9, "good"))]  # fmt: skip
    files = {"t.json": tickets(bare, ticket(2, satisfaction_rating={"score": "unoffered"})),
             "m.json": json.dumps({"ticket_metrics": [figures]}).encode(),
             "r.json": json.dumps({"satisfaction_ratings": ratings}).encode()}  # fmt: skip
    with staged(write(tmp_path, files)) as con:
        columns = "rating, first_reply_minutes, resolution_minutes, count_reopens, solved_at"
        assert rows(con, f"select {columns} from staging.conversations order by conversation_id") == [
            ("good", 12, 600, 2, datetime(2026, 2, 1, 18)),
            (None, 30, 90, 0, datetime(2026, 2, 1, 9, 30)),
        ]
        assert reasons(con) == [
            ("rating", "5", "the customer gave no rating"),
            ("rating", "6", "the ticket of the rating is not held"),
        ]


def test_a_merged_ticket_is_heard_but_not_solved(tmp_path, staged):
    with staged(write(tmp_path, {"t.json": tickets(ticket(1, status="closed", tags=["closed_by_merge"]))})) as con:
        query = "select status, solved_at, resolution_minutes, first_reply_minutes from staging.conversations"
        assert rows(con, query) == [("closed", None, None, None)]
        assert len(said(con)) == 1


def test_people_who_are_gone_bring_no_identifiers_and_shared_numbers_neither(tmp_path, staged):
    users = [user(1, active=False), user(2, suspended=True), user(3, phone="+4670555010", shared_phone_number=True),
             user(4, phone="+4670555011", identities=[{"type": "phone_number", "value": "+4670555012"}, None]),
             user(5, identities="none"), user(6, id="7.1E+11"), user(7, id=9007.0)]  # fmt: skip
    with staged(write(tmp_path, {"u.json": json.dumps({"users": users}).encode()})) as con:
        found = rows(con, "select record_id, identifier from staging.identifiers order by 1, 2")
        assert found == [
            ("2", "mira2@example.com"), ("3", "mira3@example.com"),
            ("4", "+4670555011"), ("4", "+4670555012"), ("4", "mira4@example.com"),
            ("5", "mira5@example.com"), ("9007", "mira7@example.com"),
        ]  # fmt: skip
        assert [reason for _, _, reason in reasons(con)] == [
            "deleted by the vendor",
            "the id is no whole number: a spreadsheet has spoilt it",
        ]


def test_a_ticket_that_holds_its_requester_names_him(tmp_path, staged):
    whole = ticket(1, requester={"id": 9001, "name": "Mira Holt", "email": "mira@example.com"}, submitter={"id": 9001})
    del whole["requester_id"]
    with staged(write(tmp_path, {"t.json": tickets(whole)})) as con:
        assert rows(con, "select record_id, given_name, family_name from staging.persons") == [("9001", "Mira", "Holt")]
        assert rows(con, "select identifier from staging.identifiers") == [("mira@example.com",)]
        assert rows(con, "select person_id from staging.turns") == [("9001",)]


DRIFT = [{"id": "1"}, {"id": 1.0}, {"via": None}, {"via": "web"}, {"custom_fields": {"a": [1]}}, {"tags": "vip"},
         {"satisfaction_rating": "good"}, {"metric_set": []}, {"requester_id": "9001"}, {"requester_id": None},
         {"comments": None}, {"comments": [None, 3]}, {"description": 7}, {"status": None},
         {"is_public": "yes"}]  # fmt: skip


@pytest.mark.parametrize("drift", DRIFT, ids=str)
def test_fields_may_change_their_type(drift, tmp_path, staged):
    with staged(write(tmp_path, {"t.json": tickets(ticket(1) | drift, ticket(2))})) as con:
        assert rows(con, "select record_key, reason from staging.records order by 1") == [("1", None), ("2", None)]


ODD = [None, [], {}, "", 7, -1, 1e30, "x", True, [None], {"a": [1]}, "2026-13-45T99:00:00Z", "99999999999999"]


def places(item, at=()):
    """The path of every value inside a document."""
    inside = item.items() if isinstance(item, dict) else enumerate(item) if isinstance(item, list) else ()
    for key, value in inside:
        yield (*at, key)
        yield from places(value, (*at, key))


def changed(item, path, value):
    """A copy of a document with another value in one place."""
    copy = json.loads(json.dumps(item))
    inside = copy
    for key in path[:-1]:
        inside = inside[key]
    inside[path[-1]] = value
    return copy


@pytest.mark.parametrize("name", ["zendesk_json", "freshdesk_json", "intercom_json"])
def test_no_value_of_any_kind_anywhere_stops_the_file(name, tmp_path, staged):
    for file, content in formats()[name].EXAMPLE.items():
        found = [json.loads(line) for line in content.split(b"\n")]
        items = found[0] if isinstance(found[0], list) else found
        odd = [changed(item, path, value) for item in items for path in places(item) for value in ODD]
        (tmp_path / file).with_suffix(".jsonl").write_bytes(lines(*items, *odd))
    with staged(tmp_path) as con:
        assert rows(con, "select count(*) from raw.loads where problem is not null") == [(0,)]
        assert rows(con, "select count(*) - count(distinct row_id) from staging.records") == [(0,)]
        assert rows(con, "select count(*) from staging.records") == rows(con, "select count(*) from raw.records")
        assert rows(con, "select count(*) - count(distinct interaction_id) from staging.turns") == [(0,)]


# --------------------------------------------------------------------------- Zendesk as a table

VIEW = (
    b"Ticket ID,Subject,Requester,Requester email,Requested,Updated,Assignee,Group,Ticket status,Satisfaction\n"
    b"1,My bag is gone,Jonas Lind,Jonas@Example.org,02/13/2026 08:00,02/14/2026 09:00,Kim,Bags,Solved,Bad\n"
    b"2,Seat,Maya Chen,,02/13/2026 09:00,02/13/2026 09:00,-,-,Open,-\n"
    b",Lost row,Jonas Lind,jonas@example.org,02/13/2026 09:30,02/13/2026 09:30,-,-,Open,-\n"
)


def test_a_view_of_zendesk_has_tickets_with_their_requesters(tmp_path, staged):
    with staged(write(tmp_path, {"view.csv": VIEW})) as con:
        tickets = "select conversation_id, owner_team, status, rating, cast(created_at as varchar)"
        assert rows(con, f"{tickets} from staging.conversations order by 1") == [
            ("1", "Bags", "solved", "bad", "2026-02-13 08:00:00"),
            ("2", None, "open", None, "2026-02-13 09:00:00"),
        ]
        assert rows(con, "select record_id, identifier from staging.identifiers where identifier_type = 'email'") == [
            ("jonas@example.org", "Jonas@Example.org"),
        ]
        assert said(con) == [("zendesk:1", "My bag is gone"), ("zendesk:2", "Seat")]
        assert reasons(con) == [("ticket", None, "the ticket has no id")]


def test_the_export_of_zendesks_account_has_figures(tmp_path, staged):
    content = zendesk_csv.EXAMPLE["export.csv"]
    merged = (
        b"1,604,Ivar Moe,9102,,ivar.moe@example.net,example.net,Ivar Moe,-,Support,Seat,a closed_by_merge,Closed,Low,"
        b"Mail,-,2026-02-02 09:00,2026-02-02 09:30,2026-02-02 09:30,Offered,0,0,3,30\n"
    )
    with staged(write(tmp_path, {"export.csv": content + merged})) as con:
        figures = "conversation_id, rating, first_reply_minutes, resolution_minutes, count_reopens, solved_at is null"
        assert rows(con, f"select {figures} from staging.conversations order by 1") == [
            ("601", "good", 45, 120, 0, False),
            ("602", None, None, None, 0, True),
            ("604", None, None, None, None, True),
        ]
        assert [key for _, key, _ in reasons(con)] == ["6.03E+15"]
        # An agent wrote the subject of what was called in.
        assert [verbatim for _, verbatim in said(con)] == ["I was charged twice", None, "Seat"]


# --------------------------------------------------------------------------- teams


ZENDESK_TEAM = {"id": 7, "name": "Refunds", "default": False, "deleted": False, "is_public": True, "url": "u"}
FRESH_TEAM = {"id": 7, "name": "Refunds", "agent_ids": [12], "escalate_to": None, "unassigned_for": None}
INTERCOM_TEAM = {"type": "team", "id": "7", "name": "Refunds", "admin_ids": [77]}


@pytest.mark.parametrize(
    "files",
    [
        lambda: {"t.json": tickets(ticket(1, group_id=7), ticket(2, group_id=8), ticket(3)),
                 "g.json": json.dumps({"groups": [ZENDESK_TEAM], "count": 1}).encode()},
        lambda: {"t.json": json.dumps([fresh(1, group_id=7), fresh(2, group_id=8), fresh(3)]).encode(),
                 "g.json": json.dumps([FRESH_TEAM]).encode()},
        lambda: {"t.json": json.dumps({"type": "conversation.list", "conversations": [
                     talk(1, team_assignee_id=7), talk(2, team_assignee_id="8"), talk(3)]}).encode(),
                 "g.json": json.dumps({"type": "team.list", "teams": [INTERCOM_TEAM]}).encode()},
        lambda: {"f.csv": b"Ticket ID,Subject,Status,Source,Created time,Group,Email\n"
                 b"1,a,Open,Email,2026-02-01 08:00:00,Refunds,m@example.com\n"
                 b"2,b,Open,Email,2026-02-01 08:00:00,8,m@example.com\n"
                 b"3,c,Open,Email,2026-02-01 08:00:00,,m@example.com\n"},
    ],
    ids=["zendesk", "freshdesk", "intercom", "freshdesk export"],
)  # fmt: skip
def test_a_ticket_is_owned_by_its_team_by_name_where_the_desk_tells_it(files, tmp_path, staged):
    with staged(write(tmp_path, files())) as con:
        found = rows(con, "select owner_team, segments from staging.conversations order by conversation_id")
        assert found == [("Refunds", '{"owner_team":"Refunds"}'), ("8", '{"owner_team":"8"}'), (None, None)]
        assert not reasons(con)


# --------------------------------------------------------------------------- Freshdesk


def fresh(number, **parts):
    return {"id": number, "subject": "Refund", "description_text": f"I was charged twice, number {number}", "status": 4,
            "priority": 2, "source": 1, "requester_id": 44, "responder_id": 12, "created_at": OPENING,
            "updated_at": "2026-02-03T08:00:00Z"} | parts  # fmt: skip


def test_freshdesk_numbers_become_words_and_times_become_minutes(tmp_path, staged):
    stats = {"first_responded_at": "2026-02-01T08:45:00Z", "resolved_at": "2026-02-01T10:00:00Z"}
    items = [fresh(1, stats=stats), fresh(2, status=2, priority=4, source=7), fresh(3, status=18, source=99),
             fresh(4, spam=True), fresh(5, deleted=True), fresh(6, source=10)]  # fmt: skip
    rated = [{"id": n, "ticket_id": n, "survey_id": 1, "user_id": 44, "ratings": {"default_question": face},
              "created_at": OPENING} for n, face in ((1, 103), (2, -102), (3, 100))]  # fmt: skip
    files = {"t.json": json.dumps(items).encode(), "r.json": json.dumps(rated).encode()}
    with staged(write(tmp_path, files)) as con:
        query = (
            "select status, priority, via, rating, first_reply_minutes, resolution_minutes from staging.conversations"
        )
        assert rows(con, f"{query} order by conversation_id") == [
            ("solved", "medium", "email", "good", 45, 120),
            ("open", "urgent", "chat", "bad", None, None),
            ("18", "medium", "99", None, None, None),
            ("solved", "medium", "outbound email", None, None, None),
        ]
        assert reasons(con) == [
            ("ticket", "4", "marked as spam by the vendor"),
            ("ticket", "5", "deleted by the vendor"),
        ]
        assert said(con)[-1] == ("freshdesk:6", None)


def test_freshdesk_customers_write_what_comes_in_and_is_not_private(tmp_path, staged):
    told = [{"id": n, "incoming": incoming, "private": private, "user_id": 44, "body": body,
             "created_at": f"2026-02-02T0{n}:00:00Z"}
            for n, incoming, private, body in ((1, True, False, "<p>Again!</p><blockquote>We look</blockquote>"),
                                               (2, False, False, "<p>We look</p>"),
                                               (3, True, True, "note"))]  # fmt: skip
    with staged(write(tmp_path, {"t.json": json.dumps([fresh(7, conversations=told)]).encode()})) as con:
        assert said(con) == [("freshdesk:7", "I was charged twice, number 7"), ("freshdesk:comment:1", "Again!")]
        assert [reason for _, _, reason in reasons(con)] == [
            "not written by the customer of the ticket",
            "an internal note, no customer",
        ]


def test_the_freshdesk_export_tells_times_ratings_and_people_by_their_address(tmp_path, staged):
    head = "Ticket ID,Subject,Status,Priority,Source,Created time,Resolved time,Initial response time,Survey results,"
    made = [
        head + "Full name,Email,Work phone",
        "1,Charged twice,Resolved,High,Email,13/02/2026 08:00,13/02/2026 10:00,13/02/2026 08:45,Extremely Happy,"
        "Mira Holt,Mira@example.com,",
        "2,Where is it,Closed,Low,Portal,14/02/2026 08:00,,,Very Unhappy,Mira Holt,mira@example.com,",
        "3,Your booking,Open,Low,Outbound Email,15/02/2026 08:00,,,,Mira Holt,,4.79006E+10",
        "4,Pills,Spam,Low,Email,15/02/2026 09:00,,,,,,",
    ]
    with staged(write(tmp_path, {"f.csv": "\n".join(made).encode()})) as con:
        columns = "conversation_id, status, rating, first_reply_minutes, resolution_minutes, person_id"
        assert rows(con, f"select {columns} from staging.conversations order by 1") == [
            ("1", "solved", "good", 45, 120, "mira@example.com"),
            ("2", "closed", "bad", None, None, "mira@example.com"),
            ("3", "open", None, None, None, None),
        ]
        assert reasons(con) == [("ticket", "4", "marked as spam by the vendor")]
        assert [text for _, text in said(con)] == ["Charged twice", "Where is it", None]


# --------------------------------------------------------------------------- Intercom


def talk(number, author="user", **parts):
    return {"type": "conversation", "id": str(number), "created_at": 1_770_000_000, "updated_at": 1_770_090_000,
            "state": "closed", "source": {"type": "email", "body": "<p>Which gate?</p>",
                                          "author": {"type": author, "id": "c1", "email": "ada@example.com"}},
            "contacts": {"contacts": [{"id": "c1", "external_id": "K-1"}]}} | parts  # fmt: skip


def part(number, author, body, **parts):
    return {"id": str(number), "part_type": "comment", "created_at": 1_770_000_000 + number, "body": body,
            "author": {"type": author, "id": "c1"}} | parts  # fmt: skip


def test_intercom_parts_of_users_and_leads_are_the_customers_voice(tmp_path, staged):
    parts = [part(1, "admin", "<p>14</p>"), part(2, "lead", "<p>Thanks!</p>"), part(3, "bot", "Rate us"),
             part(4, "user", None), part(5, "user", "<p>gone</p>", redacted=True),
             part(6, "admin", "note", part_type="note")]  # fmt: skip
    items = [
        talk(1, conversation_parts={"conversation_parts": parts}),
        talk(2, author="admin"),
        talk(3, created_at="x"),
    ]
    with staged(
        write(tmp_path, {"c.json": json.dumps({"type": "conversation.list", "conversations": items}).encode()})
    ) as con:
        assert said(con) == [("intercom:1", "Which gate?"), ("intercom:2", None), ("intercom:comment:2", "Thanks!")]
        assert rows(con, "select occurred_at from staging.turns where source_id = '1'") == [
            (datetime(2026, 2, 2, 2, 40),)
        ]
        assert [(key, reason) for _, key, reason in reasons(con)] == [
            ("1", "not written by the customer of the ticket"),
            ("3", "not written by the customer of the ticket"),
            ("4", "the comment has no text"),
            ("5", "the comment has no text"),
            ("6", "an internal note, no customer"),
            ("3", "created_at holds no time that can be read"),
        ]
        assert rows(con, "select distinct record_id, identifier from staging.identifiers order by 2") == [
            ("c1", "K-1"), ("c1", "ada@example.com"),
        ]  # fmt: skip


@pytest.mark.parametrize(("rating", "word"), [(5, "good"), (4, "good"), (3, None), (2, "bad"), (1, "bad")])
def test_an_intercom_rating_is_a_word_and_an_answer(rating, word, tmp_path, staged):
    stats = {"first_admin_reply_at": 1_770_000_600, "last_close_at": 1_770_003_600, "count_reopens": 1}
    item = talk(1, conversation_rating={"rating": rating, "created_at": 1_770_080_000}, statistics=stats)
    with staged(write(tmp_path, {"c.jsonl": lines(item)})) as con:
        query = "select rating, first_reply_minutes, resolution_minutes, count_reopens from staging.conversations"
        assert rows(con, query) == [(word, 10, 60, 1)]
        assert rows(con, "select metric, score, scale_low, scale_high from staging.answers") == [("csat", rating, 1, 5)]


# --------------------------------------------------------------------------- Jira

HEAD = "Summary,Issue key,Status,Reporter,Reporter Id,Creator Id,Created,Updated,Resolved,Description,Comment,Comment"
ISSUE = "Bag,{key},Done,Jonas Lind,r-7,{creator},{at},14/Mar/24 8:00 AM,14/Mar/24 8:00 AM,Lost,{comments}"


def issues(*cells):
    made = [ISSUE.format(**({"key": f"AIR-{n}", "creator": "r-7", "at": "12/Mar/24 9:41 AM", "comments": ","} | cell))
            for n, cell in enumerate(cells, start=1)]  # fmt: skip
    return "\r\n".join([HEAD, *made, ""]).encode("utf-8-sig")


def test_jira_comments_of_the_reporter_are_turns_of_the_issue(tmp_path, staged):
    comments = "12/Mar/24 10:00 AM;a-1;We look,13/Mar/24 7:15 PM;r-7;Any news?;please"
    with staged(write(tmp_path, {"j.csv": issues({"comments": comments}, {"creator": "a-1"})})) as con:
        found = rows(con, "select conversation_id, occurred_at, verbatim from staging.turns order by 1, 2")
        assert found == [
            ("AIR-1", datetime(2024, 3, 12, 9, 41), "Lost"),
            ("AIR-1", datetime(2024, 3, 13, 19, 15), "Any news?;please"),
            ("AIR-2", datetime(2024, 3, 12, 9, 41), None),
        ]
        assert rows(con, "select distinct status, resolution_minutes from staging.conversations") == [("solved", 2779)]
        assert rows(con, "select count(*), count(distinct interaction_id) from staging.turns") == [(3, 3)]


def test_jira_cells_behind_the_last_column_are_comments_or_the_row_is_rejected(tmp_path, staged):
    more = ",,13/Mar/24 7:15 PM;r-7;Third comment"
    files = {"j.csv": issues({"comments": more}, {"comments": ",,what is this"}, {"comments": ",,,"}, {})}
    with staged(write(tmp_path, files)) as con:
        assert rows(con, "select count(*) from raw.records") == [(3,)]
        assert rows(con, "select line_no, reason from raw.rejects") == [
            (3, "the row has 13 cells where the header names 12 columns")
        ]
        assert rows(con, "select count(*) from staging.turns where verbatim = 'Third comment'") == [(1,)]


def test_a_jira_comment_or_time_that_cannot_be_read_is_told(tmp_path, staged):
    files = {"j.csv": issues(*[{}] * 20, {"comments": "no comment at all,"}, {"at": "someday"})}
    with staged(write(tmp_path, files)) as con:
        assert rows(con, "select line_no, column_name, reason from staging.cells") == [
            (22, "Comment", "the comment is not written as time;author;text")
        ]
        assert reasons(con) == [("ticket", "AIR-22", "created_at holds no time that can be read")]


def test_jira_notation_is_text(tmp_path):
    assert jira.words_of("{quote}We look{quote}\nStill {color:red}lost{color} !photo.png|thumbnail!") == "Still lost"
    assert jira.words_of("It costs 5! And 6!") == "It costs 5! And 6!"
