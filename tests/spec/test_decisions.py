"""The file of decisions: what a line is, what stands, what is refused, and what a damaged line stops."""

from __future__ import annotations

import json
import stat
import subprocess
import sys
import threading
import time
from datetime import datetime

import pytest
from filelock import FileLock

from vocpipe import decisions
from vocpipe.cli import main
from vocpipe.contracts import RunError, UsageError
from vocpipe.decisions import Record

A, B, C, D = (Record("crm", f"K{n}") for n in range(1, 5))
WHO = {"by": "Eva", "why": "same signature"}


def judge(folder, verdict, a, b, by="Eva"):
    return decisions.judge(folder, verdict, a, b, by, "same signature")


def lines(folder):
    return decisions.path_of(folder).read_text(encoding="utf-8").splitlines()


def by_hand(folder, *entries):
    """Lines as an editor, or two commands at once, would leave them."""
    path = decisions.path_of(folder)
    path.parent.mkdir(exist_ok=True)
    with path.open("a", encoding="utf-8") as file:
        file.writelines(f"{entry if isinstance(entry, str) else json.dumps(entry)}\n" for entry in entries)


def entry(number, **parts):
    return {
        "decision": f"{number:016x}", "kind": "identity", "verdict": "same", "a": A._asdict(), "b": B._asdict(),
        "by": "Eva", "why": "same signature", "at": "2026-07-01T12:00:00Z",
    } | parts  # fmt: skip


def test_a_judgement_is_one_line_that_only_its_owner_can_read(tmp_path):
    made = judge(tmp_path, "same", A, B)
    (line,) = lines(tmp_path)
    assert json.loads(line) == {
        "decision": made.decision_id, "kind": "identity", "verdict": "same",
        "a": {"source": "crm", "record_id": "K1"}, "b": {"source": "crm", "record_id": "K2"},
        "by": "Eva", "why": "same signature", "at": f"{made.at.isoformat()}Z",
    }  # fmt: skip
    assert decisions.lines.DECISION_ID.fullmatch(made.decision_id)
    assert decisions.read(tmp_path) == [made]
    assert stat.S_IMODE(decisions.path_of(tmp_path).stat().st_mode) == 0o600
    assert stat.S_IMODE(decisions.path_of(tmp_path).parent.stat().st_mode) == 0o700


def test_no_file_is_no_decision(tmp_path):
    assert decisions.read(tmp_path) == []
    assert decisions.pairs(tmp_path) == []


def test_times_with_a_zone_are_read_as_utc(tmp_path):
    by_hand(tmp_path, entry(1, at="2026-07-01T12:00:00+02:00"))
    assert decisions.read(tmp_path)[0].at == datetime(2026, 7, 1, 10)


def test_the_same_judgement_twice_is_written_once(tmp_path):
    made = judge(tmp_path, "same", A, B)
    assert judge(tmp_path, "same", B, A, by="Ole") == made
    assert len(lines(tmp_path)) == 1


def test_a_withdrawn_judgement_is_marked_and_stands_no_longer(tmp_path):
    first, second = judge(tmp_path, "same", A, B), judge(tmp_path, "different", A, C)
    decisions.withdraw(tmp_path, first.decision_id, "Ole", "mixed up")
    marked, kept = decisions.read(tmp_path)
    assert (marked.decision_id, marked.withdrawn.by, marked.withdrawn.why) == (first.decision_id, "Ole", "mixed up")
    assert decisions.standing(decisions.read(tmp_path)) == [kept] == [second]
    assert [pair.decision_id for pair in decisions.pairs(tmp_path)] == [second.decision_id]
    assert len(lines(tmp_path)) == 3, "nothing is removed"
    with pytest.raises(UsageError, match="withdrawn by Ole"):
        decisions.withdraw(tmp_path, first.decision_id, "Eva", "again")
    with pytest.raises(UsageError, match="--list"):
        decisions.withdraw(tmp_path, "0" * 16, "Eva", "never was")


def test_different_against_a_chain_of_same_is_refused_by_name(tmp_path):
    one, two = judge(tmp_path, "same", A, B), judge(tmp_path, "same", B, C, by="Ole")
    with pytest.raises(UsageError) as refused:
        judge(tmp_path, "different", A, C)
    for made in (one, two):
        assert f"decision {made.decision_id}" in str(refused.value)
        assert f"{made.by}, {made.at:%Y-%m-%d}" in str(refused.value)
    assert f"withdraw {one.decision_id} --by WHO --why TEXT" in str(refused.value)
    assert len(lines(tmp_path)) == 2
    decisions.withdraw(tmp_path, two.decision_id, **WHO)
    judge(tmp_path, "different", A, C)


def test_a_chain_of_same_against_different_is_refused_by_name(tmp_path):
    apart = judge(tmp_path, "different", A, D)
    judge(tmp_path, "same", A, B)
    judge(tmp_path, "same", C, D)
    with pytest.raises(UsageError, match=f"decision {apart.decision_id}"):
        judge(tmp_path, "same", B, C)
    decisions.withdraw(tmp_path, apart.decision_id, **WHO)
    judge(tmp_path, "same", B, C)
    with pytest.raises(UsageError, match="cannot be judged different"):
        judge(tmp_path, "different", A, D)


def test_what_contradicts_in_the_file_is_handed_on_with_the_reason(tmp_path):
    """Two people at once, or a file put together by hand: the earlier line counts, the run tells of the later one."""
    by_hand(
        tmp_path,
        entry(1),
        entry(2, verdict="different", a=B._asdict(), b=A._asdict()),
        entry(3, a=B._asdict(), b=C._asdict()),
    )
    first, second, third = decisions.pairs(tmp_path)
    assert first[:7] == (f"{1:016x}", "same", "crm", "K1", "crm", "K2", "Eva")
    assert (first.conflict, third.conflict) == (None, None)
    assert second.conflict.startswith(f"contradicts decision {1:016x} (crm:K1 and crm:K2 are the same person; Eva")


