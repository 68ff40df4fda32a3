"""Survey and desk exports as workbooks: the same file as CSV and as XLSX gives the same answers."""

from __future__ import annotations

import re
from datetime import datetime

import pytest
from packed import workbook

from vocpipe.exports import Export
from vocpipe.sources import formats
from vocpipe.tabular import rows_of
from vocpipe.warehouse import rows

VENDORS = ("qualtrics_csv", "surveymonkey_csv", "typeform_csv", "google_forms_csv", "zendesk_csv", "freshdesk_csv")
CLOCKS = ("%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%m/%d/%Y %H:%M:%S")


def typed(cell):
    """A cell as a spreadsheet keeps it: a time, a number, a text."""
    for clock in CLOCKS:
        try:
            return datetime.strptime(cell, clock)
        except ValueError:
            continue
    return int(cell) if re.fullmatch(r"[1-9][0-9]{0,9}|0", cell) else cell


def staged_answers(staged, folder):
    """What the file of a folder says, without where it stands."""
    with staged(folder) as con:
        turns = "interaction_id, conversation_id, cast(occurred_at as varchar), verbatim"
        return [
            rows(con, f"select {turns} from staging.turns order by all"),
            rows(con, "select response_id, question_id, metric, answer from conformed.answers order by all"),
            rows(con, "select kind, record_key, reason from staging.records order by all"),
            rows(con, "select identifier_type, identifier from staging.identifiers order by all"),
        ]


@pytest.mark.parametrize("vendor", VENDORS)
def test_a_workbook_says_what_the_csv_says(vendor, tmp_path, staged):
    ((file, content),) = formats()[vendor].EXAMPLE.items()
    for folder in ("csv", "xlsx"):
        (tmp_path / folder).mkdir()
    (tmp_path / "csv" / file).write_bytes(content)
    cells = [line for _, line in rows_of(Export(tmp_path / "csv" / file))]
    sheet = [line if number == 0 else [typed(cell) for cell in line] for number, line in enumerate(cells)]
    (tmp_path / "xlsx" / "export.xlsx").write_bytes(workbook(Sheet=sheet))
    expected = staged_answers(staged, tmp_path / "csv")
    assert any(expected)
    assert staged_answers(staged, tmp_path / "xlsx") == expected
