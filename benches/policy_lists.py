"""Three ways to store Conditional Access policy lists, measured on a generated export.

usage: policy_lists.py EXPORT.json  (needs pyarrow; EXPORT from `authlake generate --policies N`)
Prints bytes and seconds to write and to count failures per policy, for: a key into a table of
distinct lists, a list of structs in each record, and the JSON text in each record.
"""
import json
import sys
import tempfile
import time
import os

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq


def policies(path):
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            found = json.loads(line)["properties"].get("appliedConditionalAccessPolicies")
            yield found or None


def struct(policy):
    return {
        "id": policy["id"],
        "name": policy["displayName"],
        "result": policy["result"],
        "grant": policy["enforcedGrantControls"],
        "session": policy["enforcedSessionControls"],
        "satisfied": str(policy["conditionsSatisfied"]),
        "not_satisfied": str(policy["conditionsNotSatisfied"]),
    }


def timed(work):
    began = time.perf_counter()
    result = work()
    return result, time.perf_counter() - began


def main():
    lists = list(policies(sys.argv[1]))
    texts = [json.dumps(p, separators=(",", ":")) if p else None for p in lists]
    keys = {text: i for i, text in enumerate(dict.fromkeys(t for t in texts if t))}
    by_key = pa.table({"policy_set_id": pa.array([keys.get(t) for t in texts], pa.int64())})
    sets = [(keys[t], struct(p)) for t in keys for p in json.loads(t)]
    set_rows = {"policy_set_id": [k for k, _ in sets]}
    set_rows.update({f: [s[f] for _, s in sets] for f in sets[0][1]})
    layouts = {
        "key and table of lists": [by_key, pa.table(set_rows)],
        "list of structs": [pa.table({"p": pa.array([[struct(x) for x in p] if p else None for p in lists])})],
        "JSON text": [pa.table({"p": pa.array(texts)})],
    }
    print(f"{len(lists)} records, {len(keys)} distinct lists")
    with tempfile.TemporaryDirectory() as folder:
        for name, tables in layouts.items():
            paths = [f"{folder}/{i}.parquet" for i in range(len(tables))]
            write = lambda: [pq.write_table(t, p, compression="zstd") for t, p in zip(tables, paths)]
            _, wrote = timed(write)
            size = sum(os.path.getsize(p) for p in paths)

            def failures():
                read = [pq.read_table(p) for p in paths]
                if name.startswith("key"):
                    counts = pc.value_counts(read[0]["policy_set_id"].combine_chunks())
                    rows = {c["values"].as_py(): c["counts"].as_py() for c in counts}
                    found = {}
                    for row in read[1].select(["policy_set_id", "name", "result"]).to_pylist():
                        if row["result"] == "failure":
                            found[row["name"]] = found.get(row["name"], 0) + rows.get(row["policy_set_id"], 0)
                    return found
                if name.startswith("list"):
                    flat = pc.list_flatten(read[0]["p"]).combine_chunks()
                    hit = flat.filter(pc.equal(flat.field("result"), "failure")).field("name")
                    return {c["values"].as_py(): c["counts"].as_py() for c in pc.value_counts(hit)}
                found = {}
                for text in read[0]["p"].to_pylist():
                    for p in json.loads(text) if text else []:
                        if p["result"] == "failure":
                            found[p["displayName"]] = found.get(p["displayName"], 0) + 1
                return found

            answer, asked = timed(failures)
            print(f"{name:24} {size:>12} bytes  write {wrote:6.2f} s  question {asked:6.2f} s  sum {sum(answer.values())}")


main()
