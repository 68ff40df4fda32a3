"""The walls of the house: who may import what, which tables a SELECT may read, and what no file may hold."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
import sqlglot
from sqlglot import exp

from vocpipe.spark import dialect

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "vocpipe"
MODULES = sorted(PACKAGE.rglob("*.py"))
FLOWS = sorted((ROOT / "flows").rglob("*.py"))

# What each room may import: rooms named before it (so that there are no circles; "*" is all of them), and packages
# that are not Python's own.
ROOMS: dict[str, tuple[set[str], set[str]]] = {
    "contracts": (set(), set()),
    "escaping": (set(), set()),
    "folders": ({"contracts"}, set()),
    "private": (set(), set()),
    "decisions": ({"contracts", "private"}, {"filelock"}),
    "times": ({"contracts"}, set()),
    "scales": (set(), set()),
    "questions": ({"contracts", "scales"}, set()),
    "numbers": (set(), set()),
    "exports": (set(), {"pyarrow"}),
    "dialects": ({"exports"}, set()),
    "delimited": ({"contracts", "exports", "dialects"}, {"numpy", "pyarrow"}),
    "columnar": ({"contracts", "exports"}, {"pyarrow", "python_calamine"}),
    "tabular": ({"contracts", "exports", "dialects", "delimited", "columnar"}, {"numpy", "orjson", "pyarrow"}),
    "scanning": ({"contracts"}, {"orjson"}),
    "documents": ({"contracts", "exports", "scanning"}, {"orjson"}),
    "channels": ({"tabular"}, set()),
    "notices": (set(), set()),
    "settings": ({"contracts"}, {"pydantic", "phonenumbers"}),
    "connectors": ({"contracts", "private"}, {"fsspec", "httpx", "orjson", "tenacity"}),
    "pulling": ({"contracts", "settings", "connectors"}, {"filelock"}),
    "surveys": (set(), set()),
    "tickets": (set(), set()),
    "replies": (set(), set()),
    "sources": (
        {
            "contracts",
            "times",
            "numbers",
            "questions",
            "exports",
            "tabular",
            "documents",
            "channels",
            "notices",
            "surveys",
            "tickets",
            "replies",
        },
        {"orjson"},
    ),
    "selects": (set(), {"duckdb"}),
    "identity": ({"contracts", "selects"}, {"duckdb", "numpy", "pandas", "pyarrow", "scipy", "phonenumbers"}),
    # What tells a person: keyed hashes and masks. Telephone numbers have the normal form of identity.
    "erasure": ({"identity"}, {"phonenumbers"}),
    "enrichment": (
        {"contracts"},
        {
            *("nltk", "numpy", "pyarrow", "scipy", "sklearn", "py3langid", "vaderSentiment", "loky", "threadpoolctl"),
            *("onnxruntime", "tokenizers"),
            *("torch", "transformers", "safetensors", "onnx"),  # the extras hf and fit; never imported at start
        },
    ),
    "metrics": ({"contracts", "selects"}, {"duckdb", "scipy"}),
    "analysis": ({"contracts"}, {"nltk", "numpy", "pandas", "scipy", "sklearn"}),
    "statistics": ({"analysis"}, {"numpy", "pandas", "scipy"}),
    # It stores what sources read, classifiers say and statistics find, and puts the metrics' macros into the published
    # file.
    "warehouse": (
        {
            "contracts",
            "folders",
            "private",
            "escaping",
            "times",
            "selects",
            "settings",
            "exports",
            "tabular",
            "documents",
            "sources",
            "enrichment",
            "metrics",
            "analysis",
            "statistics",
            "erasure",
        },
        {"duckdb", "numpy", "pandas", "pyarrow", "loky"},
    ),
    "labels": ({"contracts", "exports", "tabular", "decisions", "enrichment"}, set()),
    "discovery": ({"contracts", "settings", "exports", "tabular", "sources"}, {"orjson", "phonenumbers"}),
    "proposing": ({"contracts", "settings", "sources", "enrichment", "discovery"}, set()),
    "sample": (set(), {"numpy"}),
    "logs": (set(), set()),
    "runs": (
        {"contracts", "private", "logs", "decisions", "erasure", "settings", "sources", "enrichment", "warehouse"},
        {"filelock"},
    ),
    "intake": ({"contracts", "labels", "runs", "settings", "sources", "warehouse"}, {"duckdb"}),
    "notifying": ({"contracts", "runs", "settings", "warehouse"}, set()),
    "annotating": ({"analysis", "decisions", "enrichment", "intake", "runs", "warehouse"}, {"duckdb"}),
    "published": ({"contracts"}, {"duckdb"}),
    "report": (
        {"contracts", "escaping", "folders", "settings", "metrics", "runs", "published"},
        {"altair", "jinja2", "markdown_it", "markupsafe", "pandas", "vl_convert"},
    ),
    # What the SQL rooms and the texts run on where the settings name a cluster; its parts are never imported at start.
    "spark": (
        {"contracts", "selects", "enrichment", "runs"},
        {"duckdb", "py4j", "pyarrow", "pyspark", "sqlglot"},
    ),
    "pipeline": ({"*"}, {"duckdb"}),
    # The job of every quarter of an hour: what of the nightly job the lists need, for what is new alone.
    "acting": (
        {"contracts", "decisions", "identity", "enrichment", "warehouse", "runs", "intake"},
        {"duckdb"},
    ),
    "rolling_back": ({"contracts", "report", "runs", "settings", "warehouse"}, set()),
    "backfilling": ({"contracts", "pipeline", "runs", "settings", "warehouse"}, set()),
    "evaluating": (
        {"contracts", "decisions", "settings", "enrichment", "analysis", "labels", "runs", "published"},
        {"numpy"},
    ),
    # Composes what the nightly job does not: it learns from the work file and leaves models for the next run.
    "training": (
        {"contracts", "decisions", "settings", "enrichment", "analysis", "labels", "runs", "warehouse", "evaluating"},
        {"numpy"},
    ),
    "people": ({"contracts", "decisions", "identity"}, {"duckdb"}),
    # Compose what the nightly job does not: one person out of every file, and the proof.
    "verifying": ({"contracts", "decisions", "erasure", "runs", "settings", "warehouse"}, set()),
    "clearing": ({"contracts", "private", "decisions", "erasure", "warehouse"}, set()),
    "forgetting": (
        {
            *("contracts", "clearing", "decisions", "erasure", "people", "published", "report", "runs", "verifying"),
            "warehouse",
        },
        set(),
    ),
    "__init__": ({"contracts", "pipeline", "published"}, set()),
    "doctor": (
        {"contracts", "decisions", "notifying", "published", "runs", "settings", "warehouse"},
        {"duckdb", "packaging"},
    ),
    "querying": ({"contracts", "escaping", "__init__"}, {"duckdb", "rich"}),
    "desk": ({"contracts", "decisions", "escaping", "settings", "people", "published"}, {"rich"}),
    "screen": ({"contracts", "discovery", "pipeline", "pulling", "report"}, {"rich"}),
    "teaching": (
        {
            "contracts",
            "decisions",
            "escaping",
            "settings",
            "enrichment",
            "labels",
            "runs",
            "published",
            "desk",
            "evaluating",
            "training",
            "screen",
        },
        set(),
    ),
    "demo": ({"*"}, {"rich"}),
    "arguments": ({"contracts", "runs"}, set()),
    "teaching_commands": ({"*"}, set()),
    "theme_commands": ({"*"}, set()),
    "privacy_commands": ({"*"}, set()),
    "operating_commands": ({"*"}, set()),
    "cli": ({"*"}, {"rich", "shtab"}),
}
COMMAND_LINE = {
    "cli",
    "demo",
    "desk",
    "teaching",
    "theme_commands",
    "querying",
    "screen",
    "serve",
}  # what may write to the terminal
ORDER = ("raw", "conformed", "staging", "identity", "people", "contact", "enrichment", "facts", "scores", "marts",
         "metrics", "actions", "lists")  # fmt: skip
# DDL: the migrations of the work file and the macros of the published one.
NO_SELECT = {PACKAGE / "warehouse" / "migrations", PACKAGE / "metrics" / "macros"}
SELECTS = [path for path in sorted(PACKAGE.rglob("*.sql")) if not NO_SELECT & set(path.parents)]
# Outside the portable subset, with what says the same: Spark has no such thing, or answers differently.
DAYS = "cast(later as date) - cast(earlier as date)"
NOT_PORTABLE = {
    exp.PercentileCont: "median, or a window function that counts",
    exp.Quantile: "median, or a window function that counts",
    exp.DateDiff: DAYS,
    exp.Lambda: "a join with unnest(…)",
    exp.Comprehension: "a join with unnest(…)",
}
NOT_PORTABLE_NAMES = {
    "quantile_cont": "median, or a window function that counts",
    "date_diff": DAYS,
    "datediff": DAYS,
    "list_transform": "a join with unnest(…)",
    "list_filter": "a join with unnest(…)",
}
# The rooms that run on Spark where the settings say so (vocpipe/docs/spark.md).
ON_SPARK = ("facts", "marts", "actions", "metrics")


def label(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def room_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imports(path: Path) -> set[str]:
    """Every dotted name that a module imports, wherever in the module."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{label(path)}: imports are absolute"
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def rooms_imported(path: Path) -> set[str]:
    return {
        name.split(".")[1] if (PACKAGE / name.split(".")[1]).exists() or (PACKAGE / f"{name.split('.')[1]}.py").exists()
        else "__init__"
        for name in imports(path)
        if name.startswith("vocpipe.")
    }  # fmt: skip


