"""Gives each declared segment a column of its own in `marts.customers`."""

from __future__ import annotations

from collections.abc import Sequence

import duckdb

from vocpipe.selects import quoted


def add_segments(con: duckdb.DuckDBPyConnection, segments: Sequence[str]) -> None:
    """Add one column a declared segment; which ones there are stands in the settings, so no file can name them."""
    for name in segments:
        column = '"' + name.replace('"', '""') + '"'
        con.execute(f"alter table marts.customers add column {column} varchar")
        con.execute(
            f"update marts.customers as c set {column} = a.value from marts.customer_attributes as a "
            "where a.customer_id = c.customer_id and a.attribute = $1 and a.valid_to is null",
            [name],
        )
        con.execute(
            f"comment on column marts.customers.{column} is {quoted(f'Segment {name} of the customer record.')}"
        )
