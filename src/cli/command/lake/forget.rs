//! `authlake lake forget`: says what goes, asks, and takes it out for good.

use std::io::{IsTerminal, Write};

use authlake::ingest::{Progress, forget};
use authlake::lake::Lake;
use authlake::lake::forget::{Counts, Person, What, plan};
use authlake::lake::layout::Day;
use authlake::{Error, Result};

use crate::cli::args::LakeForget;
use crate::cli::terminal::{self, safe};
use crate::cli::{FAILED, OK, options, output};

pub fn run(args: &LakeForget) -> Result<u8> {
    let what = what(args)?;
    let asks = !args.dry_run && !args.yes;
    if asks && !(std::io::stdin().is_terminal() && std::io::stderr().is_terminal()) {
        let text = "nobody can be asked here: --yes forgets, --dry-run only counts";
        return Err(Error::Usage(text.to_owned()));
    }
    if args.dry_run || asks {
        let lake = Lake::open(&args.lake.lake)?;
        let Some(plan) = plan(&lake, &what)? else {
            return nobody(&lake, &what);
        };
        if let Some(person) = &plan.person {
            print_person(person)?;
        }
        print_counts(&plan.counts)?;
        if args.dry_run {
            eprintln!("nothing was changed");
            return Ok(OK);
        }
        if !is_meant()? {
            eprintln!("nothing was changed");
            return Ok(FAILED);
        }
    }
    let tables = options::tables(&args.lake)?;
    let mut options = options::ingest(Vec::new(), args.lake.lake.clone(), tables);
    options.wait = options::wait(&args.wait)?;
    let Some(counts) = terminal::watched(|progress: &Progress| forget(&options, &what, progress))?
    else {
        return nobody(&Lake::open(&args.lake.lake)?, &what);
    };
    print_counts(&counts)?;
    eprintln!(
        "forgotten, and nothing is kept for readers; the next ingest of the same exports does not \
         bring it back ({} kept for that)",
        match what {
            What::Before(_) => "the day is",
            What::User(_) => "salted hashes of the ids and names are",
        }
    );
    Ok(OK)
}

fn what(args: &LakeForget) -> Result<What> {
    match (&args.what.before, &args.what.user) {
        (Some(day), _) => Day::parse(day)
            .map(What::Before)
            .ok_or_else(|| Error::Usage(format!("--before {day}: not a day such as 2026-01-31"))),
        (None, Some(user)) => Ok(What::User(user.clone())),
        (None, None) => Err(Error::Usage("--before or --user".to_owned())),
    }
}

fn nobody(lake: &Lake, what: &What) -> Result<u8> {
    let What::User(named) = what else {
        return Ok(OK);
    };
    if lake.manifest().forgotten.knows(named) {
        eprintln!("was forgotten before; the lake holds nothing of it");
        return Ok(OK);
    }
    let text = format!("nobody in this lake has the user id or user name {named}");
    Err(Error::Refused(text))
}

fn print_person(person: &Person) -> Result<()> {
    for (tenant, id) in &person.accounts {
        say(&format!("account            {id} of tenant {tenant}"))?;
    }
    let names = person.user_names.union(&person.other_names);
    for name in names {
        say(&format!("user name          {name}"))?;
    }
    for name in &person.display_names {
        let note = match person.shared_names.contains(name) {
            true => " (others have this name too: it stays where it is theirs)",
            false => "",
        };
        say(&format!("display name       {name}{note}"))?;
    }
    Ok(())
}

fn print_counts(counts: &Counts) -> Result<()> {
    let lines = [
        ("records", counts.records),
        ("sign-ins", counts.signins),
        ("waiting steps", counts.waiting_steps),
        ("rejects", counts.rejects),
        ("directory rows", counts.users),
    ];
    for (what, count) in lines {
        say(&format!("{what:<18} {count}"))?;
    }
    for (column, count) in &counts.mentions {
        say(&format!("named elsewhere    {count} × {column}"))?;
    }
    let (rewritten, removed) = (counts.files_rewritten, counts.files_removed);
    say(&format!(
        "files              {rewritten} rewritten, {removed} removed"
    ))
}

fn say(line: &str) -> Result<()> {
    output::text(&safe(line))
}

/// Asks on the terminal.
fn is_meant() -> Result<bool> {
    eprint!("this cannot be undone; type yes to forget it: ");
    std::io::stderr().flush().map_err(Error::Output)?;
    let mut answer = String::new();
    let read = std::io::stdin().read_line(&mut answer);
    read.map_err(|e| Error::io("read", "(standard input)", e))?;
    Ok(answer.trim() == "yes")
}