def third_party(path: Path) -> set[str]:
    tops = {name.split(".")[0] for name in imports(path)}
    return tops - set(sys.stdlib_module_names) - {"vocpipe", "flows"}


# ------------------------------------------------------------------------------------------------ Python


@pytest.mark.parametrize("path", MODULES, ids=label)
def test_a_room_imports_only_what_it_may(path: Path) -> None:
    room = room_of(path)
    assert room in ROOMS, f"say in ROOMS what {room} may import"
    rooms, packages = ROOMS[room]
    if "*" in rooms:
        rooms = rooms | set(list(ROOMS)[: list(ROOMS).index(room)])
    assert rooms_imported(path) <= rooms | {room}
    assert third_party(path) <= packages
    assert room in ("demo", "doctor") or not any(name.startswith("flows") for name in imports(path))


def test_there_are_no_circles() -> None:
    names = list(ROOMS)
    assert all(rooms - {"*"} <= set(names[: names.index(room)]) for room, (rooms, _) in ROOMS.items())


@pytest.mark.parametrize("path", FLOWS, ids=label)
def test_flows_call_the_pipeline_and_no_room_below_it(path: Path) -> None:
    composers = {"pipeline", "acting", "backfilling", "forgetting", "pulling", "training"}
    assert rooms_imported(path) <= composers | {"report", "contracts", "settings"}
    assert third_party(path) <= {"prefect"}


