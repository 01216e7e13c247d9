//! Writes results as CSV: RFC 4180 quoting, a header line, UTF-8 without a byte order mark.
//!
//! Null is an empty field and an empty text is `""`, so that the two can be told apart. Lines end in LF and not
//! in CRLF: line tools would carry the CR into the last column, and every CSV reader and spreadsheet takes LF.
//! Text is kept byte for byte, control characters included: this is data for programs. The one exception is
//! `spreadsheet_safe`: an apostrophe goes before text that a spreadsheet would run as a formula. It guards cells as
//! split at commas; a spreadsheet set to split at semicolons may still see others.
//! Never: changes a number, cuts a row or a cell.

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;

use super::column::{Column, Value};
use super::instant::Style;
use super::plain::is_hidden;
use super::sink::Sink;
use super::value::push_text;
use super::{Options, Presenter, Shown};
use crate::error::{Error, Result};

/// The presenter of `--format csv`.
pub(super) fn make<'a>(out: Sink<'a>, options: &Options) -> Box<dyn Presenter + Send + 'a> {
    Box::new(Csv {
        out,
        spreadsheet_safe: options.spreadsheet_safe,
        width: 0,
        rows: 0,
        line: String::new(),
        text: String::new(),
    })
}

struct Csv<'a> {
    out: Sink<'a>,
    spreadsheet_safe: bool,
    /// Number of columns.
    width: usize,
    rows: u64,
    line: String,
    text: String,
}

impl Csv<'_> {
    fn push_cell(&mut self, value: &Value<'_>) -> Result<()> {
        match value {
            Value::Null => {}
            Value::Text(text) => push_text_cell(&mut self.line, text, self.spreadsheet_safe),
            value => {
                self.text.clear();
                push_text(&mut self.text, value, Style::Machine)?;
                push_field(&mut self.line, "", &self.text);
            }
        }
        Ok(())
    }

    /// Ends the line and writes it.
    fn write_line(&mut self) -> Result<()> {
        // Readers skip empty lines, which would lose the null rows of a result with one column.
        if self.line.is_empty() && self.width == 1 {
            self.line.push_str("\"\"");
        }
        self.line.push('\n');
        self.out.write(&self.line)?;
        self.line.clear();
        Ok(())
    }
}

impl Presenter for Csv<'_> {
    fn begin(&mut self, schema: &SchemaRef) -> Result<()> {
        self.width = schema.fields().len();
        for (at, field) in schema.fields().iter().enumerate() {
            if at > 0 {
                self.line.push(',');
            }
            push_text_cell(&mut self.line, field.name(), self.spreadsheet_safe);
        }
        self.write_line()
    }

    fn batch(&mut self, batch: &RecordBatch) -> Result<()> {
        if batch.num_columns() != self.width {
            return Err(Error::Internal(
                "a batch has other columns than the CSV it goes into".to_owned(),
            ));
        }
        let columns = batch
            .columns()
            .iter()
            .map(|array| Column::new(array))
            .collect::<Result<Vec<_>>>()?;
        for row in 0..batch.num_rows() {
            for (at, column) in columns.iter().enumerate() {
                if at > 0 {
                    self.line.push(',');
                }
                self.push_cell(&column.value(row))?;
            }
            self.write_line()?;
            self.rows += 1;
        }
        Ok(())
    }

    fn end(&mut self) -> Result<Shown> {
        self.out.flush()?;
        Ok(Shown::all(self.rows))
    }
}

fn push_text_cell(line: &mut String, text: &str, spreadsheet_safe: bool) {
    let guard = if spreadsheet_safe && runs_in_a_spreadsheet(text) {
        "'"
    } else {
        ""
    };
    push_field(line, guard, text);
}

/// Appends a field that holds `guard` and `text`, quoted where RFC 4180 (or a reader that trims) asks for it.
fn push_field(line: &mut String, guard: &str, text: &str) {
    let quoted = text.is_empty()
        || text.starts_with(' ')
        || text.ends_with(' ')
        || text
            .bytes()
            .any(|byte| matches!(byte, b',' | b'"' | b'\r' | b'\n'));
    if !quoted {
        line.push_str(guard);
        line.push_str(text);
        return;
    }
    line.push('"');
    line.push_str(guard);
    for (at, part) in text.split('"').enumerate() {
        if at > 0 {
            line.push_str("\"\"");
        }
        line.push_str(part);
    }
    line.push('"');
}

/// Whether a spreadsheet may take the text for a formula (OWASP, "CSV Injection"): it starts with tab or CR, or
/// its first visible character is one that opens a formula, in ASCII or in the full width of East Asian settings.
fn runs_in_a_spreadsheet(text: &str) -> bool {
    text.starts_with(['\t', '\r'])
        || text
            .trim_start_matches(|c: char| c.is_whitespace() || is_hidden(c))
            .starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠'])
}
