"""A lake that is fed by the hour beside one that is loaded at once: bytes, files, queries.

usage: small_blobs.py AUTHLAKE FOLDER [BLOBS] [RECORDS] [PAIRS]      (1000 blobs, 500 records each, 7 pairs)

One export is generated and cut into the hours in which its rows were delivered. Each hour is ingested by a process of
its own into lake `many`, the whole by one into lake `one`; `many` is then copied and compacted. Written are the bytes
of every data file that any commit named, and of every journal entry. Queries run as fresh processes by turns.
"""
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import time

QUERIES = {
    "failures by day": "SELECT date, count(*), count(*) FILTER (WHERE mfa_outcome = 'denied') FROM signins GROUP BY 1 ORDER BY 1",
    "outcomes by app": "SELECT app_display_name, mfa_outcome, count(*) FROM signins GROUP BY 1, 2 ORDER BY 3 DESC LIMIT 50",
    "records by code": "SELECT error_code, count(*), count(DISTINCT user_id) FROM records GROUP BY 1 ORDER BY 2 DESC",
    "networks of users": "SELECT user_principal_name, count(DISTINCT ip_address) FROM records GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 20",
    "one user": "SELECT * FROM signins WHERE user_principal_name = '{user}' ORDER BY started_at",
    "one correlation id": "SELECT * FROM records WHERE correlation_id = '{correlation}'",
}


def run(*args):
    began = time.monotonic()
    ended = subprocess.run(args, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    if ended.returncode:
        raise SystemExit(f"{args}: {ended.stderr.decode()[-500:]}")
    return time.monotonic() - began, ended.stdout.decode()


def cut(export, folder, blobs):
    """One file an hour of delivery; what comes after the last one joins it."""
    folder.mkdir()
    hours = {}
    with open(export, "rb") as rows:
        for row in rows:
            at = row.index(b'"', row.index(b'"time"') + 6) + 1
            hour = row[at:at + 13].decode()
            hour = hour if hour in hours or len(hours) < blobs else max(hours)
            if hour not in hours:
                hours[hour] = open(folder / f"{hour}.json", "ab")
            hours[hour].write(row)
    for file in hours.values():
        file.close()
    return sorted(folder.iterdir())


def manifest(lake):
    """The files of the newest commit, and the bytes of its journal entry."""
    path = max(lake.glob(".journal/0*.json"))
    entry = json.loads(path.read_text())
    if entry.get("base") is None:
        return entry["files"], path.stat().st_size
    new = entry["change"]["files"]
    gone = set(entry["gone_files"]) | {file["path"] for file in new}
    base = json.loads((path.parent / f"{entry['base']:08}.json").read_text())
    return [file for file in base["files"] if file["path"] not in gone] + new, path.stat().st_size


def feed(authlake, lake, blobs):
    seen, written, journal, times = set(), {}, 0, []
    for blob in blobs:
        times.append(run(authlake, "ingest", "--lake", lake, blob)[0])
        live, size = manifest(lake)
        journal += size
        for file in live:
            if file["path"] not in seen:
                seen.add(file["path"])
                written[file["table"]] = written.get(file["table"], 0) + file["bytes"]
    return written, journal, times


def held(lake):
    tables = {}
    for file in manifest(lake)[0]:
        table = tables.setdefault(file["table"], [0, 0])
        table[0] += file["bytes"]
        table[1] += 1
    return tables


def main():
    authlake, folder = sys.argv[1], pathlib.Path(sys.argv[2])
    blobs, records, pairs = (int(a) for a in (sys.argv[3:] + ["1000", "500", "7"][len(sys.argv) - 3:]))
    folder.mkdir(parents=True, exist_ok=True)
    export, one, many, joined = (folder / name for name in ("export.json", "one", "many", "joined"))
    run(authlake, "generate", "--records", str(blobs * records), "--users", str(max(blobs * records // 100, 50)),
        "--days", str(-(-blobs // 24)), "-o", export)
    files = cut(export, folder / "blobs", blobs)
    once = run(authlake, "ingest", "--lake", one, export)[0]
    written, journal, times = feed(authlake, many, files)
    shutil.copytree(many, joined)
    compaction = run(authlake, "lake", "compact", "--lake", joined)[0]
    print(f"{len(files)} blobs of about {records} records; one ingest of all: {once:.1f} s; an ingest of a blob: median "
          f"{statistics.median(times):.2f} s, longest {max(times):.2f} s; `lake compact`: {compaction:.1f} s\n")
    print("| table | written | stored | written / stored | files | stored at once | files | stored, compacted |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- |")
    h, o, c = held(many), held(one), held(joined)
    total = [sum(t[0] for t in x.values()) for x in (h, o, c)]
    for table in sorted(written):
        print(f"| {table} | {written[table]:,} | {h[table][0]:,} | {written[table] / h[table][0]:.2f} | {h[table][1]} | "
              f"{o[table][0]:,} | {o[table][1]} | {c[table][0]:,} |")
    everything = sum(written.values()) + journal
    print(f"| with the journal's {journal:,} | {everything:,} | {total[0]:,} | {everything / total[0]:.2f} | "
          f"{sum(t[1] for t in h.values())} | {total[1]:,} | {sum(t[1] for t in o.values())} | {total[2]:,} |\n")
    sample = run(authlake, "sql", "--lake", one, "--format", "csv",
                 "SELECT user_principal_name, correlation_id FROM signins WHERE mfa_outcome = 'denied' ORDER BY 1 LIMIT 1")
    user, correlation = sample[1].splitlines()[1].split(",")
    print("| query, median ms | at once | fed | compacted | fed / at once | compacted / at once |")
    print("| --- | --- | --- | --- | --- | --- |")
    for name, text in QUERIES.items():
        text = text.format(user=user, correlation=correlation)
        took = {lake: [] for lake in (one, many, joined)}
        for _ in range(pairs):
            for lake in took:
                took[lake].append(run(authlake, "sql", "--lake", lake, "--format", "csv", text)[0] * 1000)
        a, f, j = (statistics.median(took[lake]) for lake in (one, many, joined))
        print(f"| {name} | {a:.0f} | {f:.0f} | {j:.0f} | {f / a:.2f} | {j / a:.2f} |")


main()
