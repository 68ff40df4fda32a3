"""Survey exports as vendors write them, damaged and translated: which rows count, and what each question measures."""

from __future__ import annotations

import csv
import io
from datetime import datetime
from pathlib import Path

import duckdb
import pytest
from project import write

from vocpipe import surveys
from vocpipe.exports import Export
from vocpipe.questions import number_of
from vocpipe.sources import google_forms, qualtrics, recognise, surveymonkey, typeform
from vocpipe.tabular import raw_rows
from vocpipe.warehouse import SESSION, rows

FORMATS = (qualtrics, surveymonkey, typeform, google_forms)
OWN = ["StartDate", "EndDate", "Status", "Progress", "Finished", "RecordedDate", "ResponseId"]
IMPORTS = ["startDate", "endDate", "status", "progress", "finished", "recordedDate", "_recordId"]
AT = "2026-01-05 10:00:00"


def table(*lines: list[str], delimiter: str = ",") -> bytes:
    """Rows of cells as a file."""
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, lineterminator="\n").writerows(lines)
    return out.getvalue().encode()


def own(number: int, status: str = "0", finished: str = "1") -> list[str]:
    """The cells of Qualtrics' own columns."""
    return [AT, AT, status, "100", finished, AT, f"R_{number}"]


def export(folder: Path, content: bytes, name: str = "file.csv") -> Export:
    """A file as an export."""
    return Export(write(folder, {name: content}) / name)


def questions(found) -> dict[str, str | None]:
    """The questions of a recognition by what they measure."""
    return {question.question_id: question.metric for question in found.questions}


def reasons(con) -> dict[str | None, int]:
    """How many rows are used (None) and set aside, by reason."""
    return dict(rows(con, "select reason, count(*) from staging.records group by all"))


def bodies(module, path: Export) -> list[tuple[int, str]]:
    """Line and body of what a format reads."""
    return [(row.line_no, row.body) for row in raw_rows(module.read(path))]


# --------------------------------------------------------------------------- Qualtrics


TEXTS = [f"The seat on row {n} was narrow but clean" for n in range(12)]
SCORES = [str(n) for n in range(11)] + ["10"]
WORDING = ["How likely are you to recommend us?", "Why did you give that score?"]


def three_rows(imports: list[str], extra: list[list[str]], wording: list[str] | None = None) -> bytes:
    """A current export with the columns Q1 and Q2 and whatever rows are given besides."""
    head = [[*OWN, "Q1", "Q2"], wording or [*OWN, *WORDING], imports]
    return table(*head, *([*own(n), SCORES[n], TEXTS[n]] for n in range(12)), *extra)


@pytest.mark.parametrize(
    "imports",
    [
        [f'{{"ImportId":"{name}"}}' for name in [*IMPORTS, "QID1", "QID2_TEXT"]],
        [f"{{'ImportId': '{name}'}}" for name in [*IMPORTS, "QID1", "QID2-TEXT"]],
    ],
    ids=["json", "single quotes"],
)
def test_three_header_rows_are_told_by_their_import_ids_whatever_the_language(imports, tmp_path):
    german = ["Anfangsdatum", "Enddatum", "Antworttyp", "Fortschritt", "Beendet", "Erfasst", "Antwort-ID",
              "Wie wahrscheinlich ist es, dass Sie uns weiterempfehlen?", "Warum?"]  # fmt: skip
    path = export(tmp_path, three_rows(imports, [], german))
    found = recognise(path)
    assert questions(found) == {"Q2": None, "Q1": "nps"}
    assert [line for line, _ in bodies(qualtrics, path)] == list(range(4, 16))


