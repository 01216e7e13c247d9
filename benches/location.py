"""Distance, speed and network functions against DuckDB's same arithmetic, over the files of one lake.

    python3 benches/location.py AUTHLAKE LAKE [ROUNDS]

Prints, for each question, the best seconds of each (DuckDB: of a warm connection; authlake: the whole
process, and its start alone), rows a second, and the ratio. Needs `pip install duckdb`.
"""

import subprocess
import sys
import time

import duckdb

HAVERSINE = """2 * 6371.0088 * asin(sqrt(least(1.0,
  pow(sin(radians(latitude - 47.37) / 2), 2)
  + cos(radians(latitude)) * cos(radians(47.37)) * pow(sin(radians(longitude - 8.54) / 2), 2))))"""
IPV4 = "(" + " + ".join(
    f"cast(split_part(ip_address, '.', {i + 1}) as bigint) * {256 ** (3 - i)}" for i in range(4)
) + ")"
QUESTIONS = [
    (
        "distance",
        "SELECT count(*), sum(distance_km(latitude, longitude, 47.37, 8.54)) FROM signins WHERE latitude IS NOT NULL",
        f"SELECT count(*), sum({HAVERSINE}) FROM signins WHERE latitude IS NOT NULL",
    ),
    (
        "IPv4 network",
        "SELECT count(*) FROM signins WHERE ip_address LIKE '%.%' AND ip_in_network(ip_address, '198.18.0.0/16')",
        f"SELECT count(*) FROM signins WHERE ip_address LIKE '%.%' AND {IPV4} BETWEEN {198 * 2**24 + 18 * 2**16} "
        f"AND {198 * 2**24 + 19 * 2**16 - 1}",
    ),
]


def best(run, rounds):
    times = []
    for _ in range(rounds):
        begin = time.perf_counter()
        answer = run()
        times.append(time.perf_counter() - begin)
    return min(times), answer


def main():
    binary, lake = sys.argv[1:3]
    rounds = int(sys.argv[3]) if len(sys.argv) > 3 else 5

    def authlake(sql):
        command = [binary, "sql", "--lake", lake, "--format", "csv", sql]
        return subprocess.run(command, capture_output=True, check=True, text=True).stdout

    con = duckdb.connect()
    con.execute("SET threads = 2")
    con.execute(f"CREATE VIEW signins AS SELECT * FROM read_parquet('{lake}/signins/*/*.parquet')")
    rows = con.execute("SELECT count(*) FROM signins").fetchone()[0]
    start, _ = best(lambda: authlake("SELECT 1"), rounds)
    print(f"{rows} sign-ins; a process that asks nothing takes {start:.3f} s")
    for name, ours, theirs in QUESTIONS:
        own, answer = best(lambda: authlake(ours), rounds)
        peer, other = best(lambda: con.execute(theirs).fetchall(), rounds)
        told = answer.splitlines()[-1].split(",")
        same = all(abs(float(a) - float(b)) <= 1e-6 * abs(float(b)) for a, b in zip(told, other[0]))
        print(
            f"{name}: authlake {own:.3f} s ({rows / own / 1e6:.1f} M rows/s), DuckDB {peer:.3f} s, "
            f"ratio {peer / own:.2f}, less the start {peer / max(own - start, 1e-9):.2f}; "
            f"{'same answer' if same else f'ANSWERS DIFFER: {told} {other}'}"
        )


main()
