//! Holds the layer table and the house rules by reading the crate's text, because rustc does not.
//!
//! Each rule is one test that lists all its offenders as `path:line: reason`. Sources are cut into
//! tokens without comments, nothing is parsed. Not seen: what a re-export or a macro brings along.

use std::{fs, ops::RangeInclusive, path::Path};

/// Module, then what it may import besides itself; `*` is anything. Bottom layer first.
const LAYERS: &str = "
    error    |
    signin   | error
    config   | error
    source   | error
    decode   | signin error
    lake     | signin error
    generate | error
    present  | error
    engine   | lake signin error
    ingest   | source decode lake signin error
    query    | engine error
    report   | query present error
    check    | query lake signin config error
    serve    | engine query report present error
    cli      | *
    lib      | *";

/// Outside crate (and every `name_*` beside it), the modules that may name it, why only they.
/// A crate without a row may be named anywhere.
const CRATES: &str = "
    datafusion   | engine | its upgrades break APIs: one folder pays
    parquet      | lake | how files are written is the lake's own matter
    object_store | source lake engine | the others see paths and bytes
    arrow        | signin decode lake present engine query report | the others see no batches
    sonic_rs     | decode | only exports are large enough to need it
    serde_json   | decode lake present engine query cli | journal, JSON columns, JSON output
    toml         | config | settings are read in one place
    rand         | generate | all else gives the same answer twice
    clap         | cli | the library knows no flags
    indicatif    | cli | the library draws no progress
    rustyline    | cli | the library reads no keys";

/// Debts: `src/file.rs` or `src/file.rs::function`, and its lines today. The list only shrinks.
const OVERSIZED: &[(&str, usize)] = &[];
const FILE_LINES_MAX: usize = 400;
const MOD_RS_LINES_MAX: usize = 150;
const FUNCTION_LINES_MAX: usize = 70;
const FIXTURE_BYTES_MAX: u64 = 20 * 1024;

const DRAWERS: &str = "util utils common helpers misc manager types core v2 new next";
const EXTENSIONS: &str = "rs sql slt csv md toml lock json gz snap py txt sh";
const BARE_FILES: &str = "LICENSE .gitignore .ci/run";
const CLI_ONLY: &str = "println! print! eprintln! eprint! process::exit env::var env::var_os \
    env::vars env::args env::args_os SystemTime::now Instant::now";
const MACHINE_PATHS: &str = "/home/ /root/ /tmp/ /Users/";
/// In pieces, so that this file does not find itself.
const UNFINISHED: &str = concat!("FIX", "ME to", "do! unimple", "mented! db", "g!");

/// The line and the text of a name, a number, `::`, a string in its quotes, or one character.
type Token<'a> = (usize, &'a str);

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn has(words: &str, word: &str) -> bool {
    words.split(' ').any(|one| one == word || one == "*")
}

fn rows(table: &'static str) -> Vec<[&'static str; 3]> {
    let row = |line: &'static str| {
        let mut cells = line.split('|').map(str::trim);
        [(); 3].map(|()| cells.next().unwrap_or_default())
    };
    table.lines().skip(1).map(row).collect()
}

/// Every file below a folder of the repository, sorted; none if the folder is not there.
fn files(folder: &str) -> Vec<String> {
    let mut found = Vec::new();
    let entries = fs::read_dir(root().join(folder));
    for entry in entries.into_iter().flatten().flatten() {
        let path = format!("{folder}/{}", entry.file_name().display());
        let path = path.trim_start_matches('/');
        match entry.file_type() {
            _ if has("target .git lake", path) => {}
            Ok(kind) if kind.is_dir() => found.extend(files(path)),
            _ => found.push(path.to_string()),
        }
    }
    found.sort();
    found
}

/// A file's text; empty if it is not text.
fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_default()
}

#[track_caller]
fn fail_on(bad: Vec<String>) {
    assert!(bad.is_empty(), "\n{}", bad.join("\n"));
}

fn is_name(token: &str) -> bool {
    token.starts_with(|first: char| first == '_' || first.is_alphanumeric())
}

/// Bytes of the comment, string or character literal that `rest` begins with; 0 if none.
fn hidden_len(rest: &str) -> usize {
    let to = |from: usize, end: &str| match rest[from..].find(end) {
        Some(at) => from + at + end.len(),
        None => rest.len(),
    };
    let quoted = |quote: char| {
        let mut escaped = false;
        let ends = |c| {
            let ends = c == quote && !escaped;
            escaped = c == '\\' && !escaped;
            ends
        };
        rest[1..].find(ends).map_or(rest.len(), |at| at + 2)
    };
    let raw = rest.strip_prefix(['b', 'c']).unwrap_or(rest);
    let marks = raw.strip_prefix('r').unwrap_or_default();
    let text = marks.trim_start_matches('#');
    match rest.as_bytes() {
        [b'/', b'/', ..] => rest.find('\n').unwrap_or(rest.len()),
        [b'/', b'*', ..] => to(2, "*/"),
        [b'"', ..] => quoted('"'),
        [b'\'', b'\\', ..] => quoted('\''),
        [b'\'', ..] => match rest[1..].char_indices().nth(1) {
            Some((width, '\'')) => width + 2,
            _ => 0, // a lifetime
        },
        _ if text.starts_with('"') => {
            let end = format!("\"{}", &marks[..marks.len() - text.len()]);
            to(rest.len() - text.len() + 1, &end)
        }
        _ => 0,
    }
}

