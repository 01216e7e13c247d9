//! Resolves what was said on the command line against terminal, clock and configuration.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use authlake::config::{CodeRow, ResultRow, Settings, Spanned};
use authlake::engine::Limits;
use authlake::ingest;
use authlake::signin::aadsts::{Code, CodeTable, Kind};
use authlake::signin::results::{JUDGED_FIELDS, Match, ResultText, Word};
use authlake::signin::tables::Tables;
use authlake::signin::zone::Zone;
use authlake::{Error, Result};

use super::{args, own_location};

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

/// The tables with the organisation's rows.
pub fn tables(lake: &args::Lake) -> Result<Arc<Tables>> {
    let Some(settings) = settings(lake)? else {
        return Ok(Tables::built_in());
    };
    let built_in = Tables::built_in();
    let codes = settings.config.codes.iter();
    let codes = codes.map(|row| own_code(row, &built_in.codes, &settings));
    let results = settings.config.mfa_results.iter();
    let results = results.map(|row| own_result(row, &settings));
    Ok(Arc::new(Tables {
        codes: Arc::new(built_in.codes.with_rows(codes.collect::<Result<Vec<_>>>()?)),
        results: Arc::new(
            built_in
                .results
                .with_rows(results.collect::<Result<Vec<_>>>()?),
        ),
        location: Arc::new(own_location::read(&settings)?),
    }))
}

/// The organisation's settings: of `--config`, else of `authlake.toml` in the lake, else of that in
/// the working folder.
fn settings(lake: &args::Lake) -> Result<Option<Settings>> {
    let places = [
        lake.lake.join("authlake.toml"),
        PathBuf::from("authlake.toml"),
    ];
    let found = || places.into_iter().find(|p| p.exists());
    let path = lake.config.clone().or_else(found);
    path.map(|path| Settings::read(&path)).transpose()
}

/// The time zone of the settings.
pub fn timezone(lake: &args::Lake) -> Result<Option<String>> {
    let Some(settings) = settings(lake)? else {
        return Ok(None);
    };
    Ok(own_zone(&settings)?.map(|zone| zone.name().to_owned()))
}

pub(super) fn own_zone(settings: &Settings) -> Result<Option<Zone>> {
    let zone = settings.config.timezone.as_ref();
    let zone = zone
        .map(|zone| Zone::parse(zone.get_ref()).map_err(|e| settings.wrong(zone, &e.to_string())));
    zone.transpose()
}

fn own_code(own: &CodeRow, table: &CodeTable, settings: &Settings) -> Result<Code> {
    let listed = table.row(own.code);
    let kind = match &own.kind {
        None => listed.kind,
        Some(word) => one_of(word, &Kind::ALL, Kind::name, settings)?,
    };
    let or = |own: &Option<String>, listed: String| own.clone().unwrap_or(listed);
    Ok(Code {
        name: or(&own.name, listed.name),
        kind,
        category: or(&own.category, listed.category),
        title: or(&own.title, listed.title),
        meaning: or(&own.meaning, listed.meaning),
        not_said: or(&own.not_said, listed.not_said),
        who_can_fix: or(&own.who_can_fix, listed.who_can_fix),
        advice: own.advice.clone().unwrap_or(listed.advice),
        ..table.row(own.code)
    })
}

fn own_result(own: &ResultRow, settings: &Settings) -> Result<ResultText> {
    let text = own.text.get_ref().trim();
    if text.is_empty() {
        return Err(settings.wrong(&own.text, "text is empty"));
    }
    let field = match &own.field {
        None => JUDGED_FIELDS[0],
        Some(word) => one_of(word, &JUDGED_FIELDS, |field| field, settings)?,
    };
    Ok(ResultText {
        text: text.to_owned(),
        matching: one_of(&own.matching, &Match::ALL, Match::name, settings)?,
        field: field.to_owned(),
        word: one_of(&own.outcome, &Word::ALL, Word::name, settings)?,
        meaning: own.meaning.clone().unwrap_or_default(),
    })
}

/// The one of some values that a word of the settings names.
pub(super) fn one_of<T: Copy>(
    word: &Spanned<String>,
    all: &[T],
    name: impl Fn(T) -> &'static str,
    settings: &Settings,
) -> Result<T> {
    let found = all.iter().find(|value| name(**value) == word.get_ref());
    found.copied().ok_or_else(|| {
        let names: Vec<_> = all.iter().map(|value| name(*value)).collect();
        let reason = format!(
            "unknown word {:?}, it may be one of {}",
            word.get_ref(),
            names.join(", ")
        );
        settings.wrong(word, &reason)
    })
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
pub fn ingest(inputs: Vec<String>, lake: PathBuf, tables: Arc<Tables>) -> ingest::Options {
    ingest::Options {
        inputs,
        lake,
        threads: threads(None),
        now_us: now_us(),
        tables,
        ..ingest::Options::default()
    }
}
