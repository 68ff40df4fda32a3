"""A person who is forgotten is in no file that was written, stays out when the same export comes again, and nobody else
loses a word. The same small project says hostile things."""

from __future__ import annotations

import csv
import io
import shutil
import sys
from contextlib import redirect_stdout
from html import escape
from pathlib import Path

import duckdb
import pytest
from leaks import files_of, found
from project import read_quickly, tweet, tweets

import vocpipe
from vocpipe import decisions, forgetting, pipeline, runs, sample
from vocpipe.cli import main
from vocpipe.contracts import RunError, UsageError
from vocpipe.proposing import init
from vocpipe.sample.truth import Truth
from vocpipe.verifying import verify

pytestmark = pytest.mark.slow
HOSTILE = (
    "=cmd|' /C calc'!A0 the seat was broken", "+1+1 and the meal was cold", "@SUM(A1:A9) is what I paid for delays",
    "<script>alert('late again')</script><img src=x onerror=alert(1)> awful crew",
    "'); drop table marts.interactions; -- my bag is lost", "\x1b[31mred\x1b[0m \x1b]0;title\x07 and rude staff",
    "\u202egnorw yrev saw thgilf\u202c the other way round", "\U0001f4a9" * 250_000 + " terrible",
    "\t=1+1 tab first, then rude", "\x00 a NUL before a rude crew", "half a pair \ud83d of a rude crew",
)  # fmt: skip
OTHER_ADDRESS = "an.old.address77@example.org"  # no record holds it


def secrets_of(truth: Truth, number: int) -> set[str]:
    """What tells one person of the sample: addresses, numbers, names, ids of what was said and bought."""
    given, family = truth.people[number].name.split(" ", 1)
    person = truth.people[number]
    said = [i for i in truth.interactions if i.person == number and i.is_linkable]
    named = {person.email, person.phone, person.phone[2:], person.name, person.handle, person.account_id,
             OTHER_ADDRESS, f"{given}\n{family}", f"{given}\\n{family}"}  # fmt: skip
    told = {i.interaction_id for i in said} | {s for i in said for s in i.secrets if not s.isalpha()}
    return {one for one in named | told if one and len(one) > 5}


def victim_of(truth: Truth) -> int:
    """Somebody with a handle who spoke on several channels; not the first, whose id of noughts packed bytes hold by
    chance (`qualtric` before `00000000` in a table of symbols)."""
    spoke = {p.number: {i.channel for i in truth.interactions if i.person == p.number and i.is_linkable}
             for p in truth.people if p.number and p.handle and p.crm_handle}  # fmt: skip
    return max(spoke, key=lambda number: (len(spoke[number]), -number))


def scanned(project: Path, truth: Truth, number: int) -> set[tuple[str, str]]:
    return found(files_of(project), secrets_of(truth, number))


class Case:
    """A project from which somebody was erased, and what was true before."""

    def __init__(self, project: Path) -> None:
        self.project, self.truth = project, sample.write(project, customers=10, interactions=70)
        self.victim = victim_of(self.truth)
        person = self.truth.people[self.victim]
        words = f"@{person.handle} is right, and write to {person.email.upper()}: our bags came late"
        given, family = person.name.split(" ", 1)
        named = f"dear {given}\n{family}, or {person.handle}, or {OTHER_ADDRESS}: it's our bags that are lost"
        told = (words, *HOSTILE, named)
        said = [tweet(900 + n, text, author_id="7700077") for n, text in enumerate(told)]
        (project / "twitter" / "tweets_0002.jsonl").write_bytes(tweets(*said, handles={"7700077": "hostile_one"}))
        init(project, {}, force=False)
        read_quickly(project)
        with (project / "vocpipe.toml").open("a", encoding="utf-8") as settings:
            settings.write("\n[privacy]\ncontacts = true\npseudonymise_record_ids = true\n")
        pipeline.run(project, as_of=sample.AS_OF)
        with vocpipe.connect(project) as con:
            self.figures = con.execute("select * exclude (run_id) from metrics.metric_value order by all").fetchall()
            self.customers = con.execute("select count(*) from marts.customers").fetchall()[0][0]

    def leave_copies(self) -> None:
        """What other parts leave behind: a kept file, a list, a page, judgements that name the person."""
        published, person = self.project / "published", self.truth.people[self.victim]
        for folder in ("earlier", "actions", "report"):
            (published / folder).mkdir(exist_ok=True)
        shutil.copy2(published / "voc.duckdb", published / "earlier" / "20260101T000000-aaaaaa.duckdb")
        with vocpipe.connect(self.project) as con:
            held = con.execute("select customer_id, verbatim from marts.interactions where verbatim is not null "
                               "and customer_id is not null").fetchall()  # fmt: skip
        with (published / "actions" / "thank.csv").open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows([("customer_id", "account_id"), *((c, person.account_id) for c, _ in held[:3])])
        note = published / "report" / "note.html"
        note.write_text("".join(f"<p>{escape(text[:60])}</p>" for _, text in held) + person.email, encoding="utf-8")
        crm = decisions.Record("crm", person.account_id)
        others = [decisions.Record("crm", p.account_id) for p in self.truth.people if p.number != self.victim][:2]
        decisions.judge(self.project, "different", crm, others[0], "Eva", "other town")
        decisions.judge(self.project, "different", *others, "Eva", "other town")


