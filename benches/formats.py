"""Every export format beside DuckDB: reading alone, and reading to Parquet.

usage: formats.py AUTHLAKE FOLDER [RECORDS] [PAIRS] [FORMAT ...]   (needs duckdb; 120000 records, 3 pairs)

Each format is generated into FOLDER, read once before timing and deleted after it. Both run as fresh
processes on two threads, by turns; medians of wall time in milliseconds.

read: `authlake ingest --dry-run` against `SELECT count(COLUMNS(*))`, which reads every cell.
load: `authlake ingest` (de-duplicated, sorted, folded, decided) against `COPY … TO` zstd Parquet (none of that).
DuckDB detects the types of JSON and reads CSV as text; nested JSON texts in cells are parsed by authlake only.
"""
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import time

FOLDERS = {"graph", "portal_csv", "portal_json", "log_analytics_csv", "log_analytics_json",
           "log_analytics_tables", "extractor_suite"}
FORMATS = ["azure_monitor", "event_hub", "graph", "graph_v1", "portal_json", "sof_elk", "extractor_suite",
           "powershell", "log_analytics_json", "log_analytics_tables", "log_analytics_csv", "unified_audit_json",
           "unified_audit_search", "unified_audit_csv", "portal_csv"]


def files(path):
    return sorted(path.iterdir()) if path.is_dir() else [path]


def duckdb_sql(path):
    name = str(path).replace("'", "''")
    if "csv" in name:
        return f"read_csv('{name}', all_varchar=true, max_line_size=20000000, quote='\"', header=true)"
    # One object of a query answer or a search is the whole file.
    whole = "tables" in name or "search" in name
    return f"read_json('{name}', maximum_object_size={600_000_000 if whole else 33_554_432})"


def duckdb_main(job, path):
    import duckdb
    con = duckdb.connect()
    con.execute("SET threads=2; SET memory_limit='8GB'; SET preserve_insertion_order=false")
    for i, file in enumerate(files(pathlib.Path(path))):
        if job == "read":
            con.execute(f"SELECT count(COLUMNS(*)) FROM {duckdb_sql(file)}").fetchall()
        else:
            con.execute(f"COPY (SELECT * FROM {duckdb_sql(file)}) TO '{job}-{i}.parquet' (FORMAT parquet, COMPRESSION zstd)")


def timed(*args):
    began = time.monotonic()
    ended = subprocess.run(args, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    took = (time.monotonic() - began) * 1000
    if ended.returncode not in (0, 3):
        raise SystemExit(f"{args}: {ended.stderr.decode()[-500:]}")
    return took


def measure(authlake, folder, name, records, pairs):
    path = folder / (name if name in FOLDERS else f"{name}.txt")
    to = f"{path}/" if name in FOLDERS else str(path)
    subprocess.run([authlake, "generate", "--format", name, "--records", records, "--users", "5000", "--days", "14",
                    "--seed", "3", "-o", to], check=True, capture_output=True)
    size = sum(f.stat().st_size for f in files(path)) / 1e6
    lake, copy = folder / "lake", folder / "copy"
    own = [sys.executable, __file__, "--duckdb"]
    jobs = {
        "read": [[authlake, "ingest", "--threads", "2", "--dry-run", str(path)], [*own, "read", str(path)]],
        "load": [[authlake, "ingest", "--threads", "2", "--lake", str(lake), str(path)], [*own, str(copy), str(path)]],
    }
    cells = [f"{size:.0f}"]
    timed(*jobs["read"][0])
    for ours, theirs in jobs.values():
        times = ([], [])
        for _ in range(pairs):
            shutil.rmtree(lake, ignore_errors=True)
            times[0].append(timed(*ours))
            times[1].append(timed(*theirs))
            for file in folder.glob("copy-*"):
                file.unlink()
        ours, theirs = map(statistics.median, times)
        cells += [f"{size / ours * 1000:.0f}", f"{size / theirs * 1000:.0f}", f"{theirs / ours:.2f}"]
    shutil.rmtree(lake, ignore_errors=True)
    shutil.rmtree(path) if path.is_dir() else path.unlink()
    print(f"| {name} | {' | '.join(cells)} |", flush=True)


def main():
    authlake, folder = sys.argv[1], pathlib.Path(sys.argv[2])
    os.makedirs(folder, exist_ok=True)
    records = sys.argv[3] if len(sys.argv) > 3 else "120000"
    pairs = int(sys.argv[4]) if len(sys.argv) > 4 else 3
    print("| format | MB | read: authlake MB/s | DuckDB MB/s | times | load: authlake MB/s | DuckDB MB/s | times |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- |")
    for name in sys.argv[5:] or FORMATS:
        measure(authlake, folder, name, records, pairs)


if len(sys.argv) == 4 and sys.argv[1] == "--duckdb":
    duckdb_main(*sys.argv[2:])
else:
    main()
