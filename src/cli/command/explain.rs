//! `authlake explain`: the story of one sign-in, or the last sign-ins of one person.

use std::io::{Read, Write};

use authlake::engine::{Engine, Limits};
use authlake::explain::{Asked, Look, answer_text, explain, person, person_text};
use authlake::ingest::{Progress, ingest};
use authlake::lake::Lake;
use authlake::present::plain_json;
use authlake::{Error, Result};
use serde::Serialize;

use crate::cli::args::Explain;
use crate::cli::{FAILED, OK, REJECTS, options, receipt, terminal};

/// Columns of a line where there is no terminal, and the most on one: longer lines are hard to read.
const WIDTH: usize = 100;
/// Stories and listed sign-ins, unless told.
const STORIES: usize = 5;
const LINES: usize = 20;
/// Most of a pasted text that is read, in bytes.
const PASTED_MAX: u64 = 1 << 20;

pub async fn run(args: Explain) -> Result<u8> {
    let tables = options::tables(&args.lake)?;
    let texts = texts(&args.ids)?;
    let asked = Asked::read(texts.iter().map(String::as_str));
    if args.user.is_none() && texts.is_empty() {
        let text = "say what to explain: an id, a pasted message, or --user NAME";
        return Err(Error::Usage(text.to_owned()));
    }
    let scratch;
    let mut exit = OK;
    let lake = if args.from.is_empty() {
        Lake::open(&args.lake.lake)?
    } else {
        scratch = tempfile::tempdir()
            .map_err(|e| Error::io("make a folder in", std::env::temp_dir(), e))?;
        let folder = scratch.path().join("lake");
        let options = options::ingest(args.from.clone(), folder.clone(), tables.clone());
        let done = ingest(&options, &Progress::default())?;
        if done.receipt.rejected > 0 || !done.problems.is_empty() {
            receipt::print_rejects(&done, false);
            exit = REJECTS;
        }
        Lake::open(folder)?
    };
    let engine = Engine::open(&lake, tables.clone(), Limits::default()).await?;
    let json = args.format.as_deref() == Some("json");
    let look = look();
    let (text, found) = match &args.user {
        Some(name) => {
            let limit = args.limit.unwrap_or(LINES);
            let person = person(&engine, name, limit, args.silent).await?;
            let text = if json {
                as_json(&person)?
            } else {
                person_text(&person, look)
            };
            (text, person.found.is_some())
        }
        None => {
            let limit = args.limit.unwrap_or(STORIES);
            let answer = explain(&engine, &tables, asked, limit).await?;
            let text = if json {
                as_json(&answer)?
            } else {
                answer_text(&answer, look)
            };
            (text, !answer.signins.is_empty())
        }
    };
    std::io::stdout()
        .write_all(text.as_bytes())
        .map_err(Error::Output)?;
    Ok(if found { exit } else { FAILED })
}

/// The arguments, with standard input in the place of `-`.
fn texts(given: &[String]) -> Result<Vec<String>> {
    let read = |text: &String| {
        if text != "-" {
            return Ok(text.clone());
        }
        let mut bytes = Vec::new();
        let mut input = std::io::stdin().take(PASTED_MAX);
        input
            .read_to_end(&mut bytes)
            .map_err(|e| Error::io("read", "(standard input)", e))?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    };
    given.iter().map(read).collect()
}

fn look() -> Look {
    let terminal = terminal::out_is_terminal();
    let colour = terminal && std::env::var_os("NO_COLOR").is_none();
    let width = terminal::width()
        .filter(|_| terminal)
        .unwrap_or(WIDTH)
        .min(WIDTH);
    Look { width, colour }
}

fn as_json(value: &impl Serialize) -> Result<String> {
    let json = serde_json::to_string_pretty(value).map_err(|e| Error::Internal(e.to_string()))?;
    Ok(plain_json(&json) + "\n")
}
