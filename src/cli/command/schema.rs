//! `authlake schema`: the columns of the lake's tables, and of Log Analytics' tables over them.

use authlake::engine::analytics_tables;
use authlake::signin::schema::{Column, POLICY_SETS, RECORDS, SIGNINS, USERS};
use authlake::{Error, Result};

use crate::cli::{OK, args};

const STORED: [(&str, &[Column]); 4] = [
    ("records", RECORDS),
    ("signins", SIGNINS),
    ("policy_sets", POLICY_SETS),
    ("users", USERS),
];

pub fn run(args: &args::Schema) -> Result<u8> {
    let Some(wanted) = args.table.as_deref() else {
        STORED
            .iter()
            .for_each(|(name, columns)| print(name, columns));
        return Ok(OK);
    };
    if let Some((name, columns)) = STORED.iter().find(|(name, _)| *name == wanted) {
        print(name, columns);
        return Ok(OK);
    }
    let tables = analytics_tables();
    let found = tables
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case(wanted));
    let Some((name, columns)) = found else {
        let stored = STORED.iter().map(|(name, _)| *name);
        let names: Vec<_> = stored.chain(tables.iter().map(|(name, _)| *name)).collect();
        return Err(Error::Usage(format!(
            "no table {wanted}; there are {}",
            names.join(", ")
        )));
    };
    println!("{name}");
    for c in columns {
        println!("  {:44} {:20} {}", c.name, c.kind, c.source);
    }
    println!();
    Ok(OK)
}

fn print(name: &str, columns: &[Column]) {
    println!("{name}");
    for c in columns {
        println!(
            "  {:44} {:20} {:44} {}",
            c.name,
            c.kind.name(),
            c.source,
            c.meaning
        );
    }
    println!();
}
