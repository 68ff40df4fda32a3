"""Files that are no plain text, as tests make them: packed, archives, workbooks, Parquet."""

from __future__ import annotations

import io
import zipfile
from datetime import datetime
from xml.sax.saxutils import escape

import pyarrow as pa
import pyarrow.parquet

PARTS = {
    "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType='
    '"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/></Types>',
    "_rels/.rels": '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship '
    'Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" '
    'Target="xl/workbook.xml"/></Relationships>',
    # Style 0 is plain, 1 is a date with its time.
    "xl/styles.xml": '<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><cellXfs count="2">'
    '<xf numFmtId="0"/><xf numFmtId="22" applyNumberFormat="1"/></cellXfs></styleSheet>',
}
SHEET = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def cell(place, value):
    """A cell as a workbook writes it."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        days = (value - datetime(1899, 12, 30)).total_seconds() / 86400
        return f'<c r="{place}" s="1"><v>{days!r}</v></c>'
    if isinstance(value, int | float):
        return f'<c r="{place}"><v>{value!r}</v></c>'
    return f'<c r="{place}" t="inlineStr"><is><t>{escape(value)}</t></is></c>'


def sheet(lines):
    """The XML of a sheet."""
    found = []
    for number, line in enumerate(lines, start=1):
        cells = "".join(cell(f"{chr(65 + at)}{number}", value) for at, value in enumerate(line))
        found.append(f'<row r="{number}">{cells}</row>')
    return f'<worksheet xmlns="{SHEET}"><sheetData>{"".join(found)}</sheetData></worksheet>'


def workbook(**sheets):
    """A workbook with sheets of rows."""
    names = "".join(f'<sheet name="{n}" sheetId="{i}" r:id="s{i}"/>' for i, n in enumerate(sheets, 1))
    targets = "".join(
        f'<Relationship Id="s{i}" Type="{OFFICE}/worksheet" Target="worksheets/sheet{i}.xml"/>'
        for i in range(1, len(sheets) + 1)
    ) + f'<Relationship Id="st" Type="{OFFICE}/styles" Target="styles.xml"/>'  # fmt: skip
    book = f'<workbook xmlns="{SHEET}" xmlns:r="{OFFICE}"><sheets>{names}</sheets></workbook>'
    links = '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">' + targets
    parts = PARTS | {"xl/workbook.xml": book, "xl/_rels/workbook.xml.rels": f"{links}</Relationships>"}
    parts |= {f"xl/worksheets/sheet{i}.xml": sheet(lines) for i, lines in enumerate(sheets.values(), 1)}
    return zipped(
        **{name: f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n{xml}' for name, xml in parts.items()}
    )


def zst(data):
    """Some bytes packed with zstd."""
    sink = pa.BufferOutputStream()
    with pa.CompressedOutputStream(sink, "zstd") as stream:
        stream.write(data)
    return sink.getvalue().to_pybytes()


def zipped(**members):
    """A zip archive of some members by name."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return out.getvalue()


def parquet(table):
    """A table as the bytes of a Parquet file."""
    out = io.BytesIO()
    pa.parquet.write_table(table, out)
    return out.getvalue()
