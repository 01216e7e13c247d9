//! Holds the layer table and the house rules by reading the crate's text, because rustc does not.
//!
//! Each rule is one test that lists its offenders as `path:line: reason`. Nothing is parsed: lines
//! are matched as rustfmt leaves them. What comes by a re-export or a macro goes unseen.

use std::{fs, path::PathBuf};

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
    query    | engine lake signin error
    explain  | engine signin present error
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
    arrow        | signin decode lake present engine query explain report ingest cli | the others see no batches
    sonic_rs     | decode | only exports are large enough to need it
    serde_json   | signin decode lake present engine query explain cli | JSON columns, journal, JSON output
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
const EXTENSIONS: &str = "rs sql slt csv md toml lock json gz zip zst snap py txt sh";
const BARE_FILES: &str = "LICENSE .gitignore .ci/run";
const CLI_ONLY: &str = "println! print! eprintln! eprint! process::exit env::var env::args \
    SystemTime::now Instant::now";
const MACHINE_PATHS: &str = "/home/ /root/ /tmp/ /Users/";
/// In pieces, so that this file does not find itself.
const UNFINISHED: &str = concat!("FIX", "ME to", "do! unimple", "mented! db", "g!");

/// One line of a file. Texts are leaked, which a test may.
struct Line {
    file: &'static str,
    number: usize,
    text: &'static str,
    /// The line, and all from it on, without comments and literals.
    code: &'static str,
    rest: &'static str,
    /// Below `#[cfg(test)]`, in `tests.rs` or in a folder `tests`.
    test: bool,
}

impl Line {
    /// The row of `LAYERS` that the file belongs to.
    fn module(&self) -> &'static str {
        let module = self.file.split(['/', '.']).nth(1).unwrap_or_default();
        if module == "main" { "cli" } else { module }
    }

    /// The file, at its first line only: for rules about files.
    fn opens(&self) -> Option<&'static str> {
        (self.number == 1).then_some(self.file)
    }
}

fn path(file: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(file)
}

/// Every file at or below a path of the repository; none if it is not there.
fn files(file: &str) -> Vec<String> {
    if path(file).is_file() {
        return vec![file.into()];
    }
    let entries = fs::read_dir(path(file)).into_iter().flatten().flatten();
    let paths = entries.map(|entry| format!("{file}/{}", entry.file_name().display()));
    let kept = paths.filter(|path| !has("/target /.git /lake", path));
    let below = kept.flat_map(|path| files(path.trim_start_matches('/')));
    below.collect()
}

/// All lines of the files at or below some paths; an empty or binary file has one.
fn lines(paths: &str) -> Vec<Line> {
    let mut found = Vec::new();
    for file in paths.split(' ').flat_map(files) {
        let file: &str = file.leak();
        let text = fs::read_to_string(path(file)).unwrap_or_default().leak();
        let code = scrub(text).leak();
        let is_test = file.split(['/', '.']).any(|part| part == "tests");
        let (mut at, mut test_to) = (0, if is_test { usize::MAX } else { 0 });
        for (number, text) in (1..).zip(text.trim_end().split('\n')) {
            let rest = code.get(at..).unwrap_or_default();
            let code = rest.lines().next().unwrap_or_default();
            if code.trim() == "#[cfg(test)]" {
                test_to = test_to.max(number + item_lines(rest) - 1);
            }
            let test = number <= test_to;
            found.push(Line {
                file,
                number,
                text,
                code,
                rest,
                test,
            });
            at += text.len() + 1;
        }
    }
    found
}

/// Fails with every line for which the rule has a reason.
fn check(paths: &str, rule: impl Fn(&Line) -> Option<String>) {
    let offence = |line: &Line| Some(format!("{}:{}: {}", line.file, line.number, rule(line)?));
    let mut offences: Vec<String> = lines(paths).iter().filter_map(offence).collect();
    offences.sort();
    assert!(offences.is_empty(), "\n{}", offences.join("\n"));
}

fn has(words: &str, word: &str) -> bool {
    words.split(' ').any(|one| one == word || one == "*")
}