def test_what_is_imported_is_declared() -> None:
    """Each package that the code imports is named in pyproject.toml, not got by way of another one."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    asked = [
        *project["dependencies"],
        *project["optional-dependencies"]["notebooks"],
        *project["optional-dependencies"]["hf"],
        *project["optional-dependencies"]["fit"],
        *project["optional-dependencies"]["spark"],
    ]
    declared = {re.split(r"[<>=~! ]", line)[0].lower().replace("_", "-") for line in asked}
    owners = packages_distributions()
    for top in set().union(*(third_party(path) for path in (*MODULES, *FLOWS))):
        # What only an extra needs may not be installed; its package has then the name that is imported.
        assert {name.lower().replace("_", "-") for name in owners.get(top, [top])} & declared, top


def test_constraints_are_plain_pins() -> None:
    """Every line is a comment or name==version: no address, no file, not the project itself."""
    for line in (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines():
        assert re.fullmatch(r"#.*|[A-Za-z0-9_.-]+==[A-Za-z0-9_.+!-]+", line), line
        assert not line.startswith("vocpipe"), line


def test_duckdb_is_opened_in_two_places() -> None:
    """The warehouse writes; vocpipe.connect reads the published file and says so."""
    for path in (*MODULES, *FLOWS):
        assert "duckdb.connect" not in imports(path), f"{label(path)}: write duckdb.connect(…)"
        for call in calls(path, "duckdb.connect"):
            assert room_of(path) in ("warehouse", "published"), label(path)
            if room_of(path) == "published":
                assert ast.literal_eval(call.args[0]) == ":memory:"
                assert "(read_only)" in path.read_text(encoding="utf-8")


def calls(path: Path, name: str) -> Iterator[ast.Call]:
    """Calls of ``name``, which may be dotted, in a module."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == name:
            yield node


@pytest.mark.parametrize("path", [*MODULES, *FLOWS], ids=label)
def test_a_module_is_named_for_what_it_does_and_short(path: Path) -> None:
    assert not {path.stem, path.parent.name} & {"utils", "util", "core", "common", "helpers", "models", "misc"}
    assert not re.search(r"_v\d+$", path.stem)
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 300
    assert not list(calls(path, "print")) or path.stem in COMMAND_LINE