@pytest.mark.parametrize(
    ("lines", "count"),
    [
        ([["V1", "V8", "V9", "V10", "V7", "Q1", "Q2", ""],
          ["ResponseID", "StartDate", "EndDate", "Finished", "Status", *WORDING, ""]], 2),
        ([["ResponseID", "StartDate", "EndDate", "Finished", "Status", "Q1", "Q2"],
          ["ResponseID", "StartDate", "EndDate", "Finished", "Status", *WORDING]], 2),
        ([["Response ID", "Start Date", "End Date", "Finished", "Response Type", *WORDING]], 1),
    ],
    ids=["V1 to V10", "names twice", "one row of wording"],
)  # fmt: skip
def test_header_rows_without_import_ids_are_counted_by_the_ids_below_them(lines, count, tmp_path, staged):
    trailing = [""] * (len(lines[0]) - 7)
    data = [[f"R_{n}", AT, AT, "1", "0", SCORES[n], TEXTS[n], *trailing] for n in range(12)]
    path = export(tmp_path, b"\xef\xbb\xbf" + table(*lines, *data))
    assert sorted(questions(recognise(path)).values(), key=str) == [None, "nps"]
    assert next(line for line, _ in bodies(qualtrics, path)) == count + 1
    with staged(tmp_path) as con:
        assert reasons(con) == {None: 12}
        assert rows(con, "select sum(score) from staging.answers") == [(65,)]


def test_a_tab_separated_file_in_utf_16_is_read_too(tmp_path):
    imports = [f'{{"ImportId":"{name}"}}' for name in [*IMPORTS, "QID1", "QID2_TEXT"]]
    text = three_rows(imports, []).decode()
    tabbed = table(*csv.reader(io.StringIO(text)), delimiter="\t").decode()
    path = export(tmp_path, tabbed.encode("utf-16"), "file.tsv")
    assert questions(recognise(path)) == {"Q2": None, "Q1": "nps"}
    assert len(bodies(qualtrics, path)) == 12


def test_previews_spam_and_partials_are_set_aside_in_any_language(tmp_path, staged):
    imports = [f'{{"ImportId":"{name}"}}' for name in [*IMPORTS, "QID1", "QID2_TEXT"]]
    odd = [("1", "1"), ("Survey Preview", "True"), ("Umfragevorschau", "Wahr"), ("8", "1"), ("Spam", "TRUE"),
           ("something new", "1"), ("0", "0"), ("IP Address", "False"), ("IP-Adresse", "Wahr"), ("Imported", "TRUE"),
           ("IP Address", "True")]  # fmt: skip
    extra = [[*own(20 + n, *pair), "5", "It was all right for me"] for n, pair in enumerate(odd)]
    with staged(write(tmp_path, {"q.csv": three_rows(imports, extra)})) as con:
        assert reasons(con) == {
            None: 12 + 3,
            "a preview or test of the survey, no customer": 3,
            "marked as spam by the vendor": 2,
            "a status that is not known": 1,
            "the response was not finished": 2,
        }


@pytest.mark.parametrize("group", [["1", "2", "3"], ["Detractor", "Passive", "Promoter"]], ids=["codes", "words"])
@pytest.mark.parametrize("has_score", [True, False])
def test_an_nps_group_is_never_a_score(group, has_score, tmp_path):
    names = [*OWN, "Q1_NPS_GROUP", *(["Q1"] if has_score else [])]
    imports = [f'{{"ImportId":"{name}"}}' for name in [*IMPORTS, "QID1_NPS_GROUP", *(["QID1"] if has_score else [])]]
    data = [[*own(n), group[n % 3], *([["2", "8", "9"][n % 3]] if has_score else [])] for n in range(30)]
    found = recognise(export(tmp_path, table(names, names, imports, *data)))
    assert questions(found) == ({"Q1": "nps"} if has_score else {})
    assert has_score or any("Q1_NPS_GROUP" in note for note in found.notes)


def test_what_qualtrics_made_of_a_text_is_no_verbatim_and_a_typed_na_is_text(tmp_path, staged):
    names = [*OWN, "Q2", "Q2 - Topics", "Q2 - Sentiment"]
    marks = [*IMPORTS, "QID2_TEXT", "QID2_TEXT_ab12Topics", "QID2_TEXT_ab12Sentiment"]
    made = "the seat, the crew, the food on board"
    data = [[*own(n), text, f"{made} {n}", "Positive"] for n, text in enumerate([*TEXTS, "NA"])]
    imports = [f'{{"ImportId":"{mark}"}}' for mark in marks]
    folder = write(tmp_path, {"q.csv": table(names, names, imports, *data)})
    assert questions(recognise(Export(folder / "q.csv"))) == {"Q2": None}
    with staged(folder) as con:
        assert rows(con, "select verbatim from staging.turns where source_id = 'R_12'") == [("NA",)]


