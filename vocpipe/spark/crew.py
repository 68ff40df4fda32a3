"""Workers of a Spark cluster in the place of processes of this machine: the same jobs and the same chunks."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.dataset as ds

from vocpipe.enrichment.batches import Job
from vocpipe.spark import exchange
from vocpipe.spark.session import whatever_pandas

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

# Chunks are pickled, as they are for processes, and what a classifier says is an Arrow table already: so it is
# mapInArrow, of which mapInPandas is the sister for functions that want frames.
CHUNKS = pa.schema([("place", pa.int64()), ("chunk", pa.binary())])
RESULTS = "place bigint, result binary"


class Crew:
    """The workers of a cluster; what they are given and give back goes through a folder.

    A task that is lost with its worker is done again by another one.
    """

    def __init__(self, spark: SparkSession, folder: str) -> None:
        self._spark, self._folder = spark, folder
        self.size: int = spark.sparkContext.defaultParallelism
        self._count = 0

    def take_on(self, job: Job) -> Callable[[Sequence[tuple[Any, ...]]], Iterator[tuple[int, Any]]]:
        """Send the job (the models of its classifiers and all) to the workers, once; they keep it."""
        sent = self._spark.sparkContext.broadcast(job)

        def work(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
            for batch in batches:
                for place, chunk in zip(*(column.to_pylist() for column in batch.columns), strict=True):
                    result = pickle.dumps(sent.value.work(sent.value.known, *pickle.loads(chunk)))
                    yield pa.record_batch({"place": pa.array([place]), "result": pa.array([result], pa.binary())})

        return lambda chunks: self._done(work, chunks)

    def _done(self, work: Callable[..., Any], chunks: Sequence[tuple[Any, ...]]) -> Iterator[tuple[int, Any]]:
        """Each chunk's place and result."""
        self._count += 1
        given, made = (f"{self._folder}/{name}{self._count}" for name in ("chunks", "results"))
        system, path = exchange.opened(given)
        packed = pa.table([range(len(chunks)), list(map(pickle.dumps, chunks))], schema=CHUNKS)
        ds.write_dataset(packed, path, format="parquet", filesystem=system, max_rows_per_file=1, max_rows_per_group=1)
        with whatever_pandas():
            frame = self._spark.read.parquet(given).repartition(len(chunks)).mapInArrow(work, RESULTS)
        frame.write.parquet(made)
        system, path = exchange.opened(made)
        for batch in ds.dataset(path, format="parquet", filesystem=system).to_batches(batch_size=1):
            for row in batch.to_pylist():
                yield row["place"], pickle.loads(row["result"])
