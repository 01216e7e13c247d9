//! One file a command; each parses what is left, calls the library and presents.

mod code;
mod demo;
mod explain;
mod generate;
mod ingest;
mod lake;
pub mod query;
mod schema;
mod sql;
mod users;

use authlake::{Error, Result};

use super::args::{Args, Command};

/// Runs a command; its exit code.
pub fn run(args: Args) -> Result<u8> {
    match args.command {
        Command::Ingest(args) => ingest::run(args),
        Command::Sql(args) => block_on(sql::run(args)),
        Command::Query(args) => block_on(query::run(args)),
        Command::Lake(args) => lake::run(args),
        Command::Users(args) => users::run(args),
        Command::Code(args) => code::run(&args),
        Command::Explain(args) => block_on(explain::run(args)),
        Command::Generate(args) => generate::run(&args),
        Command::Demo => demo::run(),
        Command::Schema(args) => schema::run(&args),
    }
}

fn block_on(work: impl Future<Output = Result<u8>>) -> Result<u8> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|e| Error::Internal(format!("threads: {e}")))?;
    let code = runtime.block_on(work);
    runtime.shutdown_background();
    code
}
