//! `authlake ingest`: reads exports into a lake and prints the receipt.

use authlake::decode::timestamp::parse_zone;
use authlake::ingest::{DateOrder, Done, Limits, ReadOptions, ingest, look};
use authlake::{Error, Result};

use crate::cli::args::Ingest;
use crate::cli::{OK, REJECTS, options, receipt, terminal};

pub fn run(args: Ingest) -> Result<u8> {
    let tables = options::tables(&args.lake)?;
    let reading = reading(&args)?;
    let mut options = options::ingest(args.inputs, args.lake.lake, tables);
    options.reading = reading;
    options.tenant_id = args.tenant;
    options.threads = options::threads(args.threads);
    options.memory_bytes = args.memory.saturating_mul(1 << 20);
    options.settle_us = i64::from(args.settle) * 3_600_000_000;
    options.strict = args.strict;
    options.only_records = args.only.is_some();
    options.wait = options::wait(&args.wait)?;
    if args.dry_run {
        let done = terminal::watched(|progress| look(&options, progress))?;
        receipt::print_look(&done);
        return Ok(code_of(&done));
    }
    let done = terminal::watched(|progress| ingest(&options, progress))?;
    let json = serde_json::to_string_pretty(&done.receipt);
    let json = json.map_err(|e| Error::Internal(e.to_string()))?;
    if let Some(path) = &args.receipt {
        std::fs::write(path, format!("{json}\n")).map_err(|e| Error::io("write", path, e))?;
    }
    if args.json {
        println!("{json}");
        receipt::print_rejects(&done, true);
    } else {
        receipt::print(&done);
    }
    Ok(code_of(&done))
}

fn code_of(done: &Done) -> u8 {
    let clean = done.receipt.rejected == 0 && done.problems.is_empty();
    if clean { OK } else { REJECTS }
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
