"""Independent readers agree with authlake on what a lake holds.

usage: readers.py AUTHLAKE  (needs duckdb, polars and pyarrow)
"""
import csv
import io
import pathlib
import subprocess
import sys
import tempfile

import duckdb
import polars
import pyarrow.dataset

AUTHLAKE = sys.argv[1]


def run(*args):
    return subprocess.run([AUTHLAKE, *args], check=True, capture_output=True, text=True).stdout


def sql(lake, query):
    rows = csv.reader(io.StringIO(run("sql", "--lake", lake, query, "--format", "csv")))
    return [tuple(row) for row in list(rows)[1:]]


def main():
    with tempfile.TemporaryDirectory() as folder:
        export, lake = f"{folder}/export.json.gz", f"{folder}/lake"
        run("generate", "--records", "20000", "--users", "200", "--days", "9", "--seed", "11", "-o", export)
        run("ingest", export, "--lake", lake)
        glob = f"{lake}/records/*/*.parquet"
        totals = "SELECT count(*), count(DISTINCT user_id), count(DISTINCT id) FROM {}"
        codes = "SELECT error_code, count(*) FROM {} GROUP BY 1 ORDER BY 1"
        ours = (sql(lake, totals.format("records")), sql(lake, codes.format("records")))
        duck = duckdb.connect()
        text = lambda rows: [tuple("" if c is None else str(c) for c in row) for row in rows]
        table = f"read_parquet('{glob}', hive_partitioning = true)"
        theirs = [text(duck.execute(q.format(table)).fetchall()) for q in (totals, codes)]
        assert list(ours) == theirs, (ours, theirs)
        frame = polars.scan_parquet(glob).group_by("error_code").len().sort("error_code").collect()
        assert text(frame.rows()) == ours[1], frame
        data = pyarrow.dataset.dataset(f"{lake}/records", partitioning="hive")
        assert str(data.count_rows()) == ours[0][0][0]
        kinds = {str(field.type) for field in data.schema}
        assert not any("uint" in k or "dictionary<values=string, indices=int32, ordered=0> " == k or "[ns" in k for k in kinds), kinds
        signins = sql(lake, "SELECT mfa_outcome, count(*) FROM signins GROUP BY 1 ORDER BY 1")
        by_duck = duck.execute(
            f"SELECT mfa_outcome, count(*) FROM read_parquet('{lake}/signins/*/*.parquet') GROUP BY 1 ORDER BY 1"
        ).fetchall()
        assert signins == text(by_duck), (signins, by_duck)
        files = len(list(pathlib.Path(lake).glob("records/*/*.parquet")))
        print(f"readers agree on {ours[0][0][0]} records in {files} files")


main()
