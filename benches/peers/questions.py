"""The shipped questions in DuckDB, over the Parquet files of one lake: are the answers the same, and how fast?

    python3 benches/peers/questions.py check LAKE [NAME...]    same, differs or not possible, a line for each
    python3 benches/peers/questions.py time LAKE [NAME...]     seconds of each
    python3 benches/peers/questions.py show LAKE [NAME...]     what DuckDB is asked
    python3 benches/peers/questions.py one LAKE [NAME...]      what DuckDB answers

Options: --since 90d, --until TIME, --timezone ZONE, -p NAME=VALUE, --authlake BINARY, --queries DIR,
--threads 2, --rounds 5. A NAME is a question (mfa/by_day) or a folder (mfa/); none means all.

Each question is translated by the rules in REWRITES, and those in BY_HAND further by hand. Days are named
beside the time, so that DuckDB opens the files of the period alone. What authlake keeps in memory (codes,
countries, result texts) is exported from it once, to a temporary folder. Needs `pip install duckdb pytz`.

`time` sets side by side, in turn and with warm files: authlake as a fresh process, a fresh Python process
that imports duckdb, makes the views that the question needs and fetches the answer, and the second and
later runs on one DuckDB connection. With --session BINARY, the program of benches/questions.rs, authlake's
second and later runs in one session are beside those.
"""

import argparse
import collections
import csv
import datetime
import io
import math
import pathlib
import re
import statistics
import subprocess
import sys
import tempfile
import time
import zoneinfo

import duckdb

# The timed process: nothing is imported that a plain user of DuckDB would not import.
FRESH = "import sys, duckdb; duckdb.connect().execute(open(sys.argv[1], encoding='utf-8').read()).fetchall()"
CONSTANTS = (
    "SET threads = {threads}; SET TimeZone = 'UTC'; SET parquet_metadata_cache = true; "
    "SET default_null_order = 'nulls_last_on_asc_first_on_desc';\n"
)
UTC = datetime.timezone.utc
DAY = datetime.timedelta(days=1)

# What a question may name, each with the statement that makes it. {lake} and {tables} are folders.
VIEWS = {
    "records": "CREATE VIEW records AS FROM read_parquet('{lake}/records/*/*.parquet', "
    "hive_partitioning = true, hive_types = {{'date': DATE}})",
    "signins": "CREATE VIEW signins AS FROM read_parquet('{lake}/signins/*/*.parquet', "
    "hive_partitioning = true, hive_types = {{'date': DATE}})",
    "policy_sets": "CREATE VIEW policy_sets AS FROM read_parquet('{lake}/policy_sets/*.parquet')",
    "steps": "CREATE VIEW steps AS SELECT id, tenant_id, created_at, date, user_principal_name, correlation_id, "
    "unnest(step) FROM (SELECT id, tenant_id, created_at, date, user_principal_name, correlation_id, "
    "unnest(authentication_details) AS step FROM records)",
    "policy_results": "CREATE VIEW policy_results AS SELECT r.id, r.tenant_id, r.created_at, r.date, "
    "r.user_principal_name, r.correlation_id, r.error_code, p.policy_id, p.display_name, p.result, "
    "p.enforced_grant_controls, p.enforced_session_controls, p.conditions_satisfied, p.conditions_not_satisfied, "
    "p.ordinal FROM records r JOIN policy_sets p ON r.policy_set_id = p.policy_set_id",
    "mfa_signins": "CREATE VIEW mfa_signins AS SELECT *, "
    "mfa_outcome IN ('denied', 'wrong_code', 'timed_out', 'fraud_reported', 'blocked', 'failed') AS mfa_is_failure, "
    "mfa_outcome IN ('passed', 'denied', 'wrong_code', 'timed_out', 'fraud_reported', 'blocked', 'failed') "
    "AS mfa_is_decided FROM signins WHERE event_type IN ('interactiveUser', 'adfs', 'unknown')",
    "codes": "CREATE TABLE codes AS FROM '{tables}/codes.parquet'",
    "countries": "CREATE TABLE countries AS FROM '{tables}/countries.parquet'",
    "mfa_results": "CREATE TABLE mfa_results AS FROM '{tables}/mfa_results.parquet'",
    "users": "CREATE VIEW users AS FROM read_parquet('{lake}/users/*.parquet')",
}
# A lake into which nobody imported users has no file of them.
NO_USERS = """CREATE TABLE users (user_id VARCHAR, tenant_id VARCHAR, user_principal_name VARCHAR, user_display_name VARCHAR,
  user_type VARCHAR, department VARCHAR, job_title VARCHAR, company_name VARCHAR, office_location VARCHAR,
  usage_location VARCHAR, employee_type VARCHAR, directory_roles VARCHAR[], account_enabled BOOLEAN, is_synced BOOLEAN,
  user_created_at TIMESTAMPTZ, imported_at TIMESTAMPTZ)"""