@pytest.mark.parametrize(
    ("written", "zone"), [("America/Denver", "America/Denver"), ("Z", "UTC"), ("Mars/Olympus", None)]
)
def test_the_time_zone_comes_from_the_third_row_if_it_is_one(written, zone, tmp_path):
    imports = [f'{{"ImportId":"{name}","timeZone":"{written}"}}' for name in [*IMPORTS, "QID1", "QID2_TEXT"]]
    assert recognise(export(tmp_path, three_rows(imports, []))).time_zone == zone


def test_every_column_of_a_wide_multi_part_survey_has_a_name_of_its_own(tmp_path):
    parts = ["Q44#2_4", "Q44#2_4", "Q44#2_4_2", "Q44#2_4", "Q3_1", "Q3_2"] + [f"Q9_{n}" for n in range(300)]
    wording = [*OWN, *(f"Please rate each part - part {n}" for n in range(len(parts)))]
    imports = [f"{{'ImportId': '{name}'}}" for name in [*IMPORTS, *(f"QID9-{n}" for n in range(len(parts)))]]
    data = [[*own(n), *map(str, range(len(parts)))] for n in range(3)]
    path = export(tmp_path, table([*OWN, *parts], wording, imports, *data))
    found = recognise(path)
    assert len(set(found.header)) == len(found.header) == len(OWN) + len(parts)
    assert found.segments == []
    read = list(qualtrics.read(path))
    assert read[0].cells.column_names == found.header
    assert read[0].cells.to_pylist()[0][found.header[-1]] == str(len(parts) - 1)


def test_times_that_a_spreadsheet_rewrote_are_read_by_the_column_as_a_whole(tmp_path, staged):
    names = [*OWN, "Q2"]
    imports = [f'{{"ImportId":"{name}"}}' for name in [*IMPORTS, "QID2_TEXT"]]
    data = [[*own(n), TEXTS[n]] for n in range(12)]
    for n, row in enumerate(data):
        row[1] = row[5] = f"1/{n + 5}/2026 9:{n + 10}"
    with staged(write(tmp_path, {"q.csv": table(names, names, imports, *data)})) as con:
        assert rows(con, "select occurred_at from staging.turns where source_id = 'R_11'") == [
            (datetime(2026, 1, 16, 9, 21),)
        ]


@pytest.mark.parametrize(
    ("name", "used", "aside"),
    [("sample.csv", 1, 0), ("sample_legacy.csv", 1, 0), ("Better_Sample_Survey.csv", 0, 10)],
)
def test_real_qualtrics_exports(name, used, aside, shared, tmp_path, staged):
    folder = write(tmp_path, {name: (shared / "data" / "qualtrics_csv" / name).read_bytes()})
    assert recognise(Export(folder / name)).format == "qualtrics_csv"
    with staged(folder) as con:
        found = reasons(con)
        assert (found.get(None, 0), sum(found.values()) - found.get(None, 0)) == (used, aside)


# --------------------------------------------------------------------------- SurveyMonkey

META = ["Respondent ID", "Collector ID", "Start Date", "End Date", "IP Address", "Email Address", "First Name",
        "Last Name", "Custom Data 1"]  # fmt: skip


def monkey(number: int, *answers: str) -> list[str]:
    """A response of SurveyMonkey."""
    at = f"03/{14 + number % 10}/2026 1{number % 10}:30"
    return [str(11_500_000_000 + number), "39", at, at, "", "", "", "", "", *answers]


