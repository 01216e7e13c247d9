//! `authlake query list` and `show`: what the saved questions say of themselves.

use authlake::query::{Header, SavedQuery};
use authlake::{Error, Result};
use serde::Serialize;

use super::library;
use crate::cli::args::QueryList;
use crate::cli::output;
use crate::cli::terminal::safe;

/// One question as JSON.
#[derive(Serialize)]
struct Listed<'a> {
    name: &'a str,
    file: &'a str,
    #[serde(flatten)]
    header: &'a Header,
}

pub fn run(args: &QueryList) -> Result<()> {
    let library = library(&args.queries)?;
    let found = library.search(&args.words);
    if found.is_empty() {
        let words = args.words.join(" ");
        return Err(Error::Usage(format!("no saved query tells of {words}")));
    }
    output::text(&match args.json {
        true => json(&found)?,
        false => safe(&by_group(&found)),
    })
}

fn json(queries: &[&SavedQuery]) -> Result<String> {
    let listed = queries.iter().map(|q| Listed {
        name: &q.name,
        file: &q.file,
        header: &q.header,
    });
    let listed: Vec<_> = listed.collect();
    serde_json::to_string_pretty(&listed).map_err(|e| Error::Internal(e.to_string()))
}

fn by_group(queries: &[&SavedQuery]) -> String {
    let width = queries.iter().map(|q| q.name.len()).max().unwrap_or(0);
    let mut lines = Vec::new();
    let mut group = None;
    for query in queries {
        if group.is_some_and(|g| g != query.group()) {
            lines.push(String::new());
        }
        group = Some(query.group());
        lines.push(format!("{:width$}  {}", query.name, query.header.question));
    }
    lines.join("\n")
}

/// A question with all that it says of itself, and its SQL.
pub fn shown(query: &SavedQuery) -> String {
    let h = &query.header;
    let mut lines = vec![format!("{}: {}", query.name, h.title), h.question.clone()];
    let mut say = |what: &str, text: &str| {
        if !text.is_empty() {
            lines.push(format!("  {what:6} {text}"));
        }
    };
    say("row", &h.row);
    h.wrong.iter().for_each(|text| say("wrong", text));
    h.next.iter().for_each(|text| say("next", text));
    say("tags", &h.tags.join(", "));
    lines.push("\nParameters".to_owned());
    for p in &h.params {
        let default = p.default.as_ref();
        let default = default.map_or("required".to_owned(), |d| format!("default {d}"));
        let (name, kind, meaning) = (&p.name, p.kind.name(), &p.meaning);
        lines.push(format!("  --param {name}=<{kind}>  {meaning} ({default})"));
    }
    lines.push("\nColumns".to_owned());
    let width = h.columns.iter().map(|c| c.name.len()).max().unwrap_or(0);
    for c in &h.columns {
        let (name, kind, unit, meaning) = (&c.name, &c.kind, &c.unit, &c.meaning);
        lines.push(format!("  {name:width$}  {kind:9}  {unit:9}  {meaning}"));
    }
    lines.push(format!("\n{}", query.body()));
    safe(&lines.join("\n"))
}
