"""Records beside DuckDB and ClickHouse: an export to Parquet, and twelve questions over records.

    python3 benches/peers/records.py FOLDER [--records 1000000] [--policies 9] [--pairs 5] [--authlake B] [--session B] [--only ingest|ask]

FOLDER keeps the generated export and what each engine makes of it. Both parts run by turns, on two threads.

ingest: authlake as a fresh process into an empty lake (`records`: de-duplicated, sorted, with statistics and bloom
filters; `authlake`: also folded, decided and scored) against DuckDB's COPY of the same columns to zstd Parquet, and ClickHouse's (chdb) INTO OUTFILE, each a
fresh Python process. The export is read once before. Seconds, records a second, bytes a record, peak memory.

ask: the questions of twelve/, warm, in one session each: authlake over its lake (--session BINARY, the program of
benches/questions.rs), DuckDB over its Parquet file of the same records and over its native table, chdb over that
Parquet file. Answers are checked against DuckDB's. Needs `pip install duckdb`; chdb where it is installed.
"""

import argparse
import importlib.util
import math
import os
import pathlib
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
HAS_CHDB = importlib.util.find_spec("chdb") is not None

# Name in the questions, name in a lake, place in the export, and DuckDB's type of it.
COLUMNS = [
    ("received_at", "received_at", "time", "TIMESTAMP"), ("category", "category", "category", "VARCHAR"),
    ("tenant_id", "tenant_id", "tenantId", "VARCHAR"), ("correlation_id", "correlation_id", "p.correlationId", "VARCHAR"),
    ("created_at", "created_at", "p.createdDateTime", "TIMESTAMP"), ("id", "id", "p.id", "VARCHAR"),
    ("user_name", "user_display_name", "p.userDisplayName", "VARCHAR"), ("upn", "user_principal_name", "p.userPrincipalName", "VARCHAR"),
    ("user_id", "user_id", "p.userId", "VARCHAR"), ("app_id", "app_id", "p.appId", "VARCHAR"),
    ("app_name", "app_display_name", "p.appDisplayName", "VARCHAR"), ("ip", "ip_address", "p.ipAddress", "VARCHAR"),
    ("error_code", "error_code", "p.status.errorCode", "INT"), ("failure_reason", "failure_reason", "p.status.failureReason", "VARCHAR"),
    ("additional_details", "additional_details", "p.status.additionalDetails", "VARCHAR"),
    ("client_app", "client_app_used", "p.clientAppUsed", "VARCHAR"), ("user_agent", "user_agent", "p.userAgent", "VARCHAR"),
    ("device_id", "device_id", "p.deviceDetail.deviceId", "VARCHAR"), ("device_name", "device_display_name", "p.deviceDetail.displayName", "VARCHAR"),
    ("os", "operating_system", "p.deviceDetail.operatingSystem", "VARCHAR"), ("browser", "browser", "p.deviceDetail.browser", "VARCHAR"),
    ("is_compliant", "is_compliant", "p.deviceDetail.isCompliant", "BOOLEAN"), ("is_managed", "is_managed", "p.deviceDetail.isManaged", "BOOLEAN"),
    ("trust_type", "trust_type", "p.deviceDetail.trustType", "VARCHAR"), ("city", "city", "p.location.city", "VARCHAR"),
    ("state", "state", "p.location.state", "VARCHAR"), ("country", "country", "p.location.countryOrRegion", "VARCHAR"),
    ("lat", "latitude", "p.location.geoCoordinates.latitude", "DOUBLE"), ("lon", "longitude", "p.location.geoCoordinates.longitude", "DOUBLE"),
    ("mfa_method", "mfa_auth_method", "p.mfaDetail.authMethod", "VARCHAR"), ("mfa_detail", "mfa_auth_detail", "p.mfaDetail.authDetail", "VARCHAR"),
    ("ca_status", "conditional_access_status", "p.conditionalAccessStatus", "VARCHAR"),
    ("ca_policies", "", "p.appliedConditionalAccessPolicies", "JSON"),
    ("original_request_id", "original_request_id", "p.originalRequestId", "VARCHAR"), ("is_interactive", "", "p.isInteractive", "BOOLEAN"),
    ("token_issuer_type", "", "p.tokenIssuerType", "VARCHAR"), ("processing_ms", "processing_time_ms", "p.processingTimeInMilliseconds", "INT"),
    ("risk_detail", "risk_detail", "p.riskDetail", "VARCHAR"), ("risk_aggregated", "risk_level_aggregated", "p.riskLevelAggregated", "VARCHAR"),
    ("risk_level", "risk_level_during_sign_in", "p.riskLevelDuringSignIn", "VARCHAR"), ("risk_state", "risk_state", "p.riskState", "VARCHAR"),
    ("risk_events", "", "p.riskEventTypes_v2", "JSON"), ("resource_name", "resource_display_name", "p.resourceDisplayName", "VARCHAR"),
    ("resource_id", "resource_id", "p.resourceId", "VARCHAR"), ("resource_tenant", "resource_tenant_id", "p.resourceTenantId", "VARCHAR"),
    ("home_tenant", "home_tenant_id", "p.homeTenantId", "VARCHAR"), ("auth_details", "", "p.authenticationDetails", "JSON"),
    ("auth_requirement", "authentication_requirement", "p.authenticationRequirement", "VARCHAR"), ("user_type", "user_type", "p.userType", "VARCHAR"),
    ("asn", "autonomous_system_number", "p.autonomousSystemNumber", "INT"), ("cross_tenant", "cross_tenant_access_type", "p.crossTenantAccessType", "VARCHAR"),
    ("token_id", "unique_token_identifier", "p.uniqueTokenIdentifier", "VARCHAR"), ("incoming_token", "incoming_token_type", "p.incomingTokenType", "VARCHAR"),
    ("protocol", "authentication_protocol", "p.authenticationProtocol", "VARCHAR"), ("flagged", "", "p.flaggedForReview", "BOOLEAN"),
    ("network_details", "", "p.networkLocationDetails", "JSON"), ("processing_details", "", "p.authenticationProcessingDetails", "JSON"),
]
# What a lake holds of the export beside these: with them, all engines store the same.
MORE = [
    ("session_id", "", "p.sessionId", "VARCHAR"), ("result_signature", "", "resultSignature", "VARCHAR"),
    ("app_owner", "", "p.appOwnerTenantId", "VARCHAR"), ("resource_owner", "", "p.resourceOwnerTenantId", "VARCHAR"),
    ("resource_principal", "", "p.resourceServicePrincipalId", "VARCHAR"), ("principal_id", "", "p.servicePrincipalId", "VARCHAR"),
    ("principal_name", "", "p.servicePrincipalName", "VARCHAR"), ("credential_type", "", "p.clientCredentialType", "VARCHAR"), ("global_secure_access", "", "p.isThroughGlobalSecureAccess", "BOOLEAN"),
    ("audiences", "", "p.conditionalAccessAudiences", "JSON"), ("token_protection", "", "p.signInTokenProtectionStatus", "VARCHAR"),
    ("token_status", "", "p.tokenProtectionStatusDetails.signInSessionStatus", "VARCHAR"),
    ("token_status_code", "", "p.tokenProtectionStatusDetails.signInSessionStatusCode", "INT"),
    ("transfer_method", "", "p.originalTransferMethod", "VARCHAR"), ("rngc_status", "", "p.rngcStatus", "INT"),
    ("tenant_restricted", "", "p.isTenantRestricted", "BOOLEAN"),
]


