"""A DuckDB reader counts in a loop while commits replace days and are killed.

usage: reader_loop.py AUTHLAKE [ROUNDS]  (needs duckdb; 12 rounds unless told)

Every round ingests a piece of a tenant that touches all of its days; every other one is killed with
SIGKILL at some instant. Each answer of the reader must be an error or a count in which every id
stands at most once. Between rounds, once a command has opened the lake, it must be exact.
"""
import pathlib
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time

import duckdb

AUTHLAKE = sys.argv[1]
ROUNDS = int(sys.argv[2]) if len(sys.argv) > 2 else 12
COUNT = "SELECT count(*), count(DISTINCT (tenant_id, id)) FROM read_parquet('{}/{}/*/*.parquet')"


def run(*args):
    return subprocess.run([AUTHLAKE, *args], check=True, capture_output=True, text=True).stdout


class Reader(threading.Thread):
    """Counts records and sign-ins until it is told to stop."""

    def __init__(self, lake):
        super().__init__()
        self.lake, self.stop = lake, threading.Event()
        self.answers, self.errors, self.doubled = 0, {}, []

    def run(self):
        duck = duckdb.connect(config={"threads": 1})
        while not self.stop.is_set():
            for table, key in (("records", "id"), ("signins", "signin_id")):
                try:
                    query = COUNT.format(self.lake, table).replace(" id)", f" {key})")
                    rows, ids = duck.execute(query).fetchone()
                    self.answers += 1
                    if rows != ids:
                        self.doubled.append((table, rows, ids))
                except duckdb.Error as error:
                    kind = type(error).__name__
                    self.errors[kind] = self.errors.get(kind, 0) + 1


def main():
    random.seed(7)
    with tempfile.TemporaryDirectory() as folder:
        export, lake = pathlib.Path(folder, "export.json"), f"{folder}/lake"
        count = str(500 * (ROUNDS + 1))
        run("generate", "--records", count, "--users", "100", "--days", "4", "--seed", "3", "-o", str(export))
        lines = export.read_text().splitlines(keepends=True)
        pieces = [pathlib.Path(folder, f"piece-{i}.json") for i in range(ROUNDS + 1)]
        for i, piece in enumerate(pieces):
            piece.write_text("".join(lines[i :: ROUNDS + 1]))
        began = time.monotonic()
        run("ingest", str(pieces[0]), "--lake", lake)
        takes = time.monotonic() - began
        reader, kills, before, after = Reader(lake), 0, 0, 0
        reader.start()
        duck = duckdb.connect(config={"threads": 1})
        exact = COUNT.format(lake, "records")
        for i, piece in enumerate(pieces[1:]):
            held = int(run("sql", "--lake", lake, "SELECT count(*) FROM records").split()[1])
            began = time.monotonic()
            process = subprocess.Popen(
                [AUTHLAKE, "ingest", str(piece), "--lake", lake], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
            )
            if i % 2 == 0:
                time.sleep(takes * random.uniform(0.3, 1.2))
                process.send_signal(signal.SIGKILL)
            killed = process.wait() == -signal.SIGKILL
            takes = takes if killed else time.monotonic() - began
            now = int(run("sql", "--lake", lake, "SELECT count(*) FROM records").split()[1])
            rows, ids = duck.execute(exact).fetchone()
            assert rows == ids == now, (rows, ids, now)
            kills, before, after = kills + killed, before + (now == held), after + (now > held)
        reader.stop.set()
        reader.join()
        run("lake", "verify", "--lake", lake)
        assert not reader.doubled, reader.doubled[:3]
        assert reader.answers > ROUNDS, reader.answers
        errors = ", ".join(f"{n} {kind}" for kind, n in reader.errors.items()) or "none"
        print(
            f"| {ROUNDS} | {kills} | {before} | {after} | {reader.answers} | 0 | {errors} |"
        )


main()
