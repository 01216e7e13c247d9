//! The commands of the prompt, which begin with a backslash.

use std::path::{Path, PathBuf};

use authlake::engine::{ColumnWord, Vocabulary};
use authlake::{Error, Result};
use clap::{FromArgMatches, Subcommand};

use super::words::FORMATS;
use crate::cli::args::{Output, Query, Sql};
use crate::cli::command::query;
use crate::cli::output;
use crate::cli::terminal::safe;

/// What a command's words complete to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Takes {
    Nothing,
    Table,
    Function,
    Query,
    Format,
}

/// One command.
pub(super) struct Command {
    pub(super) name: &'static str,
    pub(super) takes: Takes,
    shape: &'static str,
    meaning: &'static str,
}

const fn command(
    name: &'static str,
    takes: Takes,
    shape: &'static str,
    meaning: &'static str,
) -> Command {
    Command {
        name,
        takes,
        shape,
        meaning,
    }
}

/// Every command, in the order of help.
pub(super) const COMMANDS: [Command; 10] = [
    command("?", Takes::Nothing, "\\?", "this list"),
    command("d", Takes::Table, "\\d", "tables and views"),
    command(
        "d",
        Takes::Table,
        "\\d TABLE",
        "its columns, and what they mean",
    ),
    command(
        "df",
        Takes::Function,
        "\\df [WORD]",
        "functions: authlake's own, or all with WORD in name or meaning",
    ),
    command(
        "queries",
        Takes::Query,
        "\\queries [WORD …]",
        "saved questions, or those that tell of all words",
    ),
    command(
        "show",
        Takes::Query,
        "\\show NAME",
        "a saved question with its parameters, columns and SQL",
    ),
    command(
        "run",
        Takes::Query,
        "\\run NAME [--since 7d …]",
        "runs it; flags as for `authlake query run`",
    ),
    command(
        "format",
        Takes::Format,
        "\\format NAME",
        "table, csv, json, ndjson or markdown",
    ),
    command(
        "timing",
        Takes::Nothing,
        "\\timing",
        "rows and seconds after each answer, on or off",
    ),
    command("q", Takes::Nothing, "\\q", "leaves"),
];

/// What comes after a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum After {
    Stay,
    Leave,
}

/// The state that commands change.
pub(super) struct Commands<'a> {
    vocabulary: Vocabulary,
    lake: &'a Path,
    config: Option<PathBuf>,
    output: Output,
    timed: bool,
}

impl<'a> Commands<'a> {
    pub(super) fn new(vocabulary: Vocabulary, lake: &'a Path, args: &Sql) -> Self {
        Self {
            vocabulary,
            lake,
            config: args.lake.config.clone(),
            output: args.output.clone(),
            timed: true,
        }
    }

    /// How answers are written.
    pub(super) fn output(&self) -> &Output {
        &self.output
    }

    /// Whether rows and seconds are told after each answer.
    pub(super) fn is_timed(&self) -> bool {
        self.timed
    }