fn tokens(text: &str) -> Vec<Token<'_>> {
    let (mut found, mut rest, mut line) = (Vec::new(), text, 1);
    while let Some(first) = rest.chars().next() {
        let hidden = hidden_len(rest);
        let len = match rest.find(|c: char| c != '_' && !c.is_alphanumeric()) {
            _ if hidden > 0 => hidden,
            Some(0) if rest.starts_with("::") => 2,
            Some(0) => first.len_utf8(),
            name => name.unwrap_or(rest.len()),
        };
        if first == '"' || hidden == 0 && !first.is_whitespace() {
            found.push((line, &rest[..len]));
        }
        line += rest[..len].matches('\n').count();
        rest = &rest[len..];
    }
    found
}

/// The index of every place where `code` stands among the tokens.
fn places(tokens: &[Token<'_>], code: &str) -> Vec<usize> {
    let code = self::tokens(code);
    let same = |at: &usize| (0..code.len()).all(|i| tokens[at + i].1 == code[i].1);
    let starts = 0..(tokens.len() + 1).saturating_sub(code.len());
    starts.filter(same).collect()
}

/// Every path and the index of its first token; `a::{b, c::d}` holds `a::b` and `a::c::d`.
fn paths<'a>(tokens: &[Token<'a>]) -> Vec<(usize, Vec<&'a str>)> {
    let mut found: Vec<(usize, Vec<&str>)> = Vec::new();
    let mut groups: Vec<Vec<&str>> = Vec::new();
    for (index, (_, token)) in tokens.iter().enumerate() {
        let before = |back| index.checked_sub(back).map_or("", |at| tokens[at].1);
        let joined = before(1) == "::" && is_name(before(2));
        let prefix = groups.last().cloned().unwrap_or_default();
        let alias = !prefix.is_empty() && (*token == "as" || before(1) == "as");
        match (*token, found.last_mut()) {
            ("{", Some(_)) if joined => groups.extend(found.pop().map(|path| path.1)),
            ("{", _) => groups.push(Vec::new()),
            ("}", _) => drop(groups.pop()),
            (_, Some(path)) if joined && (is_name(token) || *token == "*") => path.1.push(token),
            _ if is_name(token) && !alias => found.push((index, [prefix, vec![*token]].concat())),
            _ => {}
        }
    }
    found
}

/// The last line of the item that begins at token `from`: that of its `;` or closing brace.
fn last_line(tokens: &[Token<'_>], from: usize) -> usize {
    let mut depth = 0;
    let ends = |(_, token): &&Token<'_>| {
        depth += i32::from(has("( [ {", token)) - i32::from(has(") ] }", token));
        depth < 0 || depth == 0 && has("; }", token)
    };
    let end = tokens[from..].iter().find(ends);
    end.or(tokens.last()).map_or(0, |token| token.0)
}

struct Source {
    path: String,
    text: String,
    /// The lines of items, or of the whole file, that stand under `#[cfg(test)]`.
    tests: Vec<RangeInclusive<usize>>,
}

impl Source {
    fn open(path: String) -> Source {
        let text = read(&path);
        let tokens = tokens(&text);
        let item = |at: usize| tokens[at].0..=last_line(&tokens, at + 7);
        let inline = places(&tokens, "#[cfg(test)]").into_iter().map(item);
        let mut tests: Vec<_> = inline.collect();
        for (at, _) in path.match_indices('/') {
            let name = path[at + 1..].split(['/', '.']).next().unwrap_or_default();
            let declared = format!("mod {name};");
            for parent in
                ["/mod.rs", "/lib.rs", ".rs"].map(|end| read(&format!("{}{end}", &path[..at])))
            {
                let mut items = parent.split("#[cfg(test)]\n").skip(1);
                if items.any(|item| {
                    item.lines()
                        .next()
                        .is_some_and(|line| line.ends_with(&declared))
                }) {
                    tests.push(1..=usize::MAX);
                }
            }
        }
        Source { path, text, tests }
    }

    /// The row of `LAYERS` that this file belongs to.
    fn module(&self) -> &str {
        let module = self.path.split(['/', '.']).nth(1).unwrap_or_default();
        if module == "main" { "cli" } else { module }
    }

    fn is_test(&self, line: usize) -> bool {
        self.tests.iter().any(|lines| lines.contains(&line))
    }
}

fn sources(folder: &str) -> Vec<Source> {
    let rust = files(folder)
        .into_iter()
        .filter(|path| path.ends_with(".rs"));
    rust.map(Source::open).collect()
}
