-- warn: a source was left out of this run, because it could not be read or lacks a column
select source, problem
from staging.stopped_sources
