"""Reads the CSV of `simulate report` by the schema of docs/output.md, and sums up what a test compares with the documents."""

import json
import sys

import duckdb

COLUMNS = {
    "run": "VARCHAR",
    "scenario": "VARCHAR",
    "seed": "UBIGINT",
    "time": "VARCHAR",
    "strategy": "VARCHAR",
    "channel": "VARCHAR",
    "figure": "VARCHAR",
    "unit": "VARCHAR",
    "value": "DOUBLE",
}

duckdb.execute(
    "CREATE TABLE figures AS SELECT * FROM read_csv(?, header = true, delim = ',', quote = '\"', columns = "
    + repr(COLUMNS)
    + ")",
    [sys.argv[1]],
)
(bad,) = duckdb.execute(
    "SELECT count(*) FROM figures WHERE time <> 'virtual' OR coalesce(unit, '') = '' OR figure IS NULL"
).fetchone()
assert bad == 0, f"{bad} rows are not as the schema says"
by_run = "run || '|' || seed || '|' || strategy"
oversold = duckdb.execute(
    f"SELECT {by_run}, value FROM figures WHERE figure = 'oversold_units' AND coalesce(channel, '') = ''"
).fetchall()
causes = duckdb.execute(
    f"SELECT {by_run}, sum(value) FROM figures WHERE figure LIKE 'causes.%.units' GROUP BY 1"
).fetchall()
print(json.dumps({"oversold_units": dict(oversold), "causes": dict(causes)}))