def nested():
    """What the export holds, as a tree of names with types at its leaves."""
    tree = {}
    for _, _, path, kind in COLUMNS:
        *folders, leaf = path.replace("p.", "properties.", 1).split(".") if path.startswith("p.") else [path]
        at = tree
        for folder in folders:
            at = at.setdefault(folder, {})
        at[leaf] = kind
    return tree


def duckdb_type(tree):
    return "STRUCT(" + ", ".join(f'"{name}" {duckdb_type(of) if isinstance(of, dict) else of}' for name, of in tree.items()) + ")"


def duckdb_copy(export, out):
    tree = nested()
    kinds = ", ".join(f"'{name}': '{duckdb_type(of) if isinstance(of, dict) else of}'" for name, of in tree.items())
    picked = ", ".join(f"{path}{'::VARCHAR' if kind == 'JSON' else ''} AS {name}" for name, _, path, kind in COLUMNS)
    read = f"read_json('{export}', format = 'newline_delimited', columns = {{{kinds}}})"
    return (f"COPY (SELECT {picked} FROM (SELECT *, properties AS p FROM {read})) TO '{out}' "
            "(FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 122880)")


CHDB_KINDS = {"VARCHAR": "Nullable(String)", "INT": "Nullable(Int32)", "BOOLEAN": "Nullable(Bool)", "DOUBLE": "Nullable(Float64)",
              "TIMESTAMP": "Nullable(String)", "JSON": "String"}