@pytest.fixture(scope="module")
def case(tmp_path_factory) -> Case:
    case = Case(tmp_path_factory.mktemp("forget") / "exports")
    case.leave_copies()
    assert scanned(case.project, case.truth, case.victim), "there is something to be forgotten"
    return case


@pytest.fixture(scope="module")
def erased(case) -> Case:
    person = case.truth.people[case.victim]
    with pytest.raises(UsageError, match="names the person"):
        forgetting.forget(case.project, person.email, "Eva", f"{person.name} asked for it")
    with runs.locked(case.project), pytest.raises(RunError, match="Another run"):
        forgetting.forget(case.project, person.email, "Eva", "asked for it")
    assert decisions.erasures.read(case.project) == []
    with pytest.raises(UsageError, match="identifier 2 is of no record"):
        forgetting.forget(case.project, [person.email, "somebody"], "Eva", "asked for it")
    told = ["forget", str(case.project), person.email, OTHER_ADDRESS, "--by", "Eva", "--why", "asked for it"]
    with redirect_stdout(io.StringIO()) as out:
        assert main(told) == 0
    assert "Erased: " in out.getvalue() and person.email not in out.getvalue()
    return case


@pytest.fixture(scope="module")
def again(erased) -> Case:
    """The same exports come once more, as files of other bytes, and all is made anew."""
    for folder in ("crm", "surveys", "twitter", "zendesk"):
        for path in (erased.project / folder).glob("*.*"):
            path.write_bytes(path.read_bytes() + b"\n")
    pipeline.run(erased.project, as_of=sample.AS_OF, full_refresh=True)
    return erased


def test_nothing_of_the_person_is_left_in_any_file(erased):
    assert scanned(erased.project, erased.truth, erased.victim) == set()
    assert (erased.project / "work" / "warehouse.duckdb").stat().st_mode & 0o777 == 0o600
    assert (erased.project / "published" / "contacts.duckdb").stat().st_mode & 0o777 == 0o600
    assert not list(erased.project.rglob(".*.new")) and not list(erased.project.rglob("*.edit.duckdb"))


def test_figures_and_all_others_stay(erased):
    with vocpipe.connect(erased.project) as con:
        assert (
            con.execute("select * exclude (run_id) from metrics.metric_value order by all").fetchall() == erased.figures
        )
        assert con.execute("select count(*) from marts.customers").fetchall() == [(erased.customers - 1,)]
        said = con.execute(
            "select verbatim from marts.interactions where verbatim like '%our bags came late'"
        ).fetchall()
        named = con.execute("select verbatim from marts.interactions where verbatim like 'dear %'").fetchall()
    assert len(said) == 1, "what others say of the person is theirs"
    assert named == [("dear [name], or [handle], or [email]: it's our bags that are lost",)]
    assert len(decisions.read(erased.project)) == 1
    report = erased.project / "published" / "report"
    assert (report / "index.html").is_file() and not (report / "note.html").exists()