def test_functions_are_short() -> None:
    """The ninetieth percentile of the lengths is 30 lines at most, signature and docstring included."""
    lengths = sorted(
        node.end_lineno - node.lineno + 1
        for path in (*MODULES, *FLOWS)
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno
    )
    assert lengths[len(lengths) * 9 // 10] <= 30


IMPORT_ALL = """
import importlib, os, sys
def watch(event, args):
    writes = event == "open" and isinstance(args[2], int) and args[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)
    if (writes and args[0] != os.devnull) or event in ("socket.connect", "subprocess.Popen", "os.mkdir", "os.remove"):
        sys.exit(f"importing does {event} {args[0]!r}")
sys.addaudithook(watch)
for name in sys.argv[1:]:
    importlib.import_module(name)
sys.exit("prefect was imported" if "prefect" in sys.modules else 0)
"""


def test_importing_does_nothing() -> None:
    """Importing every module writes no file, opens no connection, starts no process and does not need Prefect."""
    names = [".".join(p.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__") for p in MODULES]
    environment = os.environ | {"PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        [sys.executable, "-c", IMPORT_ALL, *names], capture_output=True, text=True, env=environment, cwd=ROOT
    )
    assert (done.returncode, done.stderr) == (0, "")


# ------------------------------------------------------------------------------------------------ SQL


@pytest.mark.parametrize("path", SELECTS, ids=label)
def test_sql_is_one_portable_select(path: Path) -> None:
    sql = path.read_text(encoding="utf-8")
    (tree,) = sqlglot.parse(sql, read="duckdb")
    assert isinstance(tree, exp.Query)
    assert sqlglot.transpile(sql, read="duckdb", write="spark", unsupported_level=sqlglot.ErrorLevel.IGNORE)
    assert list(not_portable(tree)) == []
    assert not re.search(r"\busing\s+key\b", sql, re.I)
    if room_of(path) in ("facts", "marts", "metrics"):
        assert not list(tree.find_all(exp.Round))


def not_portable(tree: exp.Expr) -> Iterator[str]:
    """What of a query is outside the portable subset, and what to write instead."""
    for node in tree.find_all(*NOT_PORTABLE):
        yield f"{node.sql('duckdb')}: write {NOT_PORTABLE[type(node)]}"
    for call in tree.find_all(exp.Anonymous):
        if instead := NOT_PORTABLE_NAMES.get(call.name.lower()):
            yield f"{call.name}: write {instead}"
    for join in tree.find_all(exp.Join):
        if join.args.get("method") == "ASOF":
            yield f"{join.sql('duckdb')}: write a window function"


@pytest.mark.parametrize("path", [path for path in SELECTS if room_of(path) in ON_SPARK], ids=label)
def test_sql_runs_on_spark(path: Path) -> None:
    """A cluster takes the SELECT as it stands; that the rows are the same is for tests/test_spark.py to show."""
    tree = dialect.read(path.read_text(encoding="utf-8"))
    variables = {node.expressions[0].name: 1 for node in tree.find_all(exp.Anonymous) if dialect.is_variable(node)}
    assert list(told_apart(tree)) == []
    assert dialect.translated(tree, variables)  # what it refuses it refuses with the portable way


def told_apart(tree: exp.Expr) -> Iterator[str]:
    """What the two engines understand otherwise and nothing can translate, and what to write instead."""
    for node in tree.find_all(exp.RegexpReplace):
        if not str(node.args.get("modifiers") or "").count("g"):
            yield f"{node.sql('duckdb')}: write 'g' as its last argument, for Spark replaces every match"
    for node in tree.find_all(exp.Avg):
        yield f"{node.sql('duckdb')}: write cast(sum(…) as double) / count(…)"
    for node in tree.find_all(exp.Explode):
        if not isinstance(node.parent, exp.Alias | exp.Select):
            yield f"{node.sql('duckdb')} within an expression: select it alone, in a step of its own"
    for node in tree.find_all(exp.SetOperation):
        if node.args.get("by_name"):
            yield "union by name: name the columns on both sides, in one order"
    for node in tree.find_all(exp.Sub):
        dates = [dialect.is_date(part) for part in (node.this, node.expression)]
        if any(
            re.fullmatch(r"\w*_on", c.name) for part in (node.this, node.expression) for c in named(part)
        ) and not all(dates):
            yield f"{node.sql('duckdb')}: write {DAYS}, or cast(day as date) - cast(days as integer)"


def named(node: exp.Expr) -> list[exp.Column]:
    """The column that an operand is, or the one in an aggregate around it."""
    inner = node.this if isinstance(node, exp.AggFunc) else node
    return [inner] if isinstance(inner, exp.Column) else []


@pytest.mark.parametrize("path", SELECTS, ids=label)
def test_sql_reads_only_to_its_left(path: Path) -> None:
    room = room_of(path)
    if room in ("checks", "quality"):  # they look at every room
        return
    (tree,) = sqlglot.parse(path.read_text(encoding="utf-8"), read="duckdb")
    read = {table.db for table in tree.find_all(exp.Table) if table.db}
    assert read <= set(ORDER[: ORDER.index(room) + 1])


@pytest.mark.parametrize("path", SELECTS, ids=label)
def test_sql_says_what_it_is(path: Path) -> None:
    """The head gives the definition and the grain, every column of the result says what it means."""
    lines = path.read_text(encoding="utf-8").splitlines()
    head = [line for line in lines if line.startswith("--")]
    assert lines[0].startswith("-- ")
    assert len(lines) <= 90
    if room_of(path) == "checks":
        assert re.search(r"\b(fail|warn)\b", lines[0]), "the first line says fail or warn"
        return
    assert re.search(r"(?i)\bone row\b", " ".join(head)), "the head names the grain: One row per …"
    (tree,) = sqlglot.parse("\n".join(lines), read="duckdb")
    for name in result_columns(tree):
        said = re.compile(r"(^|\W)" + re.escape(name) + r"""["\)]?,?\s+-- \S""")
        assert any(said.search(line) for line in lines), f"{name} has no comment"


def result_columns(tree: exp.Expression) -> list[str]:
    """The names of the columns of the outermost SELECT (of the first one of a union); stars are left out."""
    select = tree
    while isinstance(select, exp.SetOperation):
        select = select.left
    return [e.alias_or_name for e in select.expressions if e.alias_or_name and e.alias_or_name != "*"]


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.sql")), ids=label)
def test_sql_keywords_are_lower_case(path: Path) -> None:
    words = {"SELECT", "FROM", "WHERE", "JOIN", "LEFT", "INNER", "GROUP", "ORDER", "BY", "WITH", "AS", "CASE", "WHEN",
             "THEN", "ELSE", "END", "AND", "OR", "NOT", "NULL", "UNION", "ALL", "CREATE", "TABLE", "CAST"}  # fmt: skip
    code = re.sub(r"--.*|'[^']*'", "", path.read_text(encoding="utf-8"))
    assert not words & set(re.findall(r"\w+", code))


# ------------------------------------------------------------------------------------------------ every file


def tracked() -> Iterator[Path]:
    """The text files of the project."""
    folders = ("vocpipe", "flows", "data", "notebooks", "tests", ".ci")
    found = [p for name in folders for p in (ROOT / name).rglob("*")] + list(ROOT.glob("*.*"))
    kinds = {".py", ".sql", ".md", ".toml", ".txt", ".json", ".yaml", ".yml", ".csv", ".ipynb", ""}
    own = (p for p in found if p.name != ".git" and "__pycache__" not in p.parts)  # a worktree's .git names its place
    yield from (p for p in own if p.is_file() and p.suffix in kinds)


FORBIDDEN = {
    "an open end": re.compile(r"\b(TO" + r"DO|FIX" + r"ME|X" + r"XX)\b"),
    "a path of somebody's machine": re.compile(r"(?<![\w.}>)*])/(work|home|root|opt|Users)/\w"),
    "a package index": re.compile(r"(?i)py" + r"pi|python" + r"hosted|index-" + r"url"),
    "the shared folder": re.compile(r"\.\./sha" + r"red"),
}


@pytest.mark.parametrize("what", FORBIDDEN)
def test_no_file_holds(what: str) -> None:
    hits = [
        f"{label(path)}:{number}"
        for path in tracked()
        if not (what == "the shared folder" and ROOT / "tests" in path.parents)  # tests that skip where it is not
        for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), start=1)
        if FORBIDDEN[what].search(line)
    ]
    assert hits == []


@pytest.mark.parametrize("path", [path for path in MODULES if path.name == "__init__.py"], ids=label)
def test_no_package_defines_what_is_called_like_one_of_its_modules(path: Path) -> None:
    """The first import of the module would put it in the place of the function."""
    modules = {found.stem for found in path.parent.glob("*.py")} | {found.name for found in path.parent.iterdir()}
    defined = [node.name for node in ast.parse(path.read_text(encoding="utf-8")).body if hasattr(node, "name")]
    assert [name for name in defined if name in modules] == []
