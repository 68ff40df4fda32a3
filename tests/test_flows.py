"""The Prefect flow: publishes what the plain run publishes, leaves an artifact, fails where a stage fails."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from project import AS_OF, qualtrics, response, write

import vocpipe
from flows import actions as actions_module
from flows import nightly as flow_module
from flows import serve
from vocpipe import acting, pipeline
from vocpipe.contracts import UsageError
from vocpipe.proposing import init


@pytest.fixture
def project(tmp_path):
    folder = write(tmp_path / "shop", {"q.csv": qualtrics([response(n, n % 11) for n in range(40)])})
    init(folder, {}, force=False)
    return folder


def test_the_flow_publishes_and_leaves_an_artifact(project, prefect_server):
    from prefect.client.orchestration import get_client

    flow_module.nightly(str(project), as_of=AS_OF.replace(tzinfo=UTC))
    with vocpipe.connect(project) as con:
        assert con.execute("select count(*) from marts.interactions").fetchall() == [(40,)]
        assert con.execute("select outcome, problem from quality.runs").fetchall() == [("published", None)]
    assert (project / "work" / "private.duckdb").is_file()
    with get_client(sync_client=True) as client:
        found = client.request("POST", "/artifacts/latest/filter", json={}).json()
    text = next(item["data"] for item in found if item["key"] == "vocpipe-nightly")
    assert "| 40 | 40 | 0 | 0 | 40 |" in text
    assert "nps" in text
    assert "@" not in text


def test_a_stage_that_fails_fails_the_flow_and_is_not_tried_again(project, prefect_server):
    (project / "vocpipe.toml").write_text(
        (project / "vocpipe.toml").read_text(encoding="utf-8").replace('taxonomy = "', 'taxonomy = "no_'),
        encoding="utf-8",
    )
    started = datetime.now(UTC)
    with pytest.raises(UsageError, match="name a starter"):
        flow_module.nightly(str(project), as_of=AS_OF)
    assert datetime.now(UTC) - started < timedelta(seconds=10)  # the first retry would wait for ten seconds
    assert not (project / "published").exists()


def test_the_flow_of_every_quarter_of_an_hour_tells_the_lists_and_gives_way(project, prefect_server, monkeypatch):
    from prefect.client.orchestration import get_client

    def told():
        actions_module.actions(str(project))
        with get_client(sync_client=True) as client:
            found = client.request("POST", "/artifacts/latest/filter", json={}).json()
        return next(item["data"] for item in found if item["key"] == "vocpipe-actions")

    done = pipeline.Summary(pipeline.begin(project), {"build": {"suppress_marketing": 1200}})
    monkeypatch.setattr(acting, "act", lambda _project: done)
    assert "| suppress_marketing | 1,200 |" in told()

    def busy(_project):
        raise acting.Busy("Another run is working")

    monkeypatch.setattr(acting, "act", busy)
    assert "Another run was on" in told()


@pytest.mark.parametrize(("days_late", "expected"), [(0, None), (3, "scheduled")])
def test_a_backlog_run_sees_what_was_known_at_its_scheduled_time(project, monkeypatch, days_late, expected):
    scheduled = datetime.now(UTC).replace(microsecond=0) - timedelta(days=days_late)
    monkeypatch.setattr(flow_module, "flow_run", type("Stub", (), {"scheduled_start_time": scheduled}))
    found = flow_module.backlog_time(project)
    assert found == (scheduled if expected else None)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--cron", "every night"], "is no cron line"),
        (["--timezone", "Mars/Base"], "is no time zone"),
    ],
)
def test_serving_checks_its_arguments_first(project, capsys, arguments, told):
    assert serve.main([str(project), *arguments]) == 2
    assert told in capsys.readouterr().err


def test_serving_a_folder_without_settings_says_what_to_do(tmp_path, capsys):
    assert serve.main([str(tmp_path)]) == 2
    assert "vocpipe init" in capsys.readouterr().err
