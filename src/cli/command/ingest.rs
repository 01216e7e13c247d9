//! `authlake ingest`: reads exports into a lake and prints the receipt.

use std::sync::atomic::{AtomicBool, Ordering};

use authlake::decode::timestamp::parse_zone;
use authlake::ingest::{DateOrder, Done, Limits, Options, Progress, ReadOptions, ingest};
use authlake::{Error, Result};

use crate::cli::args::Ingest;
use crate::cli::{OK, REJECTS, options, terminal};

/// Rejects that are printed; the rest are in table `rejects`.
const REJECTS_SHOWN: usize = 10;

pub fn run(args: Ingest) -> Result<u8> {
    let codes = options::codes(&args.lake.lake)?;
    let reading = reading(&args)?;
    let mut options = options::ingest(args.inputs, args.lake.lake, codes);
    options.reading = reading;
    options.tenant_id = args.tenant;
    options.threads = options::threads(args.threads);
    options.memory_bytes = args.memory.saturating_mul(1 << 20);
    options.settle_us = i64::from(args.settle) * 3_600_000_000;
    let done = watched(&options)?;
    if args.json {
        let json = serde_json::to_string_pretty(&done.receipt)
            .map_err(|e| Error::Internal(e.to_string()))?;
        println!("{json}");
        print_rejects(&done);
    } else {
        print(&done);
    }
    let clean = done.receipt.rejected == 0 && done.problems.is_empty();
    Ok(if clean { OK } else { REJECTS })
}

/// How inputs are read whose text does not say all.
fn reading(args: &Ingest) -> Result<ReadOptions> {
    let zone = args.source_timezone.as_deref().map(|written| {
        parse_zone(written).ok_or_else(|| {
            Error::Usage(format!(
                "--source-timezone {written}: not an offset such as +01:00"
            ))
        })
    });
    Ok(ReadOptions {
        source_timezone_s: zone.transpose()?,
        date_order: args.date_order.as_deref().map(|order| match order {
            "dmy" => DateOrder::DayFirst,
            _ => DateOrder::MonthFirst,
        }),
        limits: Limits {
            unpacked_bytes_max: args.unpacked_max.saturating_mul(1 << 30),
            ratio_max: args.ratio_max,
            members_max: args.members_max,
        },
    })
}

/// Ingests with progress on a terminal; Ctrl-C leaves the lake as it was.
pub fn watched(options: &Options) -> Result<Done> {
    let progress = Progress::default();
    let finished = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| terminal::watch(&progress, &|| finished.load(Ordering::Relaxed)));
        let _ends = Ends(&finished);
        ingest(options, &progress)
    })
}

/// Ends the watching whichever way the ingest ends.
struct Ends<'a>(&'a AtomicBool);

impl Drop for Ends<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Prints a receipt for a person, on standard error.
pub fn print(done: &Done) {
    let r = &done.receipt;
    for input in &r.inputs {
        let format = if input.format.is_empty() {
            "not read"
        } else {
            &input.format
        };
        let path = terminal::safe(&input.path);
        eprintln!(
            "{path}: {format} ({}), {} rows",
            terminal::safe(&input.because),
            input.rows_read
        );
    }
    print_rejects(done);
    print_totals(done);
}

fn print_rejects(done: &Done) {
    for reject in done.rejects.iter().take(REJECTS_SHOWN) {
        let line = if reject.line > 0 {
            format!("line {}, ", reject.line)
        } else {
            String::new()
        };
        let file = terminal::safe(&reject.file);
        eprintln!(
            "rejected: {file}: {line}byte {}: {}",
            reject.offset,
            terminal::safe(&reject.reason)
        );
    }
    if done.rejects.len() > REJECTS_SHOWN {
        eprintln!(
            "… and {} more; see table rejects",
            done.rejects.len() - REJECTS_SHOWN
        );
    }
    for problem in &done.problems {
        eprintln!("not read: {}", terminal::safe(problem));
    }
}

fn print_totals(done: &Done) {
    let r = &done.receipt;
    eprintln!(
        "{} rows read = {} stored + {} duplicates + {} rejected + {} not a sign-in",
        r.rows_read, r.stored, r.duplicates, r.rejected, r.not_a_signin
    );
    for (category, rows) in &r.other_categories {
        eprintln!(
            "  not a sign-in: {} rows of {}",
            rows,
            terminal::safe(category)
        );
    }
    if r.without_tenant > 0 {
        eprintln!(
            "{} records name no tenant; --tenant GUID gives one",
            r.without_tenant
        );
    }
    eprintln!(
        "the lake holds {} sign-ins, {} of them still wait for an answer",
        r.signins, r.pending
    );
}
