"""The training flow: does what `vocpipe train` does and leaves an artifact that says so."""

from __future__ import annotations

from flows import train as flow_module
from vocpipe import training
from vocpipe.training import Outcome


def test_the_flow_tells_what_became_of_each_model(monkeypatch, prefect_server, tmp_path):
    from prefect.client.orchestration import get_client

    outcomes = [
        Outcome("sentiment", "adapted-1-0", True, "in use: better by +0.1"),
        Outcome("topic", None, False, "few"),
    ]
    monkeypatch.setattr(training, "train", lambda project: outcomes)
    monkeypatch.setattr(training, "backlog", lambda project: {"sentiment": 1200, "topic": 0})
    flow_module.train(str(tmp_path))
    with get_client(sync_client=True) as client:
        found = client.request("POST", "/artifacts/latest/filter", json={}).json()
    text = next(item["data"] for item in found if item["key"] == "vocpipe-train")
    assert "| sentiment | adapted-1-0 | yes | in use: better by +0.1 |" in text
    assert "| topic |  | no | few |" in text
    assert "1,200 different texts wait for the sentiment model in use" in text
    assert "topic model" not in text
