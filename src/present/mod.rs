//! Shows Arrow record batches to people and to tools, one file per output format.
//!
//! In: a schema, then batches in any number and size. Out: bytes on the writer that the caller hands over,
//! and a [`Shown`] that says what the reader did not get to see. Every format streams: memory is bounded by
//! one row (or by the rows a table buffers to find its widths), never by the result.
//! Errors: [`Output`](crate::error::Error::Output) when the writer fails (a broken pipe keeps its kind),
//! [`Internal`](crate::error::Error::Internal) when a batch has other columns than those given to `begin`.
//! Never: runs a query, opens a file, looks at the terminal or the environment, prints a note of its own.
//! Why cells are not trusted: user names, user agents and application names in sign-in logs are chosen by
//! whoever signs in, attackers included. `plain` guards terminals, `markdown` rendered pages, `csv`
//! spreadsheets, and `value` JSON; each escape set stands in the file that owns it.

mod column;
mod csv;
mod instant;
mod json;
mod layout;
mod markdown;
mod plain;
mod shown;
mod sink;
mod table;
#[cfg(test)]
mod tests;
mod value;

use std::fmt;
use std::io::Write;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;

use crate::error::Result;
use sink::Sink;

pub use instant::{instant, timestamp};
pub use plain::{plain, plain_json};
pub use shown::Shown;

/// How results are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Format {
    /// Aligned columns for a terminal.
    #[default]
    Table,
    /// RFC 4180 with a header line.
    Csv,
    /// One JSON array, one object per line.
    Json,
    /// One JSON object per line.
    Ndjson,
    /// A GitHub-flavoured Markdown table.
    Markdown,
}

/// Makes the presenter of one format.
type Make = for<'a> fn(Sink<'a>, &Options) -> Box<dyn Presenter + Send + 'a>;

/// Every format with its name on the command line, in the order of the enum, which is that of help. A new one
/// is one file and one line.
const FORMATS: [(&str, Format, Make); 5] = [
    ("table", Format::Table, table::make),
    ("csv", Format::Csv, csv::make),
    ("json", Format::Json, json::make_array),
    ("ndjson", Format::Ndjson, json::make_lines),
    ("markdown", Format::Markdown, markdown::make),
];

impl Format {
    /// The names that [`Format::parse`] takes, in the order of the list.
    pub const NAMES: [&'static str; FORMATS.len()] = {
        let mut names = [""; FORMATS.len()];
        let mut at = 0;
        while at < names.len() {
            names[at] = FORMATS[at].0;
            at += 1;
        }
        names
    };

    /// The format of this name, whatever its case.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        FORMATS
            .iter()
            .find(|(known, ..)| known.eq_ignore_ascii_case(name))
            .map(|(_, format, _)| *format)
    }

    /// The name that [`Format::parse`] takes.
    #[must_use]
    pub fn name(self) -> &'static str {
        FORMATS[self as usize].0
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// What the caller knows about the place the output goes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// Columns of the terminal; tables are cut to fit. `None`: nothing is cut.
    pub width_max: Option<usize>,
    /// Rows that a table shows before it only counts. The other formats always write every row.
    pub rows_max: Option<usize>,
    /// Whether CSV text that a spreadsheet would run as a formula gets a leading apostrophe.
    pub spreadsheet_safe: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            width_max: None,
            rows_max: None,
            spreadsheet_safe: true,
        }
    }
}

/// Writes one result: `begin` once, `batch` any number of times, `end` once.
pub trait Presenter {
    /// Takes the columns of the result and writes what comes before the first row.
    fn begin(&mut self, schema: &SchemaRef) -> Result<()>;
    /// Takes the next rows, which have the columns given to `begin`.
    fn batch(&mut self, batch: &RecordBatch) -> Result<()>;
    /// Writes what is left, flushes the writer and says what was shown.
    fn end(&mut self) -> Result<Shown>;
}

/// The presenter that writes results to `out` in `format`.
pub fn presenter<'a>(
    format: Format,
    out: Box<dyn Write + Send + 'a>,
    options: &Options,
) -> Box<dyn Presenter + Send + 'a> {
    let (_, _, make) = FORMATS[format as usize];
    make(Sink::new(out), options)
}
