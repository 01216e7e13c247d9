//! Prints the receipt of an ingest for a person, on standard error.

use std::collections::BTreeMap;

use authlake::ingest::Done;
use authlake::lake::receipts::{GapReceipt, InputReceipt, Receipt};
use authlake::present::instant;

use super::terminal::safe;

/// Files that are named one by one; more are counted by format.
const FILES_SHOWN: usize = 20;
/// Rejects that are printed; the rest are in table `rejects`.
const REJECTS_SHOWN: usize = 10;
/// Entries of each list of unknown things, and of gaps.
const ENTRIES_SHOWN: usize = 10;

/// Prints what was taken, what was not, and what is worth knowing of it.
pub fn print(done: &Done) {
    let r = &done.receipt;
    print_files(&r.inputs);
    print_rejects(done, true);
    print_equation(r);
    print_unknown(r);
    print_gaps(&r.gaps);
    print_lake(r);
}

/// Prints what an ingest would read.
pub fn print_look(done: &Done) {
    let r = &done.receipt;
    print_files(&r.inputs);
    print_rejects(done, false);
    let rows = r.rows_read - r.rejected - r.not_a_signin;
    eprintln!(
        "{} rows read = {rows} of sign-ins, copies among them + {} rejected + {} not a sign-in",
        r.rows_read, r.rejected, r.not_a_signin
    );
    print_counts("not a sign-in", &r.other_categories);
    print_unknown(r);
    print_span(r);
    eprintln!("nothing was stored");
}

fn print_unknown(r: &Receipt) {
    print_counts("rejected", &r.rejects_by_reason);
    print_counts("no column, kept in extra", &r.unknown_keys);
    print_counts("code in no table", &r.unknown_codes);
    print_counts("MFA text in no table", &r.unknown_texts);
}

fn print_span(r: &Receipt) {
    if let (Some(first), Some(last)) = (r.first_event, r.last_event) {
        eprintln!("events from {} to {}", instant(first), instant(last));
    }
}

fn print_files(inputs: &[InputReceipt]) {
    if inputs.len() <= FILES_SHOWN {
        for input in inputs {
            let (path, because) = (safe(&input.path), safe(&input.because));
            let rows = input.rows_read;
            eprintln!("{path}: {} ({because}), {rows} rows", format_of(input));
        }
        return;
    }
    let mut formats: BTreeMap<&str, (u64, u64)> = BTreeMap::new();
    for input in inputs {
        let (files, rows) = formats.entry(format_of(input)).or_default();
        *files += 1;
        *rows += input.rows_read;
    }
    for (format, (files, rows)) in formats {
        eprintln!("{files} × {format}, {rows} rows");
    }
}

fn format_of(input: &InputReceipt) -> &str {
    if input.format.is_empty() {
        "not read"
    } else {
        &input.format
    }
}

/// Prints the first rejects with their places, and the inputs that could not be read; `kept` says
/// that a lake keeps all rejects.
pub fn print_rejects(done: &Done, kept: bool) {
    for reject in done.rejects.iter().take(REJECTS_SHOWN) {
        let line = match reject.line {
            0 => String::new(),
            line => format!("line {line}, "),
        };
        let (file, reason) = (safe(&reject.file), safe(&reject.reason));
        eprintln!("rejected: {file}: {line}byte {}: {reason}", reject.offset);
    }
    let more = done.receipt.rejected.saturating_sub(REJECTS_SHOWN as u64);
    if more > 0 {
        eprintln!(
            "… and {more} more{}",
            if kept { "; see table rejects" } else { "" }
        );
    }
    for problem in &done.problems {
        eprintln!("not read: {}", safe(problem));
    }
}

fn print_equation(r: &Receipt) {
    let forgotten = match r.forgotten {
        0 => String::new(),
        n => format!(" + {n} that the lake was told to forget"),
    };
    eprintln!(
        "{} rows read = {} stored + {} duplicates + {} rejected + {} not a sign-in{forgotten}",
        r.rows_read, r.stored, r.duplicates, r.rejected, r.not_a_signin
    );
    if r.completed > 0 {
        eprintln!("  {} stored records were completed by a copy", r.completed);
    }
    let steps = r.steps_joined + r.steps_waiting;
    if steps > 0 {
        eprintln!(
            "{steps} rows of authentication details = {} joined to their record + {} waiting for it",
            r.steps_joined, r.steps_waiting
        );
    }
    print_counts("not a sign-in", &r.other_categories);
    if r.rejects_not_kept > 0 {
        eprintln!(
            "{} rejects are too many for table rejects and were only counted",
            r.rejects_not_kept
        );
    }
    if r.ids_derived > 0 {
        eprintln!(
            "{} rows come without ids; theirs are made from their content and cannot meet other formats",
            r.ids_derived
        );
    }
    if r.without_tenant > 0 {
        eprintln!(
            "{} records name no tenant; --tenant GUID gives one",
            r.without_tenant
        );
    }
}

fn print_counts(what: &str, counts: &BTreeMap<String, u64>) {
    let mut most: Vec<(&String, &u64)> = counts.iter().collect();
    most.sort_by(|a, b| b.1.cmp(a.1).then(a.0.cmp(b.0)));
    for (name, count) in most.iter().take(ENTRIES_SHOWN) {
        eprintln!("  {what}: {} × {count}", safe(name));
    }
    if most.len() > ENTRIES_SHOWN {
        let more = most.len() - ENTRIES_SHOWN;
        eprintln!("  {what}: … and {more} more, in the receipt of table ingests");
    }
}

fn print_gaps(gaps: &[GapReceipt]) {
    for gap in gaps.iter().take(ENTRIES_SHOWN) {
        eprintln!(
            "gap: no {} records from {} to {}, about {} expected by the hours around",
            safe(&gap.event_type),
            instant(gap.from),
            instant(gap.until),
            gap.expected
        );
    }
    if gaps.len() > ENTRIES_SHOWN {
        let more = gaps.len() - ENTRIES_SHOWN;
        eprintln!("… and {more} more gaps, in the receipt of table ingests");
    }
}

fn print_lake(r: &Receipt) {
    print_span(r);
    eprintln!(
        "the lake holds {} sign-ins ({} new or changed, {} gone), {} of them still wait for an answer",
        r.signins, r.signins_changed, r.signins_gone, r.pending
    );
    if r.unfolded_days > 0 {
        eprintln!(
            "{} days have records without sign-ins; the next ingest without --only makes them",
            r.unfolded_days
        );
    }
    if r.capped > 0 {
        eprintln!(
            "{} sign-ins were begun because one before held 200 records or 60 minutes",
            r.capped
        );
    }
}
