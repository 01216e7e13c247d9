//! The prompt of `authlake sql`: statements until a semicolon, commands after a backslash.

mod commands;
mod history;
mod words;

use std::path::Path;
use std::time::Instant;

use authlake::engine::Engine;
use authlake::query::Library;
use authlake::{Error, Result};
use rustyline::error::ReadlineError;
use rustyline::history::DefaultHistory;
use rustyline::{CompletionType, Config, Editor};

use self::commands::{After, Commands};
use self::history::History;
use self::words::Words;
use super::args::Sql;
use super::{output, terminal};

/// Statements that are remembered.
const HISTORY_MAX: usize = 1_000;

/// Reads statements and commands until the end of input.
pub async fn run(engine: &Engine, lake: &Path, args: &Sql) -> Result<()> {
    let fail = |e: ReadlineError| Error::Internal(format!("prompt: {e}"));
    let config = Config::builder()
        .completion_type(CompletionType::List)
        .max_history_size(HISTORY_MAX)
        .map_err(fail)?
        .build();
    let vocabulary = engine.vocabulary().await?;
    let library = Library::with(Vec::new())?;
    let mut editor: Editor<Words, DefaultHistory> = Editor::with_config(config).map_err(fail)?;
    editor.set_helper(Some(Words::of(&vocabulary, &library)));
    let history = History::load(&mut editor);
    let mut commands = Commands::new(vocabulary, lake, args);
    eprintln!(
        "Statements end with a semicolon. \\? tells of commands, Tab completes, Ctrl-D leaves."
    );
    loop {
        let text = match editor.readline("authlake> ") {
            Ok(text) => text,
            Err(ReadlineError::Interrupted) => continue,
            Err(ReadlineError::Eof) => break,
            Err(e) => return Err(fail(e)),
        };
        let statement = text.trim();
        if statement.is_empty() {
            continue;
        }
        let _ = editor.add_history_entry(statement);
        history.save(&mut editor);
        let done = match statement.strip_prefix('\\') {
            Some(command) => commands.run(command).await,
            None => ask_each(engine, statement, &commands).await,
        };
        match done {
            Ok(After::Stay) => {}
            Ok(After::Leave) => break,
            Err(e) => eprintln!("{}", terminal::safe(&e.to_string())),
        }
    }
    Ok(())
}

/// Runs one statement after another, as they were pasted.
async fn ask_each(engine: &Engine, text: &str, commands: &Commands<'_>) -> Result<After> {
    for statement in words::statements(text).0 {
        ask(engine, statement, commands).await?;
    }
    Ok(After::Stay)
}

async fn ask(engine: &Engine, sql: &str, commands: &Commands<'_>) -> Result<()> {
    let began = Instant::now();
    let rows = output::write(engine.sql(sql, &[]).await?, commands.output()).await?;
    if commands.is_timed() {
        let seconds = began.elapsed().as_secs_f64();
        let rows = match rows {
            1 => "1 row".to_owned(),
            n => format!("{n} rows"),
        };
        eprintln!("{rows} in {seconds:.3} s");
    }
    Ok(())
}