def chdb_type(tree):
    return "Tuple(" + ", ".join(f"{name} {chdb_type(of) if isinstance(of, dict) else CHDB_KINDS[of]}" for name, of in tree.items()) + ")"


def chdb_copy(export, out, threads):
    kinds = ", ".join(f"{name} {chdb_type(of) if isinstance(of, dict) else CHDB_KINDS[of]}" for name, of in nested().items())
    place = lambda path: path.replace("p.", "properties.", 1) if path.startswith("p.") else path
    value = lambda path, kind: f"parseDateTime64BestEffortOrNull({place(path)}, 6)" if kind == "TIMESTAMP" else place(path)
    picked = ", ".join(f"{value(path, kind)} AS {name}" for name, _, path, kind in COLUMNS)
    settings = ("input_format_json_read_arrays_as_strings = 1, input_format_skip_unknown_fields = 1, "
                "input_format_json_ignore_unknown_keys_in_named_tuple = 1, input_format_json_defaults_for_missing_elements_in_named_tuple = 1, "
                f"output_format_parquet_compression_method = 'zstd', max_threads = {threads}")
    return f"SELECT {picked} FROM file('{export}', 'JSONEachRow', '{kinds}') INTO OUTFILE '{out}' FORMAT Parquet SETTINGS {settings}"


DUCKDB = "import sys, duckdb; c = duckdb.connect(); c.execute(\"SET threads = 2; SET memory_limit = '8GB'; SET preserve_insertion_order = false\"); c.execute(sys.argv[1])"
CHDB = "import sys, chdb; chdb.query(sys.argv[1])"


def timed(command):
    """Seconds with the output on disk, and peak memory in MB, of a process."""
    began = time.monotonic()
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    error = child.stderr.read()
    _, status, usage = os.wait4(child.pid, 0)
    os.sync()
    if status != 0:
        raise SystemExit(f"{command[:3]}: {error.decode()[-800:]}")
    return time.monotonic() - began, usage.ru_maxrss / 1024


def size_of(path):
    return sum(f.stat().st_size for f in path.rglob("*") if f.is_file()) if path.is_dir() else path.stat().st_size


