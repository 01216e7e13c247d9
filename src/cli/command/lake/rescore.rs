//! `authlake lake rescore`: judges the places of all sign-ins anew, and says how many came out
//! different.

use authlake::Result;
use authlake::ingest::{Progress, rescore};

use crate::cli::args::LakeRescore;
use crate::cli::{OK, options, output, terminal};

pub fn run(args: &LakeRescore) -> Result<u8> {
    let tables = options::tables(&args.lake)?;
    let mut options = options::ingest(Vec::new(), args.lake.lake.clone(), tables);
    options.wait = options::wait(&args.wait)?;
    let rescored = terminal::watched(|progress: &Progress| rescore(&options, progress))?;
    let (signins, changed, days) = (rescored.signins, rescored.changed, rescored.days);
    output::text(&match changed {
        0 => format!("{signins} sign-ins judged anew; none came out different"),
        _ => format!("{signins} sign-ins judged anew; {changed} on {days} days came out different"),
    })?;
    Ok(OK)
}
