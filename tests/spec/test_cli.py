"""The command line: exit codes, one sentence on stderr, help with examples, results as table, CSV and JSON."""

from __future__ import annotations

import csv
import io
import json
import shutil
import subprocess

import pytest
from project import qualtrics, read_quickly, response, write

from vocpipe.cli import commands_of, main, parser


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    rows = [response(n, n % 11, Status="1" if n == 7 else "0") for n in range(40)]
    folder = write(tmp_path_factory.mktemp("cli"), {"q.csv": qualtrics(rows)})
    assert main(["init", str(folder)]) == 0
    read_quickly(folder)
    assert main(["run", str(folder), "--as-of", "2026-07-01T00:00:00Z"]) == 0
    return folder


def told(capsys, *arguments):
    code = main([str(argument) for argument in arguments])
    out = capsys.readouterr()
    return code, out.out, out.err


def test_run_ends_with_rows_linked_share_metrics_and_where_it_published(project, capsys):
    code, out, _ = told(capsys, "run", project, "--as-of", "2026-07-01T02:00:00+02:00")
    assert code == 0
    assert "Rows: 40 in = 39 used + 1 set aside" in out
    assert "1  a preview or test of the survey, no customer" in out
    assert "39 interactions, 0.0 % linked" in out
    assert "95 % CI" in out
    assert "n = 39" in out
    assert f"Published: {project}" in out


def test_check_reports_each_file_and_writes_nothing(project, capsys):
    before = sorted((path, path.stat().st_mtime_ns) for path in project.rglob("*"))
    code, out, _ = told(capsys, "check", project)
    assert code == 0
    assert "q.csv: 39 of 40 rows good, newest 2026-01-28" in out
    assert "a preview or test of the survey, no customer (Status)" in out
    assert sorted((path, path.stat().st_mtime_ns) for path in project.rglob("*")) == before


def test_check_tells_of_a_new_column_a_missing_one_and_one_that_changed_its_type(project, tmp_path, capsys):
    first, *others = (project / "q.csv").read_bytes().split(b"\n")
    settings = (project / "vocpipe.toml").read_bytes()
    more = [line + cell for line, cell in zip(others, [b",Q9", b",", *[b",yes"] * len(others)], strict=False) if line]
    write(tmp_path / "new", {"q.csv": b"\n".join([first + b",Q9", *more, b""]), "vocpipe.toml": settings})
    assert "columns that the settings do not name: Q1_NPS_GROUP, Q9" in told(capsys, "check", tmp_path / "new")[1]
    write(tmp_path / "gone", {"q.csv": b"\n".join([first.replace(b"Q2", b"Q3"), *others]), "vocpipe.toml": settings})
    assert "q.csv has no column 'Q2'" in told(capsys, "check", tmp_path / "gone")[2]
    words = [first, *others[:2], *(line.replace(b",4,", b",four,") for line in others[2:])]
    write(tmp_path / "type", {"q.csv": b"\n".join(words), "vocpipe.toml": settings})
    assert "cell: " in told(capsys, "check", tmp_path / "type")[1]


def test_check_of_a_file_that_is_not_what_the_settings_say_exits_1(project, tmp_path, capsys):
    write(tmp_path, {"q.csv": b"some,other\n1,2\n", "vocpipe.toml": (project / "vocpipe.toml").read_bytes()})
    code, out, _ = told(capsys, "check", tmp_path)
    assert code == 1
    assert "q.csv: the file is no Qualtrics survey export" in out


def test_query_lists_the_tables_with_their_definitions(project, capsys):
    code, out, _ = told(capsys, "query", project)
    assert code == 0
    assert "marts.interactions" in out
    assert "One row per customer turn." in out


def test_query_gives_table_csv_and_json(project, capsys):
    sql = "select metric, count(*) as n from marts.responses group by metric order by metric"
    assert "csat" in told(capsys, "query", project, sql)[1]
    found = list(csv.reader(io.StringIO(told(capsys, "query", project, sql, "--csv")[1])))
    assert found == [["metric", "n"], ["csat", "39"], ["nps", "39"]]
    assert json.loads(told(capsys, "query", project, sql, "--json")[1]) == [
        {"metric": "csat", "n": 39}, {"metric": "nps", "n": 39}
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["query", "{project}", "select nothing from nowhere"], "the query does not run"),
        (["query", "{project}", "drop table marts.interactions"], "the query does not run"),
        (["query", "{empty}"], "run `vocpipe run"),
        (["run", "{empty}"], "run `vocpipe init"),
        (["check", "{empty}"], "run `vocpipe init"),
        (["init", "{empty}"], "no file that vocpipe can read"),
        (["init", "{project}"], "--force"),
        (["init", "{project}", "--force", "--question", "Q1"], "write ID=METRIC"),
        (["demo", "{project}"], "give a new folder"),
    ],
)
def test_a_wrong_command_is_one_sentence_on_stderr_and_exit_code_2(project, tmp_path, capsys, arguments, sentence):
    code, out, err = told(capsys, *(a.format(project=project, empty=tmp_path) for a in arguments))
    assert code == 2
    assert sentence in err
    assert err.startswith("vocpipe: ")
    assert err.count("\n") == 1
    assert not out


def test_a_disk_that_refuses_is_one_sentence_and_exit_code_1(project, capsys, monkeypatch):
    def refuse(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("vocpipe.pipeline.run", refuse)
    code, _, err = told(capsys, "run", project)
    assert code == 1
    assert "vocpipe: the disk or a file refused (No space left on device)" in err


def test_hostile_text_does_no_harm_on_the_terminal(project, capsys):
    _, out, _ = told(capsys, "query", project, r"select chr(27) || '[31mred' || chr(7) as x")
    assert "\x1b" not in out
    assert "\x07" not in out
    assert r"\x1b[31mred\x07" in out


def test_every_command_has_examples_in_its_help():
    actions = next(a for a in parser()._actions if a.choices)
    assert set(actions.choices) >= {"init", "check", "run", "demo", "query", "customer", "judge"}
    for name, command in actions.choices.items():
        assert f"vocpipe {name}" in command.format_help().split("examples:")[1]


def test_unknown_commands_and_times_exit_with_2(capsys):
    for arguments in (["fly"], ["run", "x", "--as-of", "soon"], []):
        with pytest.raises(SystemExit) as stop:
            main(arguments)
        assert stop.value.code == 2
        assert capsys.readouterr().err


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish", "tcsh"])
def test_a_shell_learns_every_command(capsys, shell):
    code, out, _ = told(capsys, "completion", shell)
    assert code == 0
    assert [name for name in commands_of(parser()) if name not in out] == []


@pytest.mark.skipif(not shutil.which("bash"), reason="needs bash")
def test_bash_completes_commands_options_and_folders(tmp_path, capsys):
    (tmp_path / "exports").mkdir()
    _, out, _ = told(capsys, "completion", "bash")
    (tmp_path / "completion.sh").write_text(out, encoding="utf-8")
    for words, wanted in (("cust", "customer"), ("run --as", "--as-of"), ("run exp", "exports")):
        last = words.split()[-1]
        script = (
            f"source ./completion.sh; COMP_WORDS=(vocpipe {words}); COMP_CWORD={len(words.split())}; "
            f"_shtab_vocpipe vocpipe {last}; printf '%s' \"${{COMPREPLY[*]}}\""
        )
        done = subprocess.run(["bash", "-c", script], cwd=tmp_path, capture_output=True, text=True, check=True)
        assert done.stdout == wanted