    /// Runs a command, given without its backslash.
    pub(super) async fn run(&mut self, text: &str) -> Result<After> {
        let text = text.trim().trim_end_matches(';').trim_end();
        let (name, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
        let rest = rest.trim();
        match name {
            "?" | "h" | "help" => help()?,
            "d" if rest.is_empty() => self.tables()?,
            "d" => self.columns(rest)?,
            "df" => self.functions(rest)?,
            "queries" => self.query("list", rest).await?,
            "show" => self.query("show", rest).await?,
            "run" => self.query("run", rest).await?,
            "format" => self.set_format(rest)?,
            "timing" => {
                self.timed = !self.timed;
                eprintln!("timing is {}", if self.timed { "on" } else { "off" });
            }
            "q" | "quit" | "exit" => return Ok(After::Leave),
            _ => return Err(Error::Usage(format!("no command \\{name}; \\? lists them"))),
        }
        Ok(After::Stay)
    }

    fn tables(&self) -> Result<()> {
        let names = self.vocabulary.tables.iter();
        let lines = names.map(|(name, columns)| format!("{name:<32} {} columns", columns.len()));
        output::text(&lines.collect::<Vec<_>>().join("\n"))
    }

    fn columns(&self, table: &str) -> Result<()> {
        let tables = &self.vocabulary.tables;
        let exact = tables.get_key_value(table);
        let found = exact.or_else(|| {
            tables
                .iter()
                .find(|(name, _)| name.eq_ignore_ascii_case(table))
        });
        let Some((name, columns)) = found else {
            return Err(Error::Usage(format!("no table {table}; \\d lists them")));
        };
        let line = |c: &ColumnWord| {
            let line = format!("  {:<40} {:<24} {}", c.name, short(&c.kind), c.meaning);
            line.trim_end().to_owned()
        };
        let lines = columns.iter().map(line).collect::<Vec<_>>();
        output::text(&format!("{name}\n{}", lines.join("\n")))
    }

    fn functions(&self, word: &str) -> Result<()> {
        let word = word.to_lowercase();
        let all = self.vocabulary.functions.iter();
        let found = all.filter(|(name, told)| match word.is_empty() {
            true => told.own,
            false => name.contains(&word) || told.meaning.to_lowercase().contains(&word),
        });
        let lines: Vec<_> = found
            .map(|(_, told)| format!("{}\n    {}", told.syntax, told.meaning))
            .collect();
        if lines.is_empty() {
            return Err(Error::Usage(format!("no function tells of {word}")));
        }
        output::text(&safe(&lines.join("\n")))
    }

    fn set_format(&mut self, name: &str) -> Result<()> {
        if !FORMATS.contains(&name) {
            let names = FORMATS.join(", ");
            return Err(Error::Usage(format!(
                "no format {name:?}; there are {names}"
            )));
        }
        self.output.format = Some(name.to_owned());
        Ok(())
    }

    /// `authlake query …` over the lake of the prompt.
    async fn query(&self, verb: &str, rest: &str) -> Result<()> {
        let mut words = vec!["\\".to_owned(), verb.to_owned()];
        words.extend(split(rest)?);
        let command = Query::augment_subcommands(clap::Command::new("\\"));
        let told = command.try_get_matches_from(words);
        let told = told.and_then(|matches| Query::from_arg_matches(&matches));
        let mut told = told.map_err(|e| Error::Usage(e.render().to_string().trim().to_owned()))?;
        if let Query::Run(run) = &mut told {
            run.lake.lake = self.lake.to_path_buf();
            run.lake.config = run.lake.config.take().or_else(|| self.config.clone());
            run.output.format = run
                .output
                .format
                .take()
                .or_else(|| self.output.format.clone());
        }
        query::run(told).await.map(drop)
    }
}

fn help() -> Result<()> {
    let lines = COMMANDS
        .iter()
        .map(|c| format!("{:<26} {}", c.shape, c.meaning));
    output::text(&lines.collect::<Vec<_>>().join("\n"))
}

/// An Arrow type in the words of SQL.
fn short(kind: &str) -> String {
    match kind {
        "Utf8" | "Utf8View" | "LargeUtf8" => "text".to_owned(),
        "Int64" => "bigint".to_owned(),
        "Int32" => "int".to_owned(),
        "Float64" => "double".to_owned(),
        "Boolean" => "boolean".to_owned(),
        "Date32" => "date".to_owned(),
        _ if kind.starts_with("Timestamp") => "timestamp".to_owned(),
        _ if kind.starts_with("List(Utf8") || kind.starts_with("List(nullable Utf8") => {
            "list of text".to_owned()
        }
        _ if kind.starts_with("List") => "list".to_owned(),
        other => other.to_owned(),
    }
}

/// The words of a command's rest; quotes hold blanks.
fn split(text: &str) -> Result<Vec<String>> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut rest = text.chars();
    while let Some(c) = rest.next() {
        match c {
            '\'' | '"' => loop {
                let word = word.get_or_insert_default();
                match rest.next() {
                    Some(next) if next == c => break,
                    Some(next) => word.push(next),
                    None => return Err(Error::Usage(format!("a {c} is not closed"))),
                }
            },
            c if c.is_whitespace() => words.extend(word.take()),
            c => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    Ok(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_a_command() {
        let words = split("mfa/by_user  -p 'user=Anna B' \"x\"y ''").expect("words");
        assert_eq!(words, ["mfa/by_user", "-p", "user=Anna B", "xy", ""]);
        assert!(split("it's").is_err());
    }
}