def test_a_question_spans_the_blank_cells_of_the_first_row(tmp_path, staged):
    first = [*META, "How likely are you to recommend us?", "Which did you use?", "", "", "Tell us why"]
    second = [*[""] * 9, "Response", "The app", "The counter", "Other (please specify)", "Open-Ended Response"]
    data = [monkey(n, SCORES[n], "The app", "", "", f"“Clean” – row {n} – ok") for n in range(12)]
    content = table(first, second, *data).decode().encode("cp1252")
    found = recognise(export(tmp_path, content))
    assert found.header[9:] == [
        "How likely are you to recommend us?", "Which did you use? - The app", "Which did you use? - The counter",
        "Which did you use? - Other (please specify)", "Tell us why",
    ]  # fmt: skip
    assert questions(found) == {"Tell us why": None, "How likely are you to recommend us?": "nps"}
    with staged(tmp_path) as con:
        assert reasons(con) == {None: 12}
        assert rows(con, "select verbatim from staging.turns where source_id = '11500000003'") == [
            ("“Clean” – row 3 – ok",)
        ]
        assert rows(con, "select max(occurred_at) from staging.turns") == [(datetime(2026, 3, 23, 19, 30),)]


def test_a_second_row_that_is_blank_or_was_named_by_a_program_is_no_response(tmp_path):
    first = [*META, "Overall satisfaction (1 to 5)", "Which did you use?", "Unnamed: 11"]
    for name, second in {"a.csv": [""] * 12, "b.csv": [*[""] * 9, "Response", "App", "Desk"]}.items():
        path = export(tmp_path, table(first, second, *(monkey(n, "4", "App", "") for n in range(5))), name)
        assert recognise(path).format == "surveymonkey_csv"
        assert len(bodies(surveymonkey, path)) == 5


def test_an_open_answer_is_told_in_the_language_of_the_export(tmp_path):
    head = ["Respondent ID", "Start Date", "Was fehlt?", "Wie war es mit", ""]
    second = ["", "", "Offene Antwort", "Personal", "Essen"]
    data = [[str(118000000000 + n), "03/14/2026 10:00:00", f"Mehr Platz {n}", "gut", "gut"] for n in range(30)]
    found = surveymonkey.recognise(export(tmp_path, table(head, second, *data)))
    assert [q.question_id for q in found.questions] == ["Was fehlt?"]


def test_a_question_may_be_repeated_over_its_choices_instead(tmp_path):
    first = ["Respondent ID", "Start Date", *["Please rate each part"] * 3, "Overall"]
    second = ["", "", "Speed", "Care", "Price", ""]
    data = [[str(1000 + n), f"2026-01-{n + 10}", "5", "4", "3", "5"] for n in range(15)]
    path = export(tmp_path, table(first, second, *data))
    assert recognise(path).header[2:5] == [f"Please rate each part - {part}" for part in second[2:5]]
    assert len(bodies(surveymonkey, path)) == 15


def test_the_address_that_was_asked_for_counts_where_the_list_of_recipients_had_none(tmp_path, staged):
    first = [*META, "Contact information", "", "Tell us why"]
    second = [*[""] * 9, "Name", "Email Address", "Open-Ended Response"]
    data = [monkey(n, f"Ada {n}", f"ada{n}@example.com", TEXTS[n]) for n in range(12)]
    with staged(write(tmp_path, {"s.csv": table(first, second, *data)})) as con:
        assert rows(con, "select count(distinct identifier) from staging.identifiers") == [(12,)]
        assert rows(con, "select distinct question_id from staging.turns") == [("Tell us why",)]


NO_DATES = table(
    ["RespondentID", "How was it?", "Age"],
    *([str(3_292_953_864 + n), f"I liked the part about number {n}", "18-29"] for n in range(30)),
)


def test_a_file_without_dates_is_set_aside_until_the_settings_name_one(tmp_path, staged):
    with staged(write(tmp_path, {"s.csv": NO_DATES})) as con:
        assert reasons(con) == {surveymonkey.NO_DATE: 30}
    settings = (tmp_path / "vocpipe.toml").read_text()
    assert "occurred_on" in settings  # the note says what to write
    dated = settings.replace("[sources.columns]", '[sources.columns]\noccurred_on = "2026-02-03"')
    (tmp_path / "vocpipe.toml").write_text(dated)
    with staged(tmp_path) as con:
        assert reasons(con) == {None: 30}
        assert rows(con, "select distinct occurred_at from staging.turns") == [(datetime(2026, 2, 3),)]


