//! `authlake users import`: people of the directory, and what became of them.

use authlake::Result;
use authlake::ingest::{Imported, Progress, import_users};

use crate::cli::args::{UsersCommand, UsersImport};
use crate::cli::terminal::{self, safe};
use crate::cli::{FAILED, OK, REJECTS, options};

/// Rejects that are printed.
const REJECTS_SHOWN: usize = 10;

pub fn run(args: UsersCommand) -> Result<u8> {
    let UsersCommand::Import(args) = args;
    import(args)
}

fn import(args: UsersImport) -> Result<u8> {
    let tables = options::tables(&args.lake)?;
    let mut options = options::ingest(args.inputs, args.lake.lake, tables);
    options.wait = options::wait(&args.wait)?;
    options.tenant_id = args.tenant;
    options.strict = args.strict;
    let done = terminal::watched(|progress: &Progress| import_users(&options, progress))?;
    print(&done);
    let whole = done.rejected == 0 && done.problems.is_empty();
    Ok(match whole {
        true => OK,
        false if done.read == done.rejected => FAILED,
        false => REJECTS,
    })
}

fn print(done: &Imported) {
    for (file, line, reason) in done.rejects.iter().take(REJECTS_SHOWN) {
        eprintln!("{}: line {line}: {}", safe(file), safe(reason));
    }
    if done.rejected > REJECTS_SHOWN as u64 {
        eprintln!("… and {} more", done.rejected - REJECTS_SHOWN as u64);
    }
    for problem in &done.problems {
        eprintln!("not read: {}", safe(problem));
    }
    let forgotten = match done.forgotten {
        0 => String::new(),
        n => format!(" + {n} that the lake was told to forget"),
    };
    eprintln!(
        "{} users read = {} new + {} changed + {} as known + {} duplicates + {} rejected{forgotten}",
        done.read, done.new, done.changed, done.same, done.duplicates, done.rejected
    );
    if done.renamed > 0 {
        eprintln!(
            "{} users of earlier imports lost their user name to somebody of this one",
            done.renamed
        );
    }
    eprintln!(
        "the lake knows {} users: {} with a department, {} whose directory roles are told",
        done.users, done.with_department, done.with_roles
    );
}
