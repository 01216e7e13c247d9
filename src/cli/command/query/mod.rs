//! `authlake query`: the saved questions, listed, shown, run and checked.

mod check;
mod feed;
mod folder;
mod list;
mod run;

use authlake::Result;
use authlake::query::Library;

use crate::cli::args::{Queries, Query};
use crate::cli::{OK, output};

pub async fn run(args: Query) -> Result<u8> {
    match args {
        Query::List(args) => list::run(&args)?,
        Query::Show(args) => {
            let library = library(&args.queries)?;
            output::text(&list::shown(library.find(&args.name)?))?;
        }
        Query::Run(args) if args.name.ends_with('/') => feed::run(&args).await?,
        Query::Run(args) => run::run(&args).await?,
        Query::Check(args) => return check::run(&args).await,
    }
    Ok(OK)
}

/// The built-in queries and those of the user's folder.
fn library(args: &Queries) -> Result<Library> {
    let own = args.queries.as_deref().map(folder::read).transpose()?;
    Library::with(own.unwrap_or_default())
}