def test_lines_that_end_as_on_an_old_mac_are_rows_too(tmp_path):
    path = export(tmp_path, NO_DATES.replace(b"\n", b"\r"))
    assert recognise(path).format == "surveymonkey_csv"
    assert len(bodies(surveymonkey, path)) == 30


def test_coded_columns_without_ids_are_known_by_their_content(tmp_path, staged):
    names = ["", "StartDate", "EndDate", "q0001", "q0004_0001", "q0004_0002"]
    data = [[str(n), f"5/{10 + n}/18 4:01", f"5/{10 + n}/18 4:06", "Very", "Not selected", "NA"] for n in range(15)]
    with staged(write(tmp_path, {"raw.csv": table(names, *data, data[0])})) as con:
        assert reasons(con) == {None: 15, "the same row was exported more than once": 1}


def test_an_id_that_a_spreadsheet_spoilt_is_no_key(tmp_path, staged):
    first = [*META, "Tell us why"]
    data = [monkey(n, TEXTS[n]) for n in range(12)]
    data[4][0] = "1.15E+10"
    with staged(write(tmp_path, {"s.csv": table(first, [*[""] * 9, "Open-Ended Response"], *data)})) as con:
        assert reasons(con) == {None: 11, "the id is no whole number: a spreadsheet has spoilt it": 1}


def test_a_file_in_another_language_is_told_by_its_shape(tmp_path):
    first = ["Befragten-ID", "Kollektor", "Anfang", "Ende", "Wie zufrieden sind Sie? (1 bis 5)", "Womit?", ""]
    second = ["", "", "", "", "Antwort", "App", "Schalter"]
    data = [[str(11_500_000_000 + n), "39", f"{13 + n}.03.2026 10:00", f"{13 + n}.03.2026 10:05", "4", "App", ""]
            for n in range(9)]  # fmt: skip
    found = recognise(export(tmp_path, table(first, second, *data)))
    assert found.format == "surveymonkey_csv"
    assert (found.columns["id"], found.columns["occurred_at"]) == ("Befragten-ID", "Ende")
    assert questions(found) == {"Wie zufrieden sind Sie? (1 bis 5)": "csat"}


@pytest.mark.parametrize(("name", "count"), [("StarWars.csv", 1186), ("comma-survey.csv", 1129)])
def test_real_surveymonkey_exports(name, count, shared, tmp_path, staged):
    folder = write(tmp_path, {name: (shared / "data" / "surveymonkey_csv" / name).read_bytes()})
    with staged(folder) as con:
        assert reasons(con) == {surveymonkey.NO_DATE: count}


SATISFIED = ["Very dissatisfied", "Dissatisfied", "Neither satisfied nor dissatisfied", "Satisfied", "Very satisfied"]
EASY = ["Stimme überhaupt nicht zu", "Stimme nicht zu", "Stimme eher nicht zu", "Weder noch", "Stimme eher zu",
        "Stimme zu", "Stimme voll und ganz zu"]  # fmt: skip


def test_scores_in_words_count_from_the_settings_to_the_answers(tmp_path, staged):
    asked = ["How likely are you to recommend us?", "Overall, how satisfied are you?", "Wie einfach war es für Sie?"]
    data = [monkey(n, SCORES[n % 11], SATISFIED[n % 5], EASY[n % 7]) for n in range(35)]
    for row in data:
        row[9] = {"0": "Not at all likely - 0", "10": "Extremely likely - 10"}.get(row[9], row[9])
    with staged(write(tmp_path, {"s.csv": table([*META, *asked], [*[""] * 9, *["Response"] * 3], *data)})) as con:
        found = rows(con, "select metric, count(score), sum(score) from staging.answers group by all order by 1")
        assert found == [
            ("ces", 35, 5 * 28), ("csat", 35, 7 * 15), ("nps", 35, 3 * 55 + 1),
        ]  # fmt: skip