# Functions. `utc` is the wall clock of UTC, without the cost of a calendar.
MACROS = {
    "utc": "(moment) AS make_timestamp(epoch_us(moment))",
    **{
        f"aadsts_{name}": f"(wanted) AS CASE WHEN wanted IS NOT NULL THEN "
        f"coalesce((SELECT c.{name} FROM codes c WHERE c.code = wanted), 'unknown') END"
        for name in ["kind", "category", "title", "advice"]
    },
    "country_name": "(wanted) AS (SELECT c.name FROM countries c WHERE c.code = upper(trim(wanted)))",
    # An exact text beats a tail, a tail beats a prefix, a longer one a shorter.
    "mfa_result": "(wanted) AS CASE WHEN trim(wanted) <> '' THEN coalesce((SELECT arg_min(r.outcome, "
    "CASE r.match WHEN 'exact' THEN 0 WHEN 'tail' THEN 10000 ELSE 20000 END - length(r.text)) FROM mfa_results r "
    "WHERE r.field IN ('details', 'call_result', 'auth_detail') AND CASE r.match "
    "WHEN 'exact' THEN lower(trim(wanted)) = lower(r.text) "
    "WHEN 'tail' THEN ends_with(lower(trim(wanted)), lower(r.text)) "
    "ELSE starts_with(lower(trim(wanted)), lower(r.text)) END), 'unknown') END",
}
# Functions of a time zone: UTC needs no calendar, other zones do.
ZONE_MACROS = {
    True: {
        "local_time": "(moment, zone) AS utc(moment)",
        "hour_start": "(moment, zone) AS date_trunc('hour', utc(moment))",
    },
    False: {
        "local_time": "(moment, zone) AS timezone(zone, moment)",
        "hour_start": "(moment, zone) AS make_timestamptz(epoch_us(moment) - epoch_us(timezone(zone, moment)) "
        "+ epoch_us(date_trunc('hour', timezone(zone, moment))))",
    },
}

# What authlake itself is asked for, once: its small tables.
EXPORTS = {
    "codes": "SELECT * FROM codes",
    "countries": "SELECT * FROM countries",
    "mfa_results": "SELECT * FROM mfa_results",
}
# The labels of the lake's methods, and what authlake says of each.
METHODS = """SELECT mfa_method, mfa_method_is_phishing_resistant(mfa_method) AS resistant
FROM signins WHERE mfa_method IS NOT NULL GROUP BY 1"""

# DataFusion's dialect, and authlake's functions where DuckDB has a better way.
REWRITES = [
    # The number of a time; times are no numbers in DuckDB, and / is no division of integers.
    (r"CAST\((\$\w+|after|hour|started_at|max\(started_at\)) AS bigint\)", r"epoch_us(\1)"),
    (r"/ 3600000000\b", "// 3600000000"),
    (r"to_timestamp_micros\(", "make_timestamptz("),
    # Days and hours of UTC.
    (r"date_trunc\('(\w+)', (\w+)\)", r"date_trunc('\1', utc(\2))"),
    (r"approx_percentile_cont\(([\d.]+)\) WITHIN GROUP \(ORDER BY (CAST\(\w+ AS double\)|\w+)\)", r"approx_quantile(\2, \1)"),
    (r"named_struct\('property', ('\w+'), 'value', ", r"struct_pack(property := \1, value := "),
    (r"make_array\(", "list_value("),
    (r"first_value\((\w+) ORDER BY (\w+) DESC\)", r"arg_max_null(\1, \2)"),
    (r"\bat\b", '"at"'),
    # A category of a column is a join with the codes of that category.
    (r"aadsts_category\((\w+)\) (= '\w+'|IN \([^)]*\))", r"\1 IN (SELECT code FROM codes WHERE category \2)"),
    (
        r"coalesce\(aadsts_kind\((\w+)\), 'unknown'\) = 'unknown'",
        r"(\1 IS NULL OR \1 NOT IN (SELECT code FROM codes WHERE kind <> 'unknown'))",
    ),
]
# A period: the files of its days alone are opened.
PERIOD = re.compile(
    r"\b(started_at|created_at) >= (\$since - INTERVAL '(\d+) days'|least\(\$history, \$since\)|\$since)\s+"
    r"AND \1 < \$until(?! -)"
)

