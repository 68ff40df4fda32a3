"""The text step's second half: what the classifiers say of each text, the costly ones within the budget of the run.

A text is looked at once by each version of a classifier, however many turns say it, and has the rows of one version
only. A costly classifier has a stand-in: that scores every new text at once, and the costly one then replaces its rows,
the least certain first, until the budget is spent; later runs go on with the rest.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence

import duckdb
import pyarrow as pa

from vocpipe.contracts import Classifier, stand_in_of
from vocpipe.enrichment import Workers, annotate_table, annotate_within
from vocpipe.warehouse import rows, transaction, value
from vocpipe.warehouse.texts import chunks, counting

Progress = Callable[[str, int, int], None]
# Texts scored between two commits: each chunk starts its worker processes anew, so that few large ones are better, but
# a run that is killed does the one again that it was at.
CHUNK = 200_000
CHUNK_OF_CREW = 1_000_000  # a cluster has more workers to keep busy
PAGE = 20_000  # waiting texts read at a time
COMMIT_SECONDS = 10.0  # between two commits of the costly part
FEW = 1_000  # so many waiting texts are done here sooner than worker processes have started

# What a version is to its classifier: the one wanted, its stand-in, or an older one whose turn has not come.
WANTED, STAND_IN, OLDER = 0, 1, 2

# Rows that may stay as they are: of the version wanted, of its stand-in, and older ones of the same costly engine,
# which are better than those of the stand-in.
MISSING = """
create or replace temp table missing as
with needed as (
    select text_id, any_value(redacted) as redacted, min(language_hint) as hint
    from enrichment.texts
    group by text_id
),
looked_at as (
    select a.text_id, list_sort(list(distinct a.classifier)) as classifiers
    from enrichment.annotations as a
    inner join enrichment.versions as v on a.classifier = v.classifier
    where a.version = v.version
        or v.rank = 0 and split_part(a.version, '-', 1) = split_part(v.version, '-', 1)
            and v.classifier in (select classifier from enrichment.versions where rank = 1)
    group by a.text_id
)
select n.*, coalesce(l.classifiers, []) as classifiers
from needed as n
left join looked_at as l on n.text_id = l.text_id
where len(coalesce(l.classifiers, [])) < (select count(distinct classifier) from enrichment.versions)
"""

# A label of null means that there is nothing to say (of a language that is not read, too): nothing waits there.
WAITING = """
create or replace temp table waiting as
with held as (
    select text_id, any_value(version) as version, min(probability) as probability
    from enrichment.annotations
    where classifier = $1 and version <> $2 and label is not null
        and text_id in (select text_id from enrichment.texts)
    group by text_id
)
select row_number() over (order by version <> $3, probability nulls first, text_id) as place, text_id, version
from held
"""

KEEP = """
insert into enrichment.annotation_history
select a.*, coalesce(cast(getvariable('loaded_at') as timestamp), localtimestamp)
from enrichment.annotations as a
inner join texts as t on a.text_id = t.text_id
inner join wanted as w on a.classifier = w.classifier
where a.scored_at is distinct from cast(getvariable('loaded_at') as timestamp)
"""


def classify(
    con: duckdb.DuckDBPyConnection, classifiers: Sequence[Classifier], budget_seconds: float, workers: Workers,
    progress: Progress,
) -> dict[str, int]:  # fmt: skip
    """Classify every text that these versions of the classifiers have not seen, the costly part within a budget.

    Returns counts: texts classified, texts that a costly classifier scored, and those that wait for it.
    """
    register_versions(con, classifiers)
    counts = {"texts classified": score_at_once(con, classifiers, workers, progress)}
    scored = left = 0
    # Aspects are judged with what the others leave of the budget: they ask the engine of sentiment once more.
    costly = sorted((c for c in classifiers if stand_in_of(c)), key=lambda c: c.name == "aspect")
    for classifier in costly:
        done, wait = score_costly(con, classifier, budget_seconds, workers, progress)
        scored, left, budget_seconds = scored + done.texts, left + wait, budget_seconds - done.seconds
    keep_older(con)
    return counts | {"texts scored accurately": scored, "texts waiting for the accurate model": left}


def register_versions(con: duckdb.DuckDBPyConnection, classifiers: Sequence[Classifier]) -> None:
    """Put the versions that are wanted, and those of their stand-ins, into `enrichment.versions`."""
    found = [(c.name, c.version, WANTED) for c in classifiers]
    found += [(c.name, other.version, STAND_IN) for c in classifiers if (other := stand_in_of(c))]
    con.execute("create or replace table enrichment.versions (classifier varchar, version varchar, rank integer)")
    con.executemany("insert into enrichment.versions values (?, ?, ?)", found)


def keep_older(con: duckdb.DuckDBPyConnection) -> None:
    """Add the older versions whose rows are still in use, so that facts and marts read them."""
    con.execute(
        """
        insert into enrichment.versions
        select distinct a.classifier, a.version, $1
        from enrichment.annotations as a
        inner join enrichment.versions as v on a.classifier = v.classifier and v.rank = 1
        where a.text_id in (select text_id from enrichment.texts)
            and (a.classifier, a.version) not in (select (classifier, version) from enrichment.versions)
        """,
        [OLDER],
    )


def score_at_once(
    con: duckdb.DuckDBPyConnection, classifiers: Sequence[Classifier], workers: Workers, progress: Progress
) -> int:
    """Let the classifiers, or their stand-ins, look at the texts that lack them; returns how many texts these were."""
    con.execute(MISSING)
    quick = [stand_in_of(classifier) or classifier for classifier in classifiers]
    has_language = any(c.name == "language" for c in quick)
    done, count = 0, value(con, "select count(*) from missing")
    for (held,) in rows(con, "select distinct classifiers from missing order by 1"):
        # Which texts the others read hangs on the language: where that is looked at anew, all is.
        anew = has_language and "language" not in held
        wanted = [c for c in quick if anew or c.name not in held]
        asked = [c for c in quick if c in wanted or c.name == "language"]
        query = f"select text_id, redacted, hint from missing where classifiers = {list(held)!r}::varchar[]"
        for _, chunk in chunks(con, f"{query} order by text_id", CHUNK if isinstance(workers, int) else CHUNK_OF_CREW):
            ids, texts, hints = (column.to_pylist() for column in chunk.columns)
            told = counting("classifying texts", done, count, progress)
            store(con, wanted, ids, annotate_table(texts, asked, workers, told, hints=hints))
            done += len(ids)
    return done


class Done:
    """What a costly classifier has done so far: texts, and seconds of the budget."""

    def __init__(self) -> None:
        self.texts, self.seconds = 0, 0.0


def score_costly(
    con: duckdb.DuckDBPyConnection, classifier: Classifier, seconds: float, workers: Workers, progress: Progress
) -> tuple[Done, int]:
    """Replace what a stand-in or an older version said, as far as the seconds reach; returns that and what is left."""
    other = stand_in_of(classifier)
    con.execute(WAITING, [classifier.name, classifier.version, other.version if other else ""])
    count = value(con, "select count(*) from waiting")
    done, started = Done(), time.monotonic()
    if count and seconds > 0:
        told = counting(f"{classifier.name}, accurate", 0, count, progress)
        portions = annotate_within(seconds, classifier, waiting_texts(con), 1 if count <= FEW else workers)
        for ids, found in gathered(portions):
            store(con, [classifier], ids, found)
            done.texts += len(ids)
            told(len(ids))
    done.seconds = time.monotonic() - started
    return done, count - done.texts


def waiting_texts(con: duckdb.DuckDBPyConnection) -> Iterator[tuple[str, str]]:
    """The waiting texts with their ids, the least certain first."""
    last = value(con, "select coalesce(max(place), 0) from waiting")
    for start in range(0, last, PAGE):
        yield from rows(
            con,
            """
            select w.text_id, any_value(t.redacted)
            from waiting as w
            inner join enrichment.texts as t on w.text_id = t.text_id
            where w.place > $1 and w.place <= $2
            group by w.place, w.text_id
            order by w.place
            """,
            [start, start + PAGE],
        )


def gathered(portions: Iterator[tuple[list[str], pa.Table]]) -> Iterator[tuple[list[str], pa.Table]]:
    """The portions put together to some seconds' work, since every commit looks through all annotations."""
    ids: list[str] = []
    tables: list[pa.Table] = []
    since = time.monotonic()
    for more, table in portions:
        numbers = pa.compute.add(table["text_no"], len(ids))
        tables.append(table.set_column(0, "text_no", numbers))
        ids += more
        if time.monotonic() - since >= COMMIT_SECONDS:
            yield ids, pa.concat_tables(tables)
            ids, tables, since = [], [], time.monotonic()
    if ids:
        yield ids, pa.concat_tables(tables)


def store(
    con: duckdb.DuckDBPyConnection, classifiers: Sequence[Classifier], ids: Sequence[str], found: pa.Table
) -> None:
    """Keep what these classifiers say of some texts in place of what any version of them said before.

    What earlier runs held goes into the history; what this run itself replaces (a stand-in's word) does not.

    A text of which one says nothing gets a row without a label, so that it is not asked again.
    """
    texts = pa.table({"text_no": list(range(len(ids))), "text_id": ids})
    wanted = pa.table({"classifier": [c.name for c in classifiers], "version": [c.version for c in classifiers]})
    with transaction(con):
        con.execute(KEEP)
        con.execute(
            "delete from enrichment.annotations as a using texts as t, wanted as w "
            "where a.text_id = t.text_id and a.classifier = w.classifier"
        )
        con.execute("""
            insert into enrichment.annotations
            select t.text_id, w.classifier, w.version, f.label, f.score, f.probability, f.span_start, f.span_end,
                f.evidence, coalesce(f.decided_by, 'nothing to say'),
                coalesce(cast(getvariable('loaded_at') as timestamp), localtimestamp)
            from texts as t
            cross join wanted as w
            left join found as f on f.text_no = t.text_no and f.classifier = w.classifier
        """)
    del texts, wanted
