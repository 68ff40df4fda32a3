"""Lines of JSON: the swift way and the exact way give the same rows, whatever is wrong with a file."""

from __future__ import annotations

import json
from random import Random

import duckdb
import pyarrow as pa
import pytest
from mutations import JSON

from vocpipe.exports import Export
from vocpipe.warehouse import reading, storing, swift

WORDS = (
    "Two hours late, and nobody could tell us why",
    "Kind crew, thank you\n\nOn Mon, Jan 5, 2026 at 9:45 AM Help <help@example.com> wrote:\n> We look for it",
    "<p>My bag is <b>gone</b></p>",
    " leading and trailing\u2003",
    "größer, façade, 日本語 é",
    'Tell me \\ or "not": NaN, [1, ] and Infinity \U0001f600',
    "a < b\nand c > d",
    "Where is it?\n-- \nJonas Lind",
    "",
    "  \n ",
    "\u00a0",
    "<br>",
)
OTHERS = (
    {"id": 7, "name": "Jonas Lind", "role": "end-user", "email": "jonas.lind@example.org"},
    {"id": 9, "requester_id": 3, "status": 2, "description": "of another desk"},
    {"id": 10, "requester_id": 3, "status": None, "description": None, "subject": "no words", "amount": 1.5e300},
    {"id": 11, "requester_id": 3, "subject": "a page inside", "description": "said", "status": "new",
     "comments": [{"id": 1, "author_id": 3, "public": True, "body": "inner\n> quoted\n> more"}]},
    {"tickets": [{"id": 12, "requester_id": 3, "description": "on a page", "status": "new"}], "count": 1},
    {"ticket_id": 5, "child_events": [{"type": "Comment", "body": "changed", "id": 4}], "id": 13},
    {"id": 14, "score": "good", "ticket_id": 5},
    {"id": 15, "requester": {"id": 4, "name": "X"}, "description": "named", "status": "open", "_text": "ours"},
    {"unknown": True},
    [1, {"id": 16, "requester_id": 3, "description": "listed", "status": "new"}],
    {"id": 17, "author_id": 3, "public": True, "ticket_id": 5, "html_body": "<p>hi<br>there</p>"},
)  # fmt: skip


def tickets() -> bytes:
    """Tickets and comments with words of all kinds, and between them what is neither, in several spellings."""
    lines = []
    for n in range(48):
        words, places = WORDS[n % len(WORDS)], ("ticket", "comment")
        found = {
            "ticket": {"id": n, "requester_id": 3, "status": "open", "description": words, "tags": ["a", "b"],
                       "metric_set": {"reply_time_in_minutes": {"calendar": n / 7}}, "via": {"channel": "web"}},
            "comment": {"id": n, "ticket_id": 1, "author_id": 3, "public": bool(n % 3), "body": words, "parts": [{}]},
        }[places[n % 5 == 4]]  # fmt: skip
        spelt = {"ensure_ascii": n % 2 == 0, "separators": (",", ":") if n % 3 else (" , ", " : ")}
        lines.append(json.dumps(found, **spelt))
        if n % 4 == 0:
            lines.append(json.dumps(OTHERS[n // 4 % len(OTHERS)]))
    return ("\n".join(lines) + "\n").encode()


def records(path, monkeypatch, is_swift):
    """Place, kind and content of every row, and the rejects, in their order."""
    monkeypatch.setattr(swift, "WORTH", 0 if is_swift else 1 << 60)
    rows, rejects = [], []
    for piece in reading.pieces_of("zendesk_json", Export(path)):
        if isinstance(piece, pa.Table):
            body = storing.WRITTEN if "written" in piece.column_names else "body"
            rows += duckdb.sql(f"select line_no, item_no, kind, {body} from piece").fetchall()
        else:
            rejects += piece
    return [(line_no, item_no, kind, json.loads(body)) for line_no, item_no, kind, body in rows], rejects


@pytest.mark.parametrize("mutator", JSON, ids=lambda mutator: mutator.change.__name__)
def test_lines_read_swiftly_and_exactly_hold_the_same_rows(tmp_path, monkeypatch, mutator):
    path = tmp_path / "t.jsonl"
    for seed, block in enumerate((3_000, 1 << 23)):
        monkeypatch.setattr(swift, "BLOCK", block)
        path.write_bytes(mutator.change(Random(f"{seed}/{block}"), tickets()))
        exact = records(path, monkeypatch, is_swift=False)
        assert records(path, monkeypatch, is_swift=True) == exact, seed


def test_lines_are_told_swiftly_where_nothing_is_unusual(tmp_path, monkeypatch):
    monkeypatch.setattr(swift, "WORTH", 0)
    path = tmp_path / "t.jsonl"
    path.write_bytes(tickets())
    assert swift.is_swift("zendesk_json", Export(path))
    (table,) = (piece for piece in swift.blocks_of("zendesk_json", Export(path)) if isinstance(piece, pa.Table))
    assert table["written"].null_count < len(table) / 2
    assert table["line_no"].to_pylist() == sorted(table["line_no"].to_pylist())
    monkeypatch.setattr(swift, "WORTH", 1 << 20)
    assert not swift.is_swift("zendesk_json", Export(path))


@pytest.mark.parametrize("line", ['{"id": 1, "requester_id": 2, "description": "x", "a": NaN}',
                                  '{"id": 1, "requester_id": 2, "description": "x", "a": [1, ]}',
                                  '{"id": 1, "requester_id": 2, "description": "x",}',
                                  '{"id": 1, "requester_id": 2, "description": "\\ud83d"}'])  # fmt: skip
def test_what_only_duckdb_takes_for_json_is_read_exactly(tmp_path, monkeypatch, line):
    path = tmp_path / "t.jsonl"
    path.write_bytes(tickets() + line.encode() + b"\n" + tickets())
    exact = records(path, monkeypatch, is_swift=False)
    assert records(path, monkeypatch, is_swift=True) == exact