fn rows(table: &'static str) -> impl Iterator<Item = Vec<&'static str>> {
    let rows = table.lines().skip(1);
    rows.map(|row| row.split('|').map(str::trim).collect())
}

fn in_name(c: char) -> bool {
    c == '_' || c.is_alphanumeric()
}

/// The name that `text` begins with.
fn name(text: &str) -> &str {
    text.split(|c| !in_name(c)).next().unwrap_or_default()
}

/// What follows `word` where it stands in `text`, not as the end of a longer name or path.
fn after<'a>(text: &'a str, word: &str) -> Vec<&'a str> {
    let joins = if word.starts_with('/') { ".-}>" } else { "" };
    let ends_longer = |at| text[..at].ends_with(|c| in_name(c) || joins.contains(c));
    let whole = text.match_indices(word).filter(|(at, _)| !ends_longer(*at));
    whole.map(|(at, _)| &text[at + word.len()..]).collect()
}

/// The first of the words that stands in `text`.
fn first_of<'a>(words: &'a str, text: &str) -> Option<&'a str> {
    let mut words = words.split_whitespace();
    words.find(|word| !after(text, word).is_empty())
}

/// Bytes of the comment, string or character literal that `rest` begins with; 0 if none.
fn hidden_len(rest: &str) -> usize {
    let marks = rest.strip_prefix('r').unwrap_or_default();
    let text = marks.trim_start_matches('#');
    let raw_end = format!("\"{}", &marks[..marks.len() - text.len()]);
    let (open, close) = match rest.as_bytes() {
        [b'/', b'/', ..] => (2, "\n"),
        [b'/', b'*', ..] => (2, "*/"),
        [b'"', ..] => (1, "\""),
        [b'\'', b'\\', ..] => (1, "'"),
        [b'\'', ..] if rest.chars().nth(2) == Some('\'') => (1, "'"),
        _ if text.starts_with('"') => (raw_end.len() + 1, raw_end.as_str()),
        _ => return 0,
    };
    let escapes = |text: &str| text.len() - text.trim_end_matches('\\').len();
    let mut ends = rest[open..].match_indices(close).map(|(at, _)| open + at);
    let end = ends.find(|end| open != 1 || escapes(&rest[..*end]) % 2 == 0);
    end.map_or(rest.len(), |end| end + close.len())
}

/// `text` with comments and literals blanked; offsets and line breaks stay as they are.
fn scrub(text: &str) -> String {
    let (mut code, mut rest) = (String::new(), text);
    while let Some(first) = rest.chars().next() {
        let hidden = hidden_len(rest);
        let (taken, left) = rest.split_at(hidden.max(first.len_utf8()));
        let blank = |byte| if byte == b'\n' { '\n' } else { ' ' };
        match hidden {
            0 => code.push(first),
            _ => code.extend(taken.bytes().map(blank)),
        }
        rest = left;
    }
    code
}

/// Lines of the item that `rest` begins with, to its `;` or brace at the same indentation.
fn item_lines(rest: &str) -> usize {
    let indent = |line: &str| line.len() - line.trim_start().len();
    let depth = indent(rest);
    let ends = |line: &str| indent(line) == depth && line.trim_end().ends_with([';', '}']);
    let end = rest.lines().position(ends);
    end.map_or(rest.lines().count(), |before| before + 1)
}

/// The first names of what a path goes on with: `a::b` has `a`, `{a::{b, c}, d}` has `a` and `d`.
fn heads(path: &str) -> Vec<&str> {
    let (mut found, mut depth, mut fresh) = (Vec::new(), 0, true);
    for (at, c) in path.char_indices() {
        if fresh && in_name(c) {
            found.push(name(&path[at..]));
        }
        depth += i32::from(c == '{') - i32::from(c == '}');
        fresh = depth == 1 && (c == ',' || c == '{' || fresh && c.is_whitespace());
        if depth == 0 {
            break;
        }
    }
    found
}