def test_one_time_column_may_settle_day_and_month_for_the_other(tmp_path):
    data = [monkey(n, TEXTS[n]) for n in range(9)]
    for n, row in enumerate(data):
        row[2:4] = [f"03/{4 + n}/2026 23:59:00", f"03/{5 + n}/2026 00:05:00"]
    found = recognise(export(tmp_path, table([*META, "Tell us why"], [*[""] * 9, "Open-Ended Response"], *data)))
    assert found.columns["started_at_format"] == found.columns["occurred_at_format"] == "%m/%d/%Y %H:%M:%S"


# --------------------------------------------------------------------------- Typeform, Google Forms


def test_typeform_times_are_utc_and_partials_are_set_aside(tmp_path, staged):
    head = ["#", "How likely are you to recommend us?", "Why?", "Response Type", "Start Date (UTC)",
            "Stage Date (UTC)", "Submit Date (UTC)", "Network ID", "Tags", "Ending"]  # fmt: skip
    data = [[f"tok{n}", SCORES[n], TEXTS[n], "completed", AT, "", AT, "ab", "", ""] for n in range(12)]
    data.append(["tok12", "7", "", "partial", AT, AT, "", "ab", "", ""])
    found = recognise(export(tmp_path, table(head, *data)))
    assert (found.time_zone, questions(found)) == ("UTC", {"Why?": None, head[1]: "nps"})
    with staged(tmp_path) as con:
        assert reasons(con) == {None: 12, "the response was not finished": 1}
        assert rows(con, "select distinct occurred_at from staging.turns") == [(datetime(2026, 1, 5, 10),)]


def test_an_older_typeform_export_joins_the_choices(tmp_path, staged):
    head = ["#", "Muscles", "Notes", "Start Date (UTC)", "Submit Date (UTC)", "Network ID"]
    muscles = ["Biceps", "Deltoid", "Lats", "Spine"]
    data = [
        [f"tok{n}", " / ".join(["", *(m for k, m in enumerate(muscles) if n >> k & 1)]), TEXTS[n % 12], AT, AT, "ab"]
        for n in range(15)
    ]
    with staged(write(tmp_path, {"t.csv": table(head, *data, ["tok99", "", "", AT, "", "ab"])})) as con:
        assert reasons(con) == {None: 15, "the response was not submitted": 1}
        assert rows(con, "select distinct question_id from staging.turns") == [("Notes",)]


GOOGLE = ["Timestamp", "Email Address", "How satisfied are you? (1 = not at all, 5 = very)", "What should we change?"]


@pytest.mark.parametrize(
    ("at", "when"),
    [
        ("2026/03/{} 11:07:29 PM AST", datetime(2026, 3, 28, 23, 7, 29)),
        ("3/{}/2026 23:07:29", datetime(2026, 3, 28, 23, 7, 29)),
        ("{}.03.2026 23:07:29", datetime(2026, 3, 28, 23, 7, 29)),
        ("{}/03/2026 23:07:29", datetime(2026, 3, 28, 23, 7, 29)),
    ],
)
def test_google_times_are_read_in_the_form_of_the_owner(at, when, tmp_path, staged):
    data = [[at.format(17 + n), "", "4 - I liked it", TEXTS[n]] for n in range(12)]
    with staged(write(tmp_path, {"g.csv": table(GOOGLE, *data)})) as con:
        assert reasons(con) == {None: 12}
        assert rows(con, "select max(occurred_at) from staging.turns") == [(when,)]
        assert rows(con, "select distinct metric, score from staging.answers") == [("csat", 4)]


def test_a_google_response_keeps_its_id_when_the_form_gains_a_question(tmp_path, staged):
    data = [[f"3/{13 + n}/2026 9:07:29", "", "4", TEXTS[n]] for n in range(12)]
    wider = [*GOOGLE[:2], "What is new for you in this form?", *GOOGLE[2:]]
    later = [[*row[:2], "", *row[2:]] for row in data] + [["3/30/2026 9:00:00", "", "It is new", "5", "Nothing at all"]]
    with staged(write(tmp_path, {"g_1.csv": table(GOOGLE, *data), "g_2.csv": table(wider, *later)})) as con:
        assert reasons(con) == {None: 13, "an older version of the same thing": 12}