# Where a DuckDB user would write a question in another way, since DuckDB does not find it by itself.
BY_HAND = {
    # Each distinct text is judged once.
    "mfa/wrong_codes_then_other_method": [
        ("told AS ", "told AS MATERIALIZED "),
        (r"mfa_result\(result_detail\) AS word", "result_detail"),
        ("decisive AS ", """words AS (
  SELECT result_detail, mfa_result(result_detail) AS word FROM (SELECT DISTINCT result_detail FROM told)
), decisive AS """),
        (r"FROM told(?=\s+WHERE)", "FROM told JOIN words USING (result_detail)"),
    ],
    # What is looked for is found once.
    "risk/impossible_travel": [("far AS ", "far AS MATERIALIZED ")],
    "user/session": [("wanted AS ", "wanted AS MATERIALIZED ")],
}

# Columns of approximate quantiles. `check` sets what each says beside the exact ones.
APPROXIMATE = {"median_ms", "p95_ms", "p95_seconds"}


class Question:
    """A saved question: its parameters, the kinds of its columns, and its SQL."""

    def __init__(self, name, text):
        self.name = name
        self.params, self.kinds = {}, {}
        for line in text.splitlines():
            if told := re.match(r"-- param: (\w+) (\w+) (\S+) \|", line):
                self.params[told[1]] = (told[2], told[3])
            elif told := re.match(r"-- column: (\w+) (\w+)", line):
                self.kinds[told[1]] = told[2]
        lines = [line for line in text.splitlines() if not line.lstrip().startswith("--")]
        self.sql = "\n".join(lines)