/// Whether a line names the outside crate `row` or one called `row_*`.
fn names_crate(code: &str, row: &str) -> bool {
    let mut paths = code.split(|c| !in_name(c) && c != ':');
    paths.any(|path| {
        let path = path.trim_start_matches(':');
        let named = path.contains("::") || code.contains(&format!("use {path}"));
        named && format!("{}_", name(path)).starts_with(&format!("{row}_"))
    })
}

/// The file or function that begins at this line, its lines and how many it may have.
fn measured(line: &Line) -> Option<(String, usize, usize)> {
    if let Some(file) = line.opens() {
        let production = lines(file).iter().filter(|line| !line.test).count();
        let is_mod = file.ends_with("/mod.rs");
        let max = [FILE_LINES_MAX, MOD_RS_LINES_MAX][usize::from(is_mod)];
        return Some((file.into(), production, max));
    }
    let name = name(after(line.code, "fn ").first()?);
    let id = format!("{}::{name}", line.file);
    let counts = !line.test && !name.is_empty();
    counts.then(|| (id, item_lines(line.rest), FUNCTION_LINES_MAX))
}

macro_rules! rules {
    ($($rule:ident($paths:literal, $line:ident) $body:block)*) => {
        $(#[test]
        fn $rule() {
            check($paths, |$line| $body);
        })*
    };
}

rules! {
    modules_import_only_what_their_row_names("src", line) {
        let module = line.module();
        let Some(row) = rows(LAYERS).find(|row| row[0] == module) else {
            return line.opens().map(|_| "its module has no row in LAYERS".into());
        };
        let up = "super::".repeat(line.file.replace("/mod.rs", "").matches('/').count());
        ["crate::", "authlake::", &up].into_iter().find_map(|root| {
            let tails = after(line.code, root).into_iter();
            let tails = tails.map(|tail| &line.rest[line.code.len() - tail.len()..]);
            let is_layer = |name| rows(LAYERS).any(|row| row[0] == name);
            let barred = tails.flat_map(heads).find(|name| {
                let known = [module, "Error", "Result"].contains(name) || has(row[1], name);
                !known && (root != up || is_layer(*name) && !line.test)
            })?;
            Some(format!("`{module}` names `{barred}`, it may name: {}", row[1]))
        })
    }

    outside_crates_are_named_only_by_their_modules("src", line) {
        let mut named = rows(CRATES).filter(|row| !line.test && names_crate(line.code, row[0]));
        let row = named.find(|row| !has(row[1], line.module()))?;
        Some(format!("`{}` is for {}: {}", row[0], row[1], row[2]))
    }

    library_does_not_declare_cli("src/lib.rs", line) {
        let found = after(line.code, "mod ").into_iter().any(|tail| name(tail) == "cli");
        found.then(|| "`cli` is declared by main.rs".into())
    }

    every_file_opens_with_a_sentence("src", line) {
        let text = fs::read_to_string(path(line.opens()?)).ok()?;
        let header = text.lines().map_while(|line| line.strip_prefix("//! "));
        let first = header.collect::<Vec<_>>().join(" ") + " ";
        let opened = first.starts_with(|c: char| c == '`' || c.is_uppercase());
        let good = opened && first.contains(". ");
        (line.file.ends_with(".rs") && !good).then(|| "open with `//! A sentence.`".into())
    }

    files_and_functions_are_short("src", line) {
        let (id, lines, max) = measured(line)?;
        let max = OVERSIZED.iter().find(|debt| debt.0 == id).map_or(max, |debt| debt.1);
        (lines > max).then(|| format!("{id} has {lines} lines, at most {max} are allowed"))
    }

    oversized_lists_only_what_is("tests/tidy.rs", line) {
        line.opens()?;
        let sizes: Vec<_> = lines("src").iter().filter_map(measured).collect();
        let owed = |(id, debt): &&(&str, usize)| {
            sizes.iter().any(|size| size.0 == *id && size.1 > size.2 && size.1 >= *debt)
        };
        let paid = OVERSIZED.iter().find(|debt| !owed(debt))?;
        Some(format!("OVERSIZED grants {} more than it needs: {}", paid.0, paid.1))
    }

    names_tell_what_is_inside("src", line) {
        let drawer = line.opens()?.split(['/', '.']).find(|part| has(DRAWERS, part))?;
        Some(format!("`{drawer}` could hold anything"))
    }

    only_cli_prints_and_looks_around("src", line) {
        let word = first_of(CLI_ONLY, line.code).filter(|_| line.module() != "cli")?;
        Some(format!("`{word}` is for src/cli"))
    }

    nothing_is_left_unfinished("src tests benches", line) {
        Some(format!("finish it: {}", first_of(UNFINISHED, line.text)?))
    }

    every_query_is_embedded("queries", line) {
        let query = line.opens().filter(|file| file.ends_with(".sql"))?;
        let mut code = lines("src/query");
        code.retain(|line| !line.text.trim_start().starts_with("//"));
        let code: String = code.iter().map(|line| line.text).collect();
        let mut paths = code.split("include_str!(").filter_map(|tail| tail.split('"').nth(1));
        let embedded = paths.any(|path| path.trim_start_matches("../") == query);
        (!embedded && path("src/query").is_dir()).then(|| "no include_str! in src/query".into())
    }

    every_sql_function_has_an_slt_file("src/engine/udf", line) {
        let stem = line.opens()?.strip_prefix("src/engine/udf/")?.strip_suffix(".rs")?;
        let exempt = has("mod tests", stem) || stem.contains('/') || !path("tests/slt").is_dir();
        let wanted = format!("tests/slt/{stem}.slt");
        (!exempt && !path(&wanted).is_file()).then(|| format!("{wanted} is missing"))
    }

    only_known_kinds_of_files("", line) {
        let kind = line.opens()?.rsplit('.').next()?;
        let known = has(EXTENSIONS, kind) || has(BARE_FILES, line.file);
        (!known).then(|| "not a known kind of file, or a snapshot to review".into())
    }

    fixtures_are_small("tests", line) {
        let bytes = fs::metadata(path(line.opens()?)).ok()?.len();
        let exempt = [".rs", ".snap", ".lock"].iter().any(|kind| line.file.ends_with(kind));
        (!exempt && bytes > FIXTURE_BYTES_MAX).then(|| format!("{bytes} bytes are too many"))
    }

    no_path_of_one_machine("src queries data README.md", line) {
        let exempt = line.test || line.file.starts_with("data/") && !line.file.ends_with(".md");
        let word = first_of(MACHINE_PATHS, line.text).filter(|_| !exempt)?;
        Some(format!("{word} is a path of one machine"))
    }
}

