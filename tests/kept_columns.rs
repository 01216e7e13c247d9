//! The same questions through kept columns and through files: the answers are the same.

use std::path::Path;

use arrow::util::pretty::pretty_format_batches;

use authlake::engine::{Engine, Limits};
use authlake::generate::{Options, generate};
use authlake::lake::Lake;
use authlake::signin::tables::Tables;

use crate::flows::ingest_into;

/// Questions, and whether all of what they read of the lake goes through kept columns.
const QUESTIONS: [(&str, bool); 34] = [
    (
        "SELECT country, error_code, count(*), count(DISTINCT user_id) FROM records GROUP BY 1, 2",
        true,
    ),
    (
        "SELECT upper(country), min(city), max(state), count(city) FROM records GROUP BY country",
        true,
    ),
    (
        "SELECT user_principal_name, count(DISTINCT app_display_name) FILTER (WHERE error_code = 0) FROM records GROUP BY 1",
        true,
    ),
    (
        "SELECT count(DISTINCT user_principal_name), count(DISTINCT city || country) FROM records",
        true,
    ),
    (
        "SELECT DISTINCT country, operating_system FROM records",
        true,
    ),
    (
        "SELECT country FROM records GROUP BY country HAVING max(city) > 'M' ORDER BY country DESC",
        true,
    ),
    (
        "SELECT country c, count(*) n FROM records GROUP BY ROLLUP (country)",
        true,
    ),
    (
        "SELECT created_at, id, city FROM records WHERE user_principal_name LIKE 'user00000%' AND error_code <> 0",
        true,
    ),
    (
        "SELECT id, city FROM records WHERE user_principal_name = 'user000007@contoso.example' ORDER BY created_at DESC, id LIMIT 20",
        true,
    ),
    (
        "SELECT id, country FROM records ORDER BY country NULLS FIRST, id LIMIT 50",
        true,
    ),
    (
        "SELECT count(*) FROM records WHERE trust_type IS NULL",
        true,
    ),
    (
        "SELECT count(*) FROM records WHERE trust_type IS NOT NULL AND coalesce(city, '?') NOT IN ('Berlin', '?')",
        true,
    ),
    (
        "SELECT count(*) FROM records WHERE city = country OR lower(city) = 'berlin' OR error_code = 50074",
        true,
    ),
    (
        "SELECT count(*), min(id) FROM records WHERE user_id = (SELECT max(user_id) FROM records)",
        true,
    ),
    (
        "SELECT date, count(*), count(DISTINCT ip_address) FROM records WHERE date >= '2026-01-07' GROUP BY date",
        true,
    ),
    (
        "SELECT count(*) FROM records WHERE date = '2026-01-07' OR country = 'US'",
        true,
    ),
    (
        "SELECT id, user_principal_name FROM records WHERE created_at < '2026-01-06T12:00:00Z'",
        true,
    ),
    (
        "SELECT user_principal_name, lag(country) OVER w, lag(error_code) OVER w FROM records \
      WINDOW w AS (PARTITION BY user_principal_name ORDER BY created_at, id)",
        true,
    ),
    (
        "SELECT id, count(city) OVER (PARTITION BY country, lower(city)), rank() OVER (PARTITION BY country ORDER BY city, id) FROM records",
        true,
    ),
    (
        "SELECT u, sum(n) FROM (SELECT user_principal_name u, count(*) OVER (PARTITION BY user_principal_name) n FROM records) \
      GROUP BY u",
        true,
    ),
    (
        "SELECT a.country, count(*) FROM records a JOIN records b ON a.user_id = b.user_id AND a.city = b.city GROUP BY 1",
        true,
    ),
    (
        "SELECT count(*) FROM records a LEFT JOIN countries c ON a.country = c.code WHERE c.region IS NULL",
        true,
    ),
    (
        "SELECT country FROM records UNION SELECT city FROM records UNION ALL SELECT name FROM countries",
        true,
    ),
    (
        "SELECT count(*) FROM records WHERE city IN (SELECT max(city) FROM records GROUP BY country)",
        true,
    ),
    (
        "SELECT count(*) FROM records r WHERE EXISTS (SELECT 1 FROM records s WHERE s.country = r.country AND s.error_code = 50126)",
        true,
    ),
    (
        "SELECT country, city AS country_city, country AS c2 FROM (SELECT * FROM records) t GROUP BY country, city",
        true,
    ),
    (
        "WITH t AS (SELECT user_principal_name AS upn, country AS c FROM records) SELECT a.c, count(*) FROM t a GROUP BY a.c",
        true,
    ),
    (
        "SELECT CASE WHEN city LIKE '%a%' THEN city ELSE country END x, count(*) FROM records GROUP BY 1",
        true,
    ),
    (
        "SELECT array_agg(country ORDER BY id), string_agg(city, ',' ORDER BY id) FROM records GROUP BY error_code",
        true,
    ),
    (
        "SELECT app_display_name, mfa_outcome, count(*) FROM signins GROUP BY 1, 2",
        true,
    ),
    (
        "SELECT country, count(*) FROM (SELECT country FROM records LIMIT 100000) GROUP BY country",
        true,
    ),
    (
        "SELECT count(*) FROM records WHERE correlation_id = 'none'",
        false,
    ),
    (
        "SELECT count(*), sum(array_length(authentication_details)) FROM records",
        false,
    ),
    (
        "SELECT length(applied_conditional_access_policies), country FROM records",
        false,
    ),
];