def ingest(args, folder, export):
    only = [args.authlake, "ingest", "--threads", "2", "--only", "records", "--lake", str(folder / "only"), str(export)]
    jobs = {
        "records": (folder / "only", only),
        "authlake": (folder / "lake", [args.authlake, "ingest", "--threads", "2", "--lake", str(folder / "lake"), str(export)]),
        "duckdb": (folder / "duckdb.parquet", [sys.executable, "-c", DUCKDB, duckdb_copy(export, folder / "duckdb.parquet")]),
    }
    if HAS_CHDB:
        jobs["chdb"] = (folder / "chdb.parquet", [sys.executable, "-c", CHDB, chdb_copy(export, folder / "chdb.parquet", 2)])
    with export.open("rb") as file:
        while file.read(1 << 24):
            pass
    times = {name: [] for name in jobs}
    for _ in range(args.pairs):
        for name, (out, command) in jobs.items():
            shutil.rmtree(out) if out.is_dir() else out.unlink(missing_ok=True)
            times[name].append(timed(command))
    theirs = [seconds for seconds, _ in times["duckdb"]]
    print(f"ingest of {args.records} records, {export.stat().st_size / 1e6:.0f} MB, {args.pairs} pairs, {len(COLUMNS)} columns of the peers")
    print(f"{'':10} {'seconds':>8} {'records/s':>10} {'MB/s':>6} {'bytes':>12} {'peak MB':>8}  DuckDB's time / its: median (least to most)")
    for name, (out, _) in jobs.items():
        seconds = statistics.median(s for s, _ in times[name])
        ratios = sorted(their / own for their, (own, _) in zip(theirs, times[name]))
        size = size_of(out / "records") + size_of(out / "policy_sets") if out.is_dir() else size_of(out)
        print(f"{name:10} {seconds:8.2f} {args.records / seconds:10.0f} {export.stat().st_size / 1e6 / seconds:6.0f} {size:12} "
              f"{max(m for _, m in times[name]):8.0f}  {statistics.median(ratios):.2f} ({ratios[0]:.2f} to {ratios[-1]:.2f})")




def ask(args, folder):
    import duckdb
    parquet, native = folder / "records.parquet", folder / "native.duckdb"
    named = ", ".join(f"{lake} AS {name}" for name, lake, _, _ in COLUMNS if lake)
    if not native.exists():
        # The records of the lake, since the export delivers some of them twice; written by DuckDB in its own way.
        told = folder / "told.parquet"
        sql = f"SELECT {named} FROM records"
        subprocess.run([args.authlake, "sql", "--lake", str(folder / "lake"), "--format", "parquet", "-o", str(told), sql], check=True)
        made = duckdb.connect(str(native))
        made.execute(f"CREATE TABLE t AS FROM '{told}' ORDER BY created_at")
        made.execute(f"COPY t TO '{parquet}' (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 122880)")
        made.close()
        told.unlink()
    con = duckdb.connect()
    con.execute(f"SET threads = 2; SET TimeZone = 'UTC'; SET parquet_metadata_cache = true; CREATE VIEW t AS FROM '{parquet}'")
    own = duckdb.connect(str(native), read_only=True)
    own.execute("SET threads = 2")
    correlation = con.execute("SELECT correlation_id FROM t WHERE correlation_id IS NOT NULL OFFSET 1000 LIMIT 1").fetchone()[0]
    texts = {path.stem: path.read_text(encoding="utf-8").replace("{correlation_id}", correlation).strip()
             for path in sorted((HERE / "twelve").glob("*.sql"))}
    with tempfile.TemporaryDirectory() as scratch:
        for name, text in texts.items():
            view = f"WITH t AS (SELECT {named} FROM records) {text}"
            pathlib.Path(scratch, f"{name}.sql").write_text(view, encoding="utf-8")
        def session(*options):
            command = [args.session, str(folder / "lake"), "--rounds", str(args.pairs), "--threads", "2", "--sql", scratch, *options]
            told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
            return {line.split()[0]: (float(line.split()[1]), float(line.split()[2])) for line in told.splitlines()}
        ours, files = session(), session("--keep", "0")
        differ = [name for name in texts if not same(args, folder, pathlib.Path(scratch, f"{name}.sql"), con.execute(texts[name]))]
    def seconds(run):
        run()
        times = []
        for _ in range(args.pairs):
            began = time.perf_counter()
            run()
            times.append(time.perf_counter() - began)
        return statistics.median(times)
    print(f"{'question':26} {'authlake':>9} {'first':>9} {'files':>9} {'Parquet':>9} {'native':>9} {'chdb':>9} {'best / ours':>11} {'/ files':>8}  "
          "seconds; first run, no columns kept; DuckDB's two, ClickHouse")
    ratios, of_files = [], []
    for name, text in texts.items():
        theirs = [seconds(lambda: con.execute(text).fetchall()), seconds(lambda: own.execute(text).fetchall()), math.nan]
        if HAS_CHDB:
            import chdb
            sql = re.sub(r"FROM t\b", f"FROM file('{parquet}', Parquet) AS t", text)
            sql = sql.replace("extract(dow FROM created_at)", "toDayOfWeek(created_at) % 7").replace("extract(hour FROM created_at)", "toHour(created_at)")
            sql = sql.replace("extract(epoch FROM created_at)", "toUnixTimestamp64Micro(assumeNotNull(created_at)) / 1e6")
            sql = re.sub(r"\blag\((\w+)\) OVER w", r"lagInFrame(toNullable(\1)) OVER w", sql)
            try:
                theirs[2] = seconds(lambda: chdb.query(sql + " SETTINGS max_threads = 2"))
            except Exception as error:  # ClickHouse does not take the question as it stands.
                print(f"chdb, {name}: {str(error)[:150]}", file=sys.stderr)
        best = min(t for t in theirs if not math.isnan(t))
        ratios.append(best / ours[name][1])
        of_files.append(best / files[name][1])
        told = [ours[name][1], ours[name][0], files[name][1], *theirs]
        print(f"{name:26} " + " ".join(f"{t:9.4f}" for t in told) + f" {ratios[-1]:11.2f} {of_files[-1]:8.2f}"
              + ("  DIFFERS" if name in differ else ""))
    for all_of, what in (ratios, "ours"), (of_files, "ours without kept columns"):
        mean = math.exp(statistics.fmean(map(math.log, all_of)))
        print(f"geometric mean of the best peer's time / {what} {mean:.2f}, lowest {min(all_of):.2f}")