def test_the_erasure_is_logged_without_the_person(erased):
    (made,) = decisions.erasures.in_force(erased.project)
    assert (made.by, made.why) == ("Eva", "asked for it")
    assert made.counts["rows"] > 3 and made.counts["interactions"] > 1
    assert all(len(digest) == 32 and int(digest, 16) >= 0 for digest in made.digests)


def test_verify_finds_what_somebody_left_and_nothing_else(erased, capsys):
    note = erased.project / "published" / "note.txt"
    note.write_text(f"call {erased.truth.people[erased.victim].phone}\n", encoding="utf-8")
    assert main(["forget", str(erased.project), "--verify"]) == 1
    first, second = capsys.readouterr().out.splitlines()
    assert first == "published/note.txt: 1 × phone" and second.startswith("Something was found: 1 erasures")
    note.unlink()


def test_the_person_stays_out_when_the_export_comes_again(again):
    assert scanned(again.project, again.truth, again.victim) == set()
    assert verify(again.project)[0] == []
    with vocpipe.connect(again.project) as con:
        assert con.execute("select count(*) from marts.customers").fetchall() == [(again.customers - 1,)]
        assert con.execute("select sum(rows_erased) > 0 from quality.loads").fetchall() == [(True,)]
        said = con.execute(
            "select count(*) from marts.interactions where verbatim like '%our bags came late'"
        ).fetchall()
    assert said == [(1,)]


def test_nobody_is_known_by_what_was_erased(again):
    with pytest.raises(UsageError, match="nobody"):
        forgetting.forget(again.project, again.truth.people[again.victim].email, "Eva", "once more")


def test_contacts_and_pseudonyms_are_as_the_settings_say(again):
    accounts = {person.account_id for person in again.truth.people}
    with duckdb.connect(str(again.project / "published" / "contacts.duckdb"), read_only=True) as con:
        known = {i for (i,) in con.execute("select identifier from contact.customers").fetchall()}
    assert known & accounts
    published = [path for path in files_of(again.project) if path.name == "voc.duckdb"]
    assert not {secret for secret, place in found(published, accounts) if ".record_id" in place}


# ------------------------------------------------------------------------------------------------ hostile verbatims


STEERS = {"\x00", "\x1b", "\x07", "\u202e"}


def printed(command: str, project: Path, *arguments: str) -> str:
    with redirect_stdout(io.StringIO()) as out:
        assert main([command, str(project), *arguments]) == 0
    return out.getvalue()


def test_hostile_words_do_no_harm(again):
    query = "select verbatim from marts.interactions where source_id >= '1900000000000000900' and channel = 'tweet'"
    with vocpipe.connect(again.project) as con:
        kept = [text for (text,) in con.execute(query).fetchall()]
    assert any("drop table" in text for text in kept) and any(len(text) > 200_000 for text in kept)
    csv.field_size_limit(sys.maxsize)
    lists = [path.read_text(encoding="utf-8") for path in (again.project / "published" / "actions").glob("*.csv")]
    for text in (printed("query", again.project, query, "--csv"), *lists):
        cells = [cell for row in csv.reader(io.StringIO(text)) for cell in row]
        assert not [cell[:40] for cell in cells if cell.lstrip(" ").startswith(("=", "+", "-", "@", "\t"))]
        assert not STEERS & set(text)
    short = f"{query} and length(verbatim) < 1000"
    assert not STEERS & set(printed("query", again.project, short) + printed("query", again.project, short, "--json"))
    story = printed("customer", again.project, "@hostile_one")
    assert "hostile_one" in story and not STEERS & set(story)
    pages = [path.read_text(encoding="utf-8") for path in (again.project / "published" / "report").rglob("*.html")]
    assert pages and not [page for page in pages if "<script>alert" in page or "<img src=x" in page or "\x00" in page]
    logs = "".join(path.read_text(encoding="utf-8") for path in (again.project / "work").rglob("*.jsonl*"))
    assert "rude" not in logs and "calc" not in logs
