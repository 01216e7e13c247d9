//! `authlake lake info`: what a lake holds, as text or JSON on standard output.

use std::collections::BTreeMap;

use authlake::lake::Lake;
use authlake::lake::info::Info;
use authlake::present::instant;
use authlake::{Error, Result};

use crate::cli::args::LakeInfo;
use crate::cli::terminal::safe;
use crate::cli::{OK, options, output};

/// Entries of each list that are shown; JSON has all of them.
const ENTRIES_SHOWN: usize = 10;

pub fn run(args: &LakeInfo) -> Result<u8> {
    let scored_with = options::tables(&args.lake)?.location.fingerprint();
    let info = Info::of(&Lake::open(&args.lake.lake)?, scored_with)?;
    let text = if args.format == "json" {
        serde_json::to_string_pretty(&info).map_err(|e| Error::Internal(e.to_string()))?
    } else {
        lines(&info).join("\n")
    };
    output::text(&text)?;
    Ok(OK)
}

fn lines(info: &Info) -> Vec<String> {
    let mut lines = Vec::new();
    let mut say = |what: &str, value: String| lines.push(format!("{what:<18} {value}"));
    if let (Some(first), Some(last)) = (&info.first_day, &info.last_day) {
        let missing = match info.days_missing {
            0 => String::new(),
            n => format!("; {n} between them hold nothing"),
        };
        say(
            "days",
            format!("{} ({first} to {last}{missing})", info.days),
        );
    } else {
        say("days", "0".to_owned());
    }
    if let (Some(first), Some(last)) = (info.first_event, info.last_event) {
        say("events", format!("{} to {}", instant(first), instant(last)));
    }
    say("records", info.records.to_string());
    let pending = info.pending;
    say(
        "sign-ins",
        format!("{} ({pending} still wait for an answer)", info.signins),
    );
    let stale = match info.stale_days {
        0 => "0".to_owned(),
        n => format!("{n} (see `authlake lake rescore`)"),
    };
    say("stale days", stale);
    if info.unfolded_days > 0 {
        let days = info.unfolded_days;
        say(
            "unfolded days",
            format!("{days} (the next ingest makes their sign-ins)"),
        );
    }
    say("waiting steps", info.waiting_steps.to_string());
    say("rejects", info.rejects.to_string());
    say("users", info.users.to_string());
    let each = info.bytes_per_record;
    let each = each.map_or(String::new(), |b| format!(" ({b:.1} a record)"));
    say("bytes", format!("{}{each}", info.bytes));
    for (name, table) in &info.tables {
        let (rows, files, bytes) = (table.rows, table.files, table.bytes);
        say(
            &format!("  {name}"),
            format!("{bytes} bytes, {rows} rows, {files} files"),
        );
    }
    if info.retired_bytes > 0 {
        let bytes = info.retired_bytes;
        say("replaced", format!("{bytes} bytes, kept for readers"));
    }
    let (commit, version) = (info.commit, info.format_version);
    say("journal", format!("commit {commit}, format {version}"));
    for act in &info.forgotten {
        let (at, what) = (instant(act.at), safe(&act.what));
        let counts = format!("{} records, {} sign-ins", act.records, act.signins);
        say("forgotten", format!("{what}: {counts}, {at}"));
    }
    lines.extend(taken(info));
    lines
}

/// What the receipts tell.
fn taken(info: &Info) -> Vec<String> {
    let mut lines = Vec::new();
    let mut say = |what: &str, value: String| lines.push(format!("{what:<18} {value}"));
    say("ingests", info.ingests.to_string());
    if let Some(last) = &info.last_ingest {
        let (id, at) = (safe(&last.ingest_id), instant(last.started_at));
        let counts = format!(
            "{} rows of {} files: {} stored, {} duplicates, {} rejected",
            last.rows_read, last.files, last.stored, last.duplicates, last.rejected
        );
        say("last ingest", format!("{at}, {id}, {counts}"));
    }
    for (name, format) in &info.formats {
        let (rows, files) = (format.rows, format.files);
        let text = format!("{}: {rows} rows, {files} files", safe(name));
        say("read", text);
    }
    let counts = [
        ("tenant", &info.tenants),
        ("event type", &info.event_types),
        ("no column", &info.unknown_keys),
        ("unknown code", &info.unknown_codes),
        ("unknown MFA text", &info.unknown_texts),
    ];
    for (what, counts) in counts {
        for line in most(counts) {
            say(what, line);
        }
    }
    lines
}

/// The largest counts, and how many more there are.
fn most(counts: &BTreeMap<String, u64>) -> Vec<String> {
    let mut most: Vec<(&String, &u64)> = counts.iter().collect();
    most.sort_by(|a, b| b.1.cmp(a.1).then(a.0.cmp(b.0)));
    let mut lines: Vec<String> = most
        .iter()
        .take(ENTRIES_SHOWN)
        .map(|(name, count)| match name.is_empty() {
            true => format!("(none) × {count}"),
            false => format!("{} × {count}", safe(name)),
        })
        .collect();
    if most.len() > ENTRIES_SHOWN {
        lines.push(format!(
            "… and {} more, see --format json",
            most.len() - ENTRIES_SHOWN
        ));
    }
    lines
}