class Asked:
    """A lake with what its questions need."""

    def __init__(self, args, tables):
        self.args, self.tables = args, tables
        self.zone = zoneinfo.ZoneInfo(args.timezone)
        self.given = dict(pair.split("=", 1) for pair in args.param)
        for name, query in EXPORTS.items():
            text = self.authlake("sql", query)
            path = pathlib.Path(tables, f"{name}.csv")
            path.write_text(text, encoding="utf-8")
            duckdb.sql(f"COPY (FROM read_csv('{path}', header = true)) TO '{path.with_suffix('.parquet')}'")
        has_users = any(pathlib.Path(args.lake, "users").glob("*.parquet"))
        self.views = VIEWS if has_users else VIEWS | {"users": NO_USERS}
        self.macros = MACROS | ZONE_MACROS[args.timezone == "UTC"]
        self.macros["mfa_method_is_phishing_resistant"] = self.resistant()
        self.con = duckdb.connect()
        needed = ["records", "signins", "mfa_signins"]
        self.con.execute(CONSTANTS.format(threads=args.threads) + self.statements(self.views[name] for name in needed))
        oldest, newest = self.row("SELECT epoch_us(min(created_at)), epoch_us(max(created_at)) FROM records")
        self.oldest, self.newest = of_micros(oldest), of_micros(newest)
        # What a question about one person or one session is asked about.
        self.examples = {
            "user": "SELECT user_principal_name FROM mfa_signins WHERE user_principal_name IS NOT NULL "
            "GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT 1",
            "user/correlation": "SELECT correlation_id FROM mfa_signins WHERE correlation_id IS NOT NULL "
            "ORDER BY record_count DESC, started_at DESC, signin_id LIMIT 1",
            "user/session": "SELECT session_id FROM records WHERE session_id IS NOT NULL "
            "GROUP BY 1 ORDER BY count(*) DESC, max(created_at) DESC, 1 LIMIT 1",
        }

    def resistant(self):
        """Whether a method resists phishing: each label by its name, so that no row needs a join."""
        words = {"true": [], "false": []}
        for label, told in list(csv.reader(io.StringIO(self.authlake("sql", METHODS))))[1:]:
            words.get(told, []).append(literal(label).replace("{", "{{").replace("}", "}}"))
        cases = [f"WHEN wanted IN ({', '.join(labels)}) THEN {told}" for told, labels in words.items() if labels]
        return f"(wanted) AS CASE {' '.join(cases) or 'WHEN false THEN false'} END"

    def row(self, sql):
        return self.con.execute(sql).fetchone()

    def statements(self, texts):
        return "".join(text.format(lake=self.args.lake, tables=self.tables) + ";\n" for text in texts)

    def authlake(self, *words):
        command = [self.args.authlake, *words, "--lake", self.args.lake, "--threads", str(self.args.threads)]
        command += ["--format", "csv", "--csv-raw"]
        done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8")
        if done.returncode != 0:
            raise RuntimeError(done.stderr.strip())
        return done.stdout

    def words(self, question):
        """The command line that asks authlake a question."""
        words = ["query", "run", question.name, "--timezone", self.args.timezone]
        for name in ["since", "until"]:
            if name in question.params and getattr(self.args, name):
                words += [f"--{name}", getattr(self.args, name)]
        for name, (_, default) in question.params.items():
            if default == "required" or name in self.given:
                words += ["-p", f"{name}={self.text_of(question, name)}"]
        return words

    def text_of(self, question, name):
        """What is said for a parameter: by a flag, by -p, by the header, or an example out of the lake."""
        default = question.params[name][1]
        if name == "timezone":
            return self.args.timezone
        if name in ("since", "until") and getattr(self.args, name):
            return getattr(self.args, name)
        if name in self.given or default != "required":
            return self.given.get(name, default)
        example = self.examples.get(question.name) or self.examples.get(name)
        if example is None:
            raise RuntimeError(f"{question.name} needs -p {name}=...")
        if example.startswith("SELECT"):
            found = self.row(example)
            example = found[0] if found else "none"
            self.examples[question.name] = example
        return example

    def time(self, text):
        """`newest`, `oldest`, a span back from the newest record, a date, or a time."""
        if text == "oldest":
            return self.oldest
        if text == "newest":
            return self.newest + datetime.timedelta(microseconds=1)
        if span := re.fullmatch(r"(\d+)([dh])", text):
            count = int(span[1])
            if span[2] == "h":
                return self.newest - datetime.timedelta(hours=count)
            return (self.newest.astimezone(self.zone) - count * DAY).astimezone(UTC)
        at = datetime.datetime.fromisoformat(text + ("-01" if len(text) == 7 else ""))
        return (at if at.tzinfo else at.replace(tzinfo=self.zone)).astimezone(UTC)

    def question_sql(self, question):
        """A question in DuckDB's SQL, with its parameters in place."""
        sql = question.sql
        times, literals = {}, {}
        for name, (kind, _) in question.params.items():
            text = self.text_of(question, name)
            if kind == "time":
                times[name] = self.time(text)
                literals[name] = f"TIMESTAMPTZ '{times[name].strftime('%Y-%m-%d %H:%M:%S.%f')}+00'"
            else:
                literals[name] = literal(text) if kind == "text" else text

        def with_days(found):
            since = times["since"]
            if found[3]:
                since -= int(found[3]) * DAY
            elif found[2].startswith("least"):
                since = min(since, times["history"])
            until = times["until"] - datetime.timedelta(microseconds=1)
            return f"date BETWEEN DATE '{since.date()}' AND DATE '{until.date()}' AND {found[0]}"

        for pattern, new in BY_HAND.get(question.name, []):
            sql, count = re.subn(pattern, new, sql)
            if not count:
                raise RuntimeError(f"BY_HAND of {question.name} does not fit its text any more: {pattern}")
        sql = PERIOD.sub(with_days, sql)
        for pattern, new in REWRITES:
            sql = re.sub(pattern, new, sql)
        return re.sub(r"\$(\w+)", lambda found: literals[found[1]], sql)

    def setup(self, sql):
        """The statements that make what some SQL names, and what that names, first things first."""
        makers = {name: f"CREATE MACRO {name}{body}" for name, body in self.macros.items()} | self.views
        made = []

        def make(text, but=None):
            for name, maker in makers.items():
                is_named = re.search(rf"\b{name}\(" if name in self.macros else rf"\b(FROM|JOIN)\s+{name}\b", text)
                if name != but and maker not in made and is_named:
                    make(maker, name)
                    made.append(maker)

        make(sql)
        return CONSTANTS.format(threads=self.args.threads) + self.statements(made)

    def script(self, question):
        sql = self.question_sql(question)
        return self.setup(sql), sql