def same(args, folder, path, answer):
    """Whether authlake's answer is DuckDB's."""
    import datetime
    import json
    command = [args.authlake, "sql", "--lake", str(folder / "lake"), "--format", "ndjson", "--file", str(path)]
    ours = [list(json.loads(line).values()) for line in subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()]
    def text(value):
        if isinstance(value, datetime.datetime):
            return value.strftime("%Y-%m-%dT%H:%M:%S.%f").rstrip("0").rstrip(".")
        if isinstance(value, str):
            value = re.sub(r"(\.\d*?)0*Z$", r"\1", value).rstrip("Z").rstrip(".") if re.match(r"\d{4}-\d\d-\d\dT", value) else value
            return value or None
        return float(value) if isinstance(value, (int, float)) else None if value is None else float(value) if str(value).replace(".", "", 1).isdigit() else str(value)
    rows = lambda found: sorted(repr([text(value) for value in row]) for row in found)
    return rows(ours) == rows(answer.fetchall())


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--records", type=int, default=1_000_000)
    parser.add_argument("--policies", type=int, default=9, help="policies of each generated record")
    parser.add_argument("--pairs", type=int, default=5)
    parser.add_argument("--authlake", default="authlake")
    parser.add_argument("--session")
    parser.add_argument("--only", choices=["ingest", "ask"])
    parser.add_argument("--columns", choices=["all", "57"], default="all", help="what the peers store: all that a lake holds, or 57 of the 73")
    args = parser.parse_args()
    if args.columns == "all":
        COLUMNS.extend(MORE)
    args.folder.mkdir(parents=True, exist_ok=True)
    export = args.folder / "export.json"
    if not export.exists():
        subprocess.run([args.authlake, "generate", "--records", str(args.records), "--users", str(max(args.records // 100, 50)),
                        "--days", "30", "--policies", str(args.policies), "-o", str(export)], check=True, capture_output=True)
    if args.only != "ask":
        ingest(args, args.folder, export)
    if args.only != "ingest" and args.session:
        ask(args, args.folder)


main()
