//! The command line: parses, calls the library, presents. The only place that prints, reads the
//! environment and the clock, and knows exit codes.

mod args;
mod command;
mod generate_args;
mod options;
mod output;
mod own_location;
mod prompt;
mod receipt;
mod terminal;
mod users_args;

use authlake::Error;
use clap::Parser;

/// All good.
pub const OK: u8 = 0;
/// Failed.
pub const FAILED: u8 = 1;
/// The call was wrong.
pub const USAGE: u8 = 2;
/// Done, but something could not be read.
pub const REJECTS: u8 = 3;

/// Runs the command of this process; the exit code.
pub fn run() -> u8 {
    let args = args::Args::parse();
    match command::run(args) {
        Ok(code) => code,
        Err(error) if error.is_broken_pipe() => OK,
        Err(error) => {
            eprintln!("authlake: {}", terminal::safe(&error.to_string()));
            match error {
                Error::Usage(_) => USAGE,
                _ => FAILED,
            }
        }
    }
}
