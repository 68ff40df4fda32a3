"""What the README shows works as it stands there, on the sample's files in a folder called `exports`."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from textwrap import dedent

import duckdb
import pytest

import vocpipe
from flows.serve import parser as serve_parser
from vocpipe import decisions
from vocpipe.cli import main, parser
from vocpipe.settings import NotifySettings
from vocpipe.settings.parts import ActionSettings
from vocpipe.warehouse.checking import checks

README = Path(__file__).parent.parent / "README.md"
BLOCKS = re.findall(r"```(\w+)\n(.*?)```", README.read_text(encoding="utf-8"), flags=re.DOTALL)
COMMANDS = [line for kind, text in BLOCKS if kind == "sh" for line in text.splitlines()]


GUIDE = (README.parent / "vocpipe" / "docs" / "judging.md").read_text(encoding="utf-8")
JUDGING: dict[str, list[str]] = {}
for kind, text in re.findall(r"```(\w+)\n(.*?)```", GUIDE, flags=re.DOTALL):
    JUDGING.setdefault(kind, []).append(text)


OPERATING = (README.parent / "vocpipe" / "docs" / "operating.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def folder(sample_folder, tmp_path_factory):
    home = tmp_path_factory.mktemp("readme")
    shutil.copytree(sample_folder, home / "exports")
    return home


def test_the_two_command_lines_stand_first():
    assert COMMANDS[:2] == [
        "pip install -c constraints.txt -e . && vocpipe demo",
        'pip install -c constraints.txt -e ".[test]" && pytest',
    ]


def test_every_command_runs(folder, monkeypatch, capsys):
    monkeypatch.chdir(folder)
    for line in COMMANDS[2:]:
        program, *arguments = shlex.split(line)
        if program == "vocpipe":
            assert main(arguments) == 0, f"{line}: {capsys.readouterr().err}"
        else:
            assert (program, arguments[:2]) == ("python", ["-m", "flows.serve"])
            assert serve_parser().parse_args(arguments[2:]).timezone == "Europe/Berlin"
    for line in re.findall(r"`(vocpipe [^`]*exports[^`]*)`", README.read_text(encoding="utf-8")):
        assert main(shlex.split(line)[1:]) == 0, line


def test_every_command_of_the_guide_to_judging_runs(folder, monkeypatch, capsys):
    assert (folder / "exports" / "work" / "private.duckdb").is_file(), "the commands above come first"
    monkeypatch.chdir(folder)
    for line in (line for text in JUDGING["sh"] for line in text.splitlines()):
        assert main(shlex.split(line)[1:]) == 0, f"{line}: {capsys.readouterr().err}"
    assert [decision.verdict for decision in decisions.read(Path("exports"))] == ["same", "different"]
    assert parser().parse_args(shlex.split(JUDGING["text"][0])[1:]).words[0] == "withdraw"
    with duckdb.connect() as con:
        assert con.execute(JUDGING["sql"][0]).fetchall()
        tables = con.execute(
            "select 'people.' || table_name from duckdb_tables() where schema_name = 'people'"
        ).fetchall()
    assert set(re.findall(r"`(people\.\w+)`", GUIDE)) == {name for (name,) in tables}


def test_every_command_of_the_guide_to_privacy_is_one(folder, monkeypatch, capsys):
    assert (folder / "exports" / "published").is_dir(), "the commands above come first"
    monkeypatch.chdir(folder)
    guide = (README.parent / "vocpipe" / "docs" / "privacy.md").read_text(encoding="utf-8")
    for line in (line for text in re.findall(r"```sh\n(.*?)```", guide, flags=re.DOTALL) for line in text.splitlines()):
        assert main(shlex.split(line)[1:]) == 0, f"{line}: {capsys.readouterr().err}"
    (shown,) = re.findall(r"```text\n(.*?)```", guide, flags=re.DOTALL)
    for line in shown.splitlines():
        assert parser().parse_args(shlex.split(line)[1:]).directory == Path("exports")


def test_every_command_of_the_guide_to_actions_runs(folder, monkeypatch, capsys):
    guide = (README.parent / "vocpipe" / "docs" / "actions.md").read_text(encoding="utf-8")
    monkeypatch.chdir(folder)
    for line in (line for text in re.findall(r"```sh\n(.*?)```", guide, flags=re.DOTALL) for line in text.splitlines()):
        if line != "vocpipe run exports":  # it was done above
            assert main(shlex.split(line)[1:]) == 0, f"{line}: {capsys.readouterr().err}"
    (settings,) = re.findall(r"^    (\[actions\]\n(?:    .*\n)+)", guide, flags=re.MULTILINE)
    chosen = ActionSettings.model_validate(tomllib.loads(dedent(f"    {settings}"))["actions"])
    assert chosen.owners_told()["transaction"] == "sales team"
    named = set(re.findall(r"\(`(\w+)`[,):]", guide)) | {
        "several_turns",
        "public_lean",
        "public_lean_coarse",
        "recall_target",
    }
    assert named - {"project"} <= set(ActionSettings.model_fields), named
    found = {path.name for path in Path("exports/published/actions").iterdir()}
    assert set(re.findall(r"^\| `(\w+\.csv)`", guide, flags=re.MULTILINE)) == found
    with vocpipe.connect(Path("exports")) as con:
        tables = {f"{s}.{t}" for s, t in con.execute("select schema_name, table_name from duckdb_tables()").fetchall()}
    assert set(re.findall(r"`((?:marts|metrics|actions|quality)\.\w+)`", guide)) <= tables


def test_every_command_of_the_guide_to_operating_runs(folder, monkeypatch, capsys):
    assert (folder / "exports" / "published").is_dir(), "the commands above come first"
    monkeypatch.chdir(folder)
    blocks = re.findall(r"```(\w+)\n(.*?)```", OPERATING, flags=re.DOTALL)
    for line in (line for kind, text in blocks if kind == "sh" for line in text.splitlines()):
        program, *arguments = shlex.split(line)
        if program == "python":
            assert serve_parser().parse_args(arguments[2:]).cron == "0 2 * * *"
        elif arguments[0] == "backfill":  # whole runs: tests/spec/test_operating.py
            assert parser().parse_args(arguments).start < parser().parse_args(arguments).end
        else:
            assert main(arguments) == 0, f"{line}: {capsys.readouterr()}"
    (shown,) = (text for kind, text in blocks if kind == "toml")
    assert NotifySettings.model_validate(tomllib.loads(shown)["notify"]).block == "slack-webhook/ops"
    named = set(re.findall(r"`(\w+)`", OPERATING.split("## Gates")[1].split("## Messages")[0]))
    assert named - {"fail", "warn", "stale_days"} <= {select.name for _, select in checks()}


def test_the_lines_of_decisions_shown_are_read(tmp_path):
    path = decisions.path_of(tmp_path)
    path.parent.mkdir()
    path.write_text(JUDGING["json"][0], encoding="utf-8")
    (shown,) = decisions.read(tmp_path)
    assert shown.withdrawn.by == "Ole"


def test_the_python_shown_runs(folder):
    assert (folder / "exports" / "published").is_dir(), "the commands above come first"
    for code in (text for kind, text in BLOCKS if kind == "python"):
        done = subprocess.run([sys.executable, "-c", code], cwd=folder, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        assert "tweet" in done.stdout


def test_every_table_and_link_named_exists(folder):
    text = README.read_text(encoding="utf-8")
    assert all((README.parent / link).exists() for link in re.findall(r"\]\((?!http)([^)#]+)\)", text))
    with vocpipe.connect(folder / "exports") as con:
        found = {f"{s}.{t}" for s, t in con.execute("select schema_name, table_name from duckdb_tables()").fetchall()}
    assert set(re.findall(r"`((?:marts|metrics|actions|quality)\.\w+)`", text)) <= found