@pytest.mark.parametrize(("by", "why"), [("", "x"), ("Eva", "  "), ("Eva", "\udc80"), ("\udfff", "x")])
def test_who_and_why_are_asked_for(tmp_path, by, why):
    with pytest.raises(UsageError, match=r"--by.*--why"):
        decisions.judge(tmp_path, "same", A, B, by, why)
    assert not decisions.path_of(tmp_path).exists()


def test_one_record_cannot_be_judged_against_itself(tmp_path):
    with pytest.raises(UsageError, match="name two records"):
        judge(tmp_path, "same", A, A)


def test_decisions_of_other_kinds_are_kept_and_passed_over(tmp_path):
    by_hand(tmp_path, entry(1, kind="correction", of="x:1"), entry(2, kind="withdraw", of=f"{1:016x}"), entry(3))
    judge(tmp_path, "same", B, C)
    assert next(d.decision_id for d in decisions.read(tmp_path)) == f"{3:016x}"
    assert len(lines(tmp_path)) == 4


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ('{"decision": "00000000000000', "no whole JSON object"),
        ("\x00\x00\x00", "no whole JSON object"),
        ('"same"', "no JSON object"),
        (entry(2, by=None), '"by" is missing'),
        (entry(2, why=" "), '"why" is missing'),
        (entry(2, why="\udc80"), '"why" is missing or no text'),
        (entry(2, decision="2"), "not 16 hexadecimal digits"),
        (entry(2, at="yesterday"), '"at" is no time'),
        (entry(2, verdict="unsure"), '"verdict" is neither'),
        (entry(2, a="crm:K1"), '"a" does not name'),
        (entry(2, b={"source": "crm", "record_id": 2}), '"b" does not name'),
        (entry(2, b=A._asdict()), "are one record"),
        (entry(1), "stands on an earlier line already"),
        (entry(2, kind="withdraw", of="0" * 16), "no line before it"),
    ],
)
def test_a_damaged_line_stops_judging_and_running_by_its_number(tmp_path, capsys, line, what):
    by_hand(tmp_path, entry(1), "", line)
    with pytest.raises(UsageError, match=r"decisions\.jsonl, line 3, is damaged") as refused:
        decisions.read(tmp_path)
    assert what in str(refused.value)
    assert "mend that line" in str(refused.value)
    before = lines(tmp_path)
    with pytest.raises(UsageError, match="line 3"):
        judge(tmp_path, "same", B, C)
    assert lines(tmp_path) == before
    (tmp_path / "vocpipe.toml").write_text('[[sources]]\nname = "s"\nformat = "crm_csv"\nfiles = ["*.csv"]\n')
    assert main(["run", str(tmp_path)]) == 2
    assert "line 3, is damaged" in capsys.readouterr().err
    assert not (tmp_path / "work" / "warehouse.duckdb").exists(), "nothing was started"


def test_bytes_that_are_no_text_are_damage(tmp_path):
    by_hand(tmp_path, entry(1))
    with decisions.path_of(tmp_path).open("ab") as file:
        file.write(b'{"by": "\xff"}\n')
    with pytest.raises(UsageError, match="line 2"):
        decisions.read(tmp_path)


def test_a_last_line_without_its_end_stays_a_line_of_its_own(tmp_path):
    by_hand(tmp_path, entry(1))
    path = decisions.path_of(tmp_path)
    path.write_text(path.read_text(encoding="utf-8").rstrip("\n"), encoding="utf-8")
    judge(tmp_path, "same", B, C)
    assert [d.b for d in decisions.read(tmp_path)] == [B, C]


MANY = """
import sys, time
from pathlib import Path
from vocpipe import decisions
from vocpipe.decisions import Record
folder, name = Path(sys.argv[1]), sys.argv[2]
(folder / name).touch()
while len(list(folder.glob("*.ready"))) < 2:
    time.sleep(0.001)
for n in range(60):
    decisions.judge(folder, "same", Record("crm", f"{name}{n}"), Record("web", f"{name}{n}"), name, "x" * 3000)
"""


def test_two_commands_at_once_mix_no_lines_and_lose_none(tmp_path):
    command = [sys.executable, "-c", MANY, tmp_path]
    writers = [subprocess.Popen([*command, f"{name}.ready"]) for name in ("one", "two")]
    assert [writer.wait(60) for writer in writers] == [0, 0]
    found = decisions.read(tmp_path)
    assert len(found) == len(lines(tmp_path)) == 120
    assert {d.by for d in found} == {"one.ready", "two.ready"}


def test_a_second_command_looks_only_when_the_first_has_written(tmp_path):
    """Two that contradict each other, both begun before either stands: only one may be written."""
    (tmp_path / "work").mkdir()
    refused = []

    def contradicting():
        try:
            judge(tmp_path, "different", A, B)
        except UsageError as problem:
            refused.append(problem)

    second = threading.Thread(target=contradicting)
    with FileLock(decisions.path_of(tmp_path).with_suffix(".lock")):
        second.start()
        time.sleep(0.2)  # time enough to write, were it not to wait
        assert not decisions.path_of(tmp_path).exists()
        by_hand(tmp_path, entry(1))
    second.join(60)
    assert len(refused) == 1 and len(lines(tmp_path)) == 1


def test_a_disk_that_takes_only_a_part_is_told(tmp_path, monkeypatch):
    monkeypatch.setattr(decisions.lines.os, "write", lambda descriptor, line: len(line) - 1)
    with pytest.raises(RunError, match="remove it, then judge again"):
        judge(tmp_path, "same", A, B)
