//! `authlake lake compact`: joins small files, and says how many there were.

use authlake::Result;
use authlake::ingest::{Progress, compact};

use crate::cli::args::LakeCompact;
use crate::cli::{OK, options, output, terminal};

pub fn run(args: &LakeCompact) -> Result<u8> {
    let tables = options::tables(&args.lake)?;
    let mut options = options::ingest(Vec::new(), args.lake.lake.clone(), tables);
    options.wait = options::wait(&args.wait)?;
    let joined = terminal::watched(|progress: &Progress| compact(&options, progress))?;
    if joined.before == 0 {
        output::text("nothing to join: every day and table is one file")?;
        return Ok(OK);
    }
    let (before, after) = (joined.before, joined.after);
    let (bytes_before, bytes_after) = (joined.bytes_before, joined.bytes_after);
    output::text(&format!(
        "{before} files of {bytes_before} bytes are now {after} of {bytes_after}"
    ))?;
    Ok(OK)
}