@pytest.mark.parametrize("first", ["Zeitstempel", "Horodateur"])
def test_google_forms_are_recognised_in_other_languages_and_others_tables_are_not(first, tmp_path):
    data = [[f"{13 + n}.03.2026 10:00:00", "", "4", TEXTS[n]] for n in range(12)]
    assert recognise(export(tmp_path, table([first, *GOOGLE[1:]], *data))).format == "google_forms_csv"
    foreign = [[AT, str(n), "3", TEXTS[n]] for n in range(12)]
    found = recognise(export(tmp_path, table(["Timestamp", "order id", "rating", "comment"], *foreign), "b.csv"))
    assert found is None or found.format != "google_forms_csv"


# --------------------------------------------------------------------------- what they share

WRITTEN = ["7", "7.0", "7,0", "5 - Very satisfied", "(5) Very satisfied", "5 stars", "Extremely likely - 10", "★★★☆☆",
           "Not at all likely (0)", "4/5", "4 von 5", "8.5", "often", "123", "N/A"]  # fmt: skip


@pytest.fixture
def answered():
    """Gives what the shared SELECT makes of some answers to one question."""

    def make(written, scale=(0, 10), labels=()):
        con = duckdb.connect()
        con.execute(SESSION)
        con.execute("create temp table responses (row_id bigint, source varchar, body varchar, segments varchar, "
                    "response_id varchar, person_id varchar, occurred_at timestamp)")  # fmt: skip
        con.execute("create temp table questions as select 's' as source, 'q' as question_id, '/q' as path, 'csat' as "
                    "metric, $1::integer as scale_low, $2::integer as scale_high, $3::varchar[] as labels",
                    [*scale, list(labels)])  # fmt: skip
        for number, text in enumerate(written):
            con.execute("insert into responses values ($1, 's', json_object('q', $2::varchar), '[]', '', '', null)",
                        [number, text])  # fmt: skip
        found = rows(con, f"select row_id, answer from ({surveys.SELECT['answers']}) order by 1")
        con.close()
        return [answer for _, answer in found]

    return make


def test_answers_are_written_as_staging_reads_them(answered):
    assert answered(WRITTEN, (0, 5)) == [
        "7", "7", "7", "5 - Very satisfied", "5", "5", "10", "3", "0", "4", "4", "8.5", "often", "123", "N/A",
    ]  # fmt: skip


def test_recognition_and_sql_read_the_same_numbers(answered):
    said = [text for text in WRITTEN if number_of(text) is not None]
    assert len(said) == 11
    assert [number_of(text) for text in answered(said, (0, 5))] == [number_of(text) for text in said]


def test_labels_become_their_place_on_the_scale(answered):
    labels = ["Very dissatisfied", "Dissatisfied", "Neutral", "Satisfied", "Very satisfied"]
    assert answered(["very satisfied", "Neutral", "Very dissatisfied", "4", "n/a"], (1, 5), labels) == [
        "5", "3", "1", "4", "n/a",
    ]  # fmt: skip


JUNK = [b"", b"\n", b"\x00\x01\x02", b"a", b",,,\n,,,\n", b'"', b"\xff\xfe\x00", b"#\n", b"Timestamp\n\n",
        b"Timestamp,a b\nx,y\n", b"Respondent ID,\n", b"ResponseId,EndDate\n", b"V1,V2\nResponseID,\n", b"{}",
        b"#,Submit Date (UTC)\n", b"q\n{'ImportId': 1}\n[]\n", b'a,b\nc,d\n"{""ImportId"":[]}","{""ImportId"":{}}"\n',
        b"RespondentID,a\n,\n"]  # fmt: skip


@pytest.mark.parametrize("module", FORMATS, ids=lambda module: module.NAME)
def test_junk_is_looked_at_without_failing(module, tmp_path):
    for number, content in enumerate(JUNK):
        path = export(tmp_path, content, f"{number}.csv")
        found = module.recognise(path)
        assert found is None or found.format == module.NAME


def test_formats_do_not_take_each_others_examples(tmp_path):
    for module in FORMATS:
        for name, content in module.EXAMPLE.items():
            path = export(tmp_path, content, name)
            assert [other.NAME for other in FORMATS if other.recognise(path)] == [module.NAME]