async fn rows(engine: &Engine, sql: &str) -> Vec<String> {
    let batches = engine.collect(sql, &[]).await;
    let batches = batches.unwrap_or_else(|e| panic!("{sql}: {e}"));
    let shown = pretty_format_batches(&batches).expect("rows").to_string();
    let mut rows: Vec<String> = shown.lines().map(str::to_owned).collect();
    rows.sort_unstable();
    rows
}

fn lake(folder: &Path) -> Lake {
    let options = Options {
        records: 3_000,
        users: 60,
        days: 5,
        ..Options::default()
    };
    let mut text = Vec::new();
    generate(&options, &mut text, None, &mut |_, _| {}).expect("an export");
    let export = folder.join("export.json");
    std::fs::write(&export, text).expect("a file");
    let lake = folder.join("lake");
    ingest_into(&lake, &[export]);
    Lake::open(&lake).expect("a lake")
}

#[tokio::test]
async fn answers_are_those_of_the_files() {
    let folder = tempfile::tempdir().expect("a folder");
    let lake = lake(folder.path());
    let limits = Limits {
        threads: 3,
        ..Limits::default()
    };
    let open = |bytes| Engine::open_keeping(&lake, Tables::built_in(), limits, bytes);
    let plain = open(0).await.expect("a session");
    let kept = open(64 << 20).await.expect("a session");
    // So little that nearly nothing is still there when it is asked for again.
    let little = open(500 << 10).await.expect("a session");
    for (sql, is_kept) in QUESTIONS {
        let explain = format!("EXPLAIN {sql}");
        // A look-up reads files as long as its columns are asked for the first time.
        rows(&kept, &explain).await;
        for (engine, through) in [(&plain, false), (&kept, is_kept)] {
            let plan = rows(engine, &explain).await.concat();
            assert_eq!(plan.contains("ColumnScanExec"), through, "{sql}");
            // Small tables are in memory by another name, and a value from a subquery is planned apart.
            let other = sql.contains("countries") || sql.contains("= (SELECT");
            let files = plan.contains("DataSourceExec");
            assert_eq!(files, !through || other, "{sql}");
        }
        let told = rows(&plain, sql).await;
        for engine in [&kept, &little, &kept] {
            assert_eq!(rows(engine, sql).await, told, "{sql}");
        }
    }
    let user = "EXPLAIN SELECT id, city FROM records WHERE user_id = 'none'";
    let new = open(64 << 20).await.expect("a session");
    for through in [false, true] {
        let plan = rows(&new, user).await.concat();
        assert_eq!(plan.contains("ColumnScanExec"), through);
    }
    // A look-up goes through columns that are kept already.
    let found = "SELECT id FROM records WHERE id = 'none'";
    let explain = format!("EXPLAIN {found}");
    let plan = rows(&kept, &explain).await.concat();
    assert!(plan.contains("ColumnScanExec"));
    assert_eq!(rows(&kept, found).await, rows(&plain, found).await);
    let wrong = "SELECT count(*) FROM records WHERE CAST(city AS int) = 1";
    for engine in [&plain, &kept] {
        let told = engine.collect(wrong, &[]).await;
        assert!(told.is_err());
    }
}

/// Texts are given after the rows are in order, without a word of it to the optimizer.
#[tokio::test]
async fn order_is_kept_where_texts_are_given_last() {
    let folder = tempfile::tempdir().expect("a folder");
    let lake = lake(folder.path());
    let limits = Limits {
        threads: 4,
        ..Limits::default()
    };
    let engine = Engine::open_keeping(&lake, Tables::built_in(), limits, 64 << 20).await;
    let engine = engine.expect("a session");
    for order in ["created_at, id", "city NULLS FIRST, id"] {
        let sql = format!("SELECT city, created_at, id FROM records ORDER BY {order}");
        let batches = engine.collect(&sql, &[]).await.expect("rows");
        let told = pretty_format_batches(&batches).expect("rows").to_string();
        let again = format!("SELECT * FROM ({sql}) ORDER BY {order}");
        let plain = Engine::open_keeping(&lake, Tables::built_in(), limits, 0).await;
        let batches = plain.expect("a session").collect(&again, &[]).await;
        let wanted = pretty_format_batches(&batches.expect("rows")).expect("rows");
        assert!(told == wanted.to_string(), "{order}");
    }
}

/// Filters are asked for texts that no file of the scan has: an error there is no error.
#[tokio::test]
async fn a_text_that_is_not_read_does_no_harm() {
    let folder = tempfile::tempdir().expect("a folder");
    let lake = lake(folder.path());
    let engine = Engine::open_keeping(&lake, Tables::built_in(), Limits::default(), 64 << 20).await;
    let engine = engine.expect("a session");
    rows(&engine, "SELECT count(DISTINCT city) FROM records").await;
    let none = "SELECT count(*) FROM records WHERE CAST(city AS int) = 1 AND date = '2020-01-01'";
    assert!(rows(&engine, none).await.concat().contains("| 0 "));
}
