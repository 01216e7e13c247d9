//! `authlake code`: what an AADSTS code means, what it does not say, and what to do.

use authlake::signin::aadsts::{Code, parse_code};
use authlake::{Error, Result};

use crate::cli::{OK, args, options};

pub fn run(args: &args::Code) -> Result<u8> {
    let code = parse_code(&args.code)
        .ok_or_else(|| Error::Usage(format!("{}: not an AADSTS code", args.code)))?;
    let tables = options::tables(&args.lake)?;
    match tables.codes.get(code) {
        Some(known) => print(known),
        None => println!(
            "AADSTS{code}: not in the table. Its kind is unknown; do not take it for a failure.\n\
             A row for it can be put into authlake.toml."
        ),
    }
    Ok(OK)
}

fn print(code: &Code) {
    let name = if code.name.starts_with('~') {
        ""
    } else {
        &code.name
    };
    println!("AADSTS{} {name}\n{}\n", code.code, code.title);
    println!("{}", code.meaning);
    if !code.not_said.is_empty() {
        println!("\nWhat it does not say: {}", code.not_said);
    }
    let retry = if code.retryable {
        "a fresh attempt can succeed"
    } else {
        "trying again does not help"
    };
    println!(
        "\nKind: {}. Category: {}. Can be fixed by: {}; {retry}.",
        code.kind.name(),
        code.category,
        code.who_can_fix
    );
    if code.expected {
        println!("It is a normal part of the flow or of a token's life.");
    }
    println!("\nWhat to do:");
    for (place, step) in code.advice.iter().enumerate() {
        println!("  {}. {step}", place + 1);
    }
}