def literal(text):
    return "'" + text.replace("'", "''") + "'"


def of_micros(micros):
    return datetime.datetime(1970, 1, 1, tzinfo=UTC) + datetime.timedelta(microseconds=micros)


def plain(value, kind):
    """A value of either as one text: floats to 3 places, times of UTC, nulls empty."""
    if value is None or value == "":
        return ""
    if kind == "double":
        return f"{float(value) + 0.0:.3f}"
    if kind == "timestamp":
        at = value if isinstance(value, datetime.datetime) else datetime.datetime.fromisoformat(value)
        return (at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)).isoformat(timespec="microseconds")
    return str(value).lower() if kind == "boolean" else str(value)


def in_duckdb(setup, sql):
    """The heads and rows of a question in DuckDB."""
    con = duckdb.connect()
    con.execute(setup)
    rows = con.execute(sql).fetchall()
    return [column[0] for column in con.description], rows


def furthest(rows, exact, places):
    """How far, in parts of the exact value, one of these columns is from it at most."""
    pairs = [(float(row[i] or 0), float(true[i] or 0)) for row, true in zip(rows, exact) for i in places]
    return max((abs(a - b) / max(abs(b), 1e-9) for a, b in pairs if a != b), default=0.0)


def compared(asked, question):
    """One line of `check`."""
    our_heads, *ours = csv.reader(io.StringIO(asked.authlake(*asked.words(question))))
    setup, sql = asked.script(question)
    heads, theirs = in_duckdb(setup, sql)
    if our_heads != heads:
        return f"differs: columns {our_heads}; DuckDB {heads}"
    kinds = [question.kinds.get(head) for head in heads]
    ours, theirs = [[tuple(map(plain, row, kinds)) for row in rows] for rows in (ours, theirs)]
    rough = [i for i, head in enumerate(heads) if head in APPROXIMATE]
    sure = lambda row: tuple(cell for i, cell in enumerate(row) if i not in rough)
    left, right = [list(map(sure, rows)) for rows in (ours, theirs)]
    only_ours = collections.Counter(left) - collections.Counter(right)
    only_theirs = collections.Counter(right) - collections.Counter(left)
    if only_ours or only_theirs:
        first = [str(next(iter(rows), None))[:200] for rows in (only_ours, only_theirs)]
        count = max(only_ours.total(), only_theirs.total())
        return f"differs in {count} of {len(ours)} rows: authlake {first[0]}; DuckDB {first[1]}"
    line = f"same, {len(ours)} rows" + ("" if left == right else ", in another order")
    if rough and left == right:
        _, exact = in_duckdb(setup, sql.replace("approx_quantile(", "quantile_cont("))
        ours_far, theirs_far = [furthest(rows, exact, rough) for rows in (ours, theirs)]
        line += f"; quantiles up to {ours_far:.1%} from the exact ones, DuckDB's {theirs_far:.1%}"
    return line


def check(asked, questions):
    told = collections.Counter()
    for question in questions:
        try:
            line = compared(asked, question)
        except (duckdb.Error, RuntimeError) as error:
            # A question that this authlake does not ship, or SQL that needs another rewrite.
            line = f"not possible: {error}"[:400].replace("\n", " ")
        told[re.match(r"same|differs|not possible", line)[0]] += 1
        print(f"{question.name:40} {line}", flush=True)
    print(", ".join(f"{count} {word}" for word, count in told.items()))


def seconds(run):
    begin = time.perf_counter()
    run()
    return time.perf_counter() - begin


def process(command):
    return seconds(lambda: subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True))