#[test]
fn comments_and_literals_are_blanked() {
    let kept = |text| scrub(text).split_whitespace().collect::<String>();
    assert_eq!(kept("a // b\n/* c\n */ d /// e\nf"), "adf");
    assert_eq!(
        kept(r#"("b \" c \\", 'd', '\'', '"', b'\u{1F}') e"#),
        "(,,,,b)e"
    );
    assert_eq!(kept(r###"r"\" a br#"b " c"# r##"d "# e"## f"###), "abf");
    assert_eq!(kept("<'a, 'b> &'c str 'é' \"→\" x"), "<'a,'b>&'cstrx");
    assert_eq!(scrub("é \"→\n\" x").find('x'), "é \"→\n\" x".find('x'));
}

#[test]
fn names_are_found_in_groups_and_paths() {
    assert_eq!(heads("a::b::{c, d};\nuse e"), ["a"]);
    assert_eq!(
        heads("{a::{b, c::{d}}, e,\n f as g,\n}; h"),
        ["a", "e", "f"]
    );
    assert_eq!(after("use mycrate::x; $crate::y", "crate::"), ["y"]);
    for code in "use arrow::a;|(::arrow::b)|arrow_schema::c|pub use arrow as d;".split('|') {
        assert!(names_crate(code, "arrow"), "{code}");
    }
    for code in "use crate::arrow::a;|arrow.b()|narrow::c|arrows::d|let arrow = e;".split('|') {
        assert!(!names_crate(code, "arrow"), "{code}");
    }
}
