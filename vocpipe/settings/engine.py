"""The part of `vocpipe.toml` that says where the work is done (vocpipe/docs/spark.md)."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from vocpipe.settings.parts import Strict


class EngineSettings(Strict):
    """What the SQL rooms and the texts run on."""

    kind: Literal["duckdb", "spark"] = "duckdb"
    """duckdb (this machine) or spark (a cluster, with equal results; needs the extra vocpipe[spark] and Java 17)."""
    master: str = ""
    """Address of the cluster, such as "spark://host:7077", "yarn", or "local[4]" for four cores of this machine."""
    folder: str = ""
    """Address of a folder that this machine and every worker can read and write, such as "hdfs://host/vocpipe"; left
    out: work/spark, which is right for a cluster on this machine or a file system that all share."""
    options: dict[str, str] = Field(default_factory=dict)
    """Spark's own settings, such as "spark.executor.memory" = "8g"."""

    @model_validator(mode="after")
    def master_is_named(self) -> EngineSettings:
        """A cluster has an address, and nothing else has."""
        if (self.kind == "spark") != bool(self.master):
            raise ValueError(
                'kind = "spark" and `master`, the address of the cluster, belong together: write both or none'
            )
        if self.kind == "duckdb" and (self.folder or self.options):
            raise ValueError('`folder` and `options` are for kind = "spark": take them away')
        return self
