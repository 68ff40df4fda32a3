"""The Prefect flow: publishes what the plain run publishes, leaves an artifact, fails where a stage fails."""

from __future__ import annotations

import inspect
import json
from datetime import UTC, date, datetime, timedelta
from importlib import import_module
from pathlib import Path

import pytest
import yaml
from prefect.blocks.abstract import NotificationBlock
from prefect.client.orchestration import get_client
from prefect.client.schemas.schedules import CronSchedule
from project import AS_OF, qualtrics, read_quickly, response, write

import vocpipe
from flows import actions as actions_module
from flows import nightly as flow_module
from flows import serve
from flows.backfill import backfill
from vocpipe import acting, logs, pipeline
from vocpipe.contracts import RunError, UsageError
from vocpipe.proposing import init


@pytest.fixture
def project(tmp_path):
    folder = write(tmp_path / "shop", {"q.csv": qualtrics([response(n, n % 11) for n in range(40)])})
    init(folder, {}, force=False)
    read_quickly(folder)
    return folder


def test_the_flow_publishes_and_leaves_an_artifact(project, prefect_server):
    flow_module.nightly(str(project), as_of=AS_OF.replace(tzinfo=UTC))
    with vocpipe.connect(project) as con:
        assert con.execute("select count(*) from marts.interactions").fetchall() == [(40,)]
        assert con.execute("select outcome, problem from quality.runs").fetchall() == [("published", None)]
    assert (project / "work" / "private.duckdb").is_file()
    text = artifact("vocpipe-nightly")
    assert "| 40 | 40 | 0 | 0 | 40 |" in text
    assert "nps" in text
    assert "@" not in text
    table = {row["metric"]: row for row in json.loads(artifact("vocpipe-metrics"))}
    assert table["nps"]["n"] == 40
    assert table["nps"]["before"] is None
    stages = [json.loads(line)["stage"] for line in (project / logs.FILE).read_text().splitlines()[:-1]]
    assert stages == ["ingest", "resolve", "enrich", "build", "check", "publish", "report"]


def artifact(key):
    """The newest artifact of that name."""
    with get_client(sync_client=True) as client:
        found = client.request("POST", "/artifacts/latest/filter", json={}).json()
    return next(item["data"] for item in found if item["key"] == key)


HEARD: list[tuple[str | None, str]] = []


class Heard(NotificationBlock):
    """A block that notifies a list."""

    _block_type_slug = "heard"

    def notify(self, body, subject=None):
        HEARD.append((subject, body))


def test_a_source_at_fault_stops_no_other_but_the_run_is_not_well_and_a_block_is_told(project, prefect_server):
    Heard().save("ops")
    settings = project / "vocpipe.toml"
    broken = '\n[[sources]]\nname = "crm"\nformat = "crm_csv"\nfiles = ["crm.csv"]\ncolumns = { id = "no_such" }\n'
    settings.write_text(
        settings.read_text(encoding="utf-8") + broken + '\n[notify]\nblock = "heard/ops"\n', encoding="utf-8"
    )
    (project / "crm.csv").write_text("customer_id,email,name\nK1,a@example.com,Ana Lopez\n", encoding="utf-8")
    with pytest.raises(RunError, match="went on without 1 of its sources"):
        flow_module.nightly(str(project), as_of=AS_OF)
    with vocpipe.connect(project) as con:
        assert con.execute("select count(*) from marts.interactions").fetchall() == [(40,)]
    assert "Not complete" in artifact("vocpipe-nightly")
    ((subject, body),) = HEARD
    assert subject.startswith("vocpipe shop: 2 things to look at")
    assert body.count(": source crm (check; acknowledge: ") == 2  # it was left out, and has brought nothing


def test_a_block_that_is_not_there_is_told_before_the_run(project, prefect_server):
    settings = project / "vocpipe.toml"
    text = settings.read_text(encoding="utf-8")
    settings.write_text(text + '\n[notify]\nblock = "slack-webhook/nobody"\n', encoding="utf-8")
    with pytest.raises(UsageError, match="Prefect has no block"):
        flow_module.nightly(str(project), as_of=AS_OF)
    assert not (project / "published").exists()


def test_the_deployments_for_a_work_pool_are_flows_with_their_parameters():
    path = Path(flow_module.__file__).with_name("prefect.yaml")
    deployments = yaml.safe_load(path.read_text(encoding="utf-8"))["deployments"]
    assert [one["name"] for one in deployments] == ["nightly", "backfill", "train"]
    for one in deployments:
        path, name = one["entrypoint"].split(":")
        flow = getattr(import_module(path.removesuffix(".py").replace("/", ".")), name)
        assert set(one["parameters"]) <= set(inspect.signature(flow.fn).parameters)
        assert one["concurrency_limit"] == {"limit": 1, "collision_strategy": "ENQUEUE"}
        for schedule in one.get("schedules", []):
            CronSchedule(**schedule)


def test_a_backfill_is_a_task_a_day_and_publishes_the_last(project, prefect_server, monkeypatch):
    days = []

    def run(directory, **given):
        days.append((given["as_of"], given["no_publish"]))
        summary = pipeline.Summary(pipeline.begin(directory, as_of=given["as_of"]))
        summary.counts["ingest"] = {"stopped": ["source 'crm' is stopped"], "reasons": {}, "problems": [],
                                    "new columns": [], "rows in": 1, "rows used": 1, "rows set aside": 0,
                                    "rows unchanged": 0, "rows new in this run": 1}  # fmt: skip
        return summary

    monkeypatch.setattr(pipeline, "run", run)
    with pytest.raises(RunError, match="2 of 2 days went on without"):
        backfill(str(project), date(2026, 6, 29), date(2026, 6, 30))
    assert days == [(datetime(2026, 6, 30), True), (datetime(2026, 7, 1), False)]


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
