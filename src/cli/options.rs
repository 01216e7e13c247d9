//! Resolves what was said on the command line against terminal, clock and configuration.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use authlake::engine::Limits;
use authlake::ingest;
use authlake::signin::aadsts::{Code, CodeTable, Kind};
use authlake::{Error, Result, config};

use super::args;

/// Microseconds since 1970-01-01 UTC.
pub fn now_us() -> i64 {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    i64::try_from(since.as_micros()).unwrap_or(i64::MAX)
}

/// One per core, unless told.
pub fn threads(asked: Option<usize>) -> usize {
    asked
        .unwrap_or_else(|| std::thread::available_parallelism().map_or(2, usize::from))
        .max(1)
}

/// The code table with the organisation's rows: `AUTHLAKE_CONFIG`, else `authlake.toml` in the
/// lake, else in the working folder.
pub fn codes(lake: &Path) -> Result<Arc<CodeTable>> {
    let named = std::env::var_os("AUTHLAKE_CONFIG").map(PathBuf::from);
    let places = [lake.join("authlake.toml"), PathBuf::from("authlake.toml")];
    let path = named.or_else(|| places.into_iter().find(|p| p.exists()));
    let built_in = CodeTable::built_in();
    let Some(path) = path else {
        return Ok(built_in);
    };
    let rows = config::read(&path)?.codes;
    let codes = rows.into_iter().map(|row| own_code(row, &built_in));
    Ok(Arc::new(built_in.with_rows(codes)))
}

fn own_code(own: config::CodeRow, table: &CodeTable) -> Code {
    let listed = table.row(own.code);
    Code {
        name: own.name.unwrap_or(listed.name),
        kind: own.kind.map_or(listed.kind, |k| Kind::parse(&k)),
        category: own.category.unwrap_or(listed.category),
        title: own.title.unwrap_or(listed.title),
        meaning: own.meaning.unwrap_or(listed.meaning),
        not_said: own.not_said.unwrap_or(listed.not_said),
        who_can_fix: own.who_can_fix.unwrap_or(listed.who_can_fix),
        advice: own.advice.unwrap_or(listed.advice),
        ..table.row(own.code)
    }
}

/// The limits of a query.
pub fn limits(args: &args::Limits) -> Result<Limits> {
    let timeout = args.timeout.map(Duration::try_from_secs_f64).transpose();
    let timeout = timeout.map_err(|e| Error::Usage(format!("--timeout: {e}")))?;
    Ok(Limits {
        memory_bytes: args.memory.saturating_mul(1 << 20),
        threads: args.threads.unwrap_or(0),
        timeout,
    })
}

/// How long another writer is waited for.
pub fn wait(args: &args::Wait) -> Result<Duration> {
    Duration::try_from_secs_f64(args.wait).map_err(|e| Error::Usage(format!("--wait: {e}")))
}

/// An ingest of exports into a lake with defaults.
pub fn ingest(inputs: Vec<String>, lake: PathBuf, codes: Arc<CodeTable>) -> ingest::Options {
    ingest::Options {
        inputs,
        lake,
        threads: threads(None),
        now_us: now_us(),
        codes,
        ..ingest::Options::default()
    }
}