def in_session(asked, question):
    """The median of authlake's second and later runs in one session; not a number without --session."""
    args = asked.args
    if not args.session:
        return math.nan
    given = [word for word in asked.words(question)[3:]]
    command = [args.session, args.lake, "--rounds", str(args.rounds), "--threads", str(args.threads)]
    zone = given.index("--timezone") if "--timezone" in given else None
    if zone is not None:
        command += ["-p", f"timezone={given[zone + 1]}"]
        del given[zone : zone + 2]
    told = subprocess.run([*command, *given, question.name], capture_output=True, text=True, check=True)
    return float(told.stdout.split()[2])


def time_all(asked, questions):
    args = asked.args
    print(f"{'question':40} {'authlake':>9} {'DuckDB':>9} {'ratio':>7} {'session':>9} {'DuckDB':>9} {'ratio':>7}")
    ratios = []
    nothing = pathlib.Path(asked.tables, "nothing.sql")
    nothing.write_text(CONSTANTS.format(threads=args.threads) + "SELECT 1", encoding="utf-8")
    idle = [args.authlake, "sql", "--lake", args.lake, "SELECT 1"]
    starts = [(process(idle), process([sys.executable, "-c", FRESH, str(nothing)])) for _ in range(args.rounds)]
    start, their_start = [statistics.median(column) for column in zip(*starts)]
    for question in questions:
        setup, sql = asked.script(question)
        path = pathlib.Path(asked.tables, "question.sql")
        path.write_text(setup + sql, encoding="utf-8")
        own = [args.authlake, *asked.words(question), "--lake", args.lake, "--threads", str(args.threads)]
        own += ["--format", "csv"]
        fresh = [sys.executable, "-c", FRESH, str(path)]
        con = duckdb.connect()
        con.execute(setup)
        con.execute(sql).fetchall()
        process(own)
        times = []
        for _ in range(args.rounds):
            warm = seconds(lambda: con.execute(sql).fetchall())
            times.append((process(own), process(fresh), warm))
        con.close()
        a, f, w = [statistics.median(column) for column in zip(*times)]
        s = in_session(asked, question)
        ratios.append((a / f, s / w, max(a - start, 1e-4) / max(f - their_start, 1e-4)))
        print(f"{question.name:40} {a:9.4f} {f:9.4f} {a / f:7.2f} {s:9.4f} {w:9.4f} {s / w:7.2f}", flush=True)
    words = ["as fresh processes", "in one session", "as fresh processes, both less their start"]
    for place, word in enumerate(words):
        mean = math.exp(statistics.fmean(math.log(ratio[place]) for ratio in ratios))
        print(f"{word}: geometric mean of authlake / DuckDB {mean:.3f}, highest {max(r[place] for r in ratios):.2f}")
    print(f"a process that asks nothing: authlake {start:.4f} s, DuckDB {their_start:.4f} s")
    print(f"{len(ratios)} questions, {args.rounds} rounds, {args.threads} threads, DuckDB {duckdb.__version__}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["check", "time", "show", "one"])
    parser.add_argument("lake")
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--authlake", default="authlake", help="the binary")
    parser.add_argument("--session", help="the program of benches/questions.rs")
    parser.add_argument("--queries", default=pathlib.Path(__file__).resolve().parents[2] / "queries")
    parser.add_argument("--since")
    parser.add_argument("--until")
    parser.add_argument("--timezone", default="UTC")
    parser.add_argument("-p", "--param", action="append", default=[], metavar="NAME=VALUE")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=5)
    args = parser.parse_intermixed_args()
    root = pathlib.Path(args.queries)
    questions = [
        Question(path.relative_to(root).with_suffix("").as_posix(), path.read_text(encoding="utf-8"))
        for path in sorted(root.glob("*/*.sql"))
    ]
    is_wanted = lambda name: not args.names or any(name == n or n.endswith("/") and name.startswith(n) for n in args.names)
    questions = [question for question in questions if is_wanted(question.name)]
    if not questions:
        parser.error(f"no such question in {root}")
    with tempfile.TemporaryDirectory() as tables:
        asked = Asked(args, tables)
        if args.what == "check":
            check(asked, questions)
        elif args.what == "time":
            time_all(asked, questions)
        elif args.what == "one":
            for question in questions:
                print(*in_duckdb(*asked.script(question))[1], sep="\n")
        else:
            print(*("".join(asked.script(question)) + ";\n" for question in questions), sep="\n")


if __name__ == "__main__":
    main()
