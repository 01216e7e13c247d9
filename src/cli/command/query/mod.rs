//! `authlake query`: the saved questions, listed, shown, run and checked.

mod check;
mod feed;
mod folder;
mod list;
mod run;

use authlake::Result;
use authlake::lake::Lake;
use authlake::query::{Clock, Library};
use authlake::signin::zone::Zone;

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

/// What relative times of a lake count from.
pub fn clock(lake: &Lake, timezone: Option<&str>) -> Result<Clock> {
    let horizon = lake.manifest().horizon();
    let spans = horizon.iter().flat_map(|(.., hours)| hours.0.values());
    let (oldest, newest) = spans.fold((i64::MAX, i64::MIN), |(oldest, newest), span| {
        (oldest.min(span.0), newest.max(span.1))
    });
    let (oldest, newest) = match oldest <= newest {
        true => (oldest, newest),
        false => (0, 0),
    };
    let zone = Zone::parse(timezone.unwrap_or("UTC"))?;
    Ok(Clock {
        zone,
        oldest,
        newest,
    })
}
