//! `authlake schema`: the columns of the lake's tables.

use authlake::signin::schema::{POLICY_SETS, RECORDS, SIGNINS};
use authlake::{Error, Result};

use crate::cli::{OK, args};

pub fn run(args: &args::Schema) -> Result<u8> {
    let tables = [
        ("records", RECORDS),
        ("signins", SIGNINS),
        ("policy_sets", POLICY_SETS),
    ];
    let wanted = args.table.as_deref();
    if let Some(name) = wanted.filter(|name| !tables.iter().any(|(t, _)| t == name)) {
        return Err(Error::Usage(format!(
            "no table {name}; there are records, signins and policy_sets"
        )));
    }
    for (name, columns) in tables
        .into_iter()
        .filter(|(t, _)| wanted.is_none_or(|w| w == *t))
    {
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
    Ok(OK)
}
