//! Writes results as a GitHub-flavoured Markdown table, numbers aligned to the right.
//!
//! Streams any size: columns are not padded, because the page that renders the table aligns it. No cell can end
//! its cell, open HTML, a link, an image or code: what could is escaped, and hidden characters are made visible
//! as on a terminal, for that is where Markdown is often read.
//! Never: cuts a row or a cell, emits a line break inside the table.

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;

use super::column::{Column, is_number};
use super::instant::Style;
use super::plain::plain;
use super::sink::Sink;
use super::value::push_text;
use super::{Options, Presenter, Shown};
use crate::error::{Error, Result};

/// The presenter of `--format markdown`.
pub(super) fn make<'a>(out: Sink<'a>, _: &Options) -> Box<dyn Presenter + Send + 'a> {
    Box::new(Markdown {
        out,
        width: 0,
        rows: 0,
        line: String::new(),
        text: String::new(),
    })
}

struct Markdown<'a> {
    out: Sink<'a>,
    /// Number of columns.
    width: usize,
    rows: u64,
    line: String,
    text: String,
}

impl Markdown<'_> {
    fn push_cell(&mut self, text: &str) {
        self.line.push_str("| ");
        push_escaped(&mut self.line, &plain(text));
        self.line.push(' ');
    }

    fn write_line(&mut self) -> Result<()> {
        self.line.push_str("|\n");
        self.out.write(&self.line)?;
        self.line.clear();
        Ok(())
    }
}

impl Presenter for Markdown<'_> {
    fn begin(&mut self, schema: &SchemaRef) -> Result<()> {
        self.width = schema.fields().len();
        if self.width == 0 {
            return Ok(());
        }
        for field in schema.fields() {
            self.push_cell(field.name());
        }
        self.write_line()?;
        for field in schema.fields() {
            self.line.push_str(if is_number(field.data_type()) {
                "| ---: "
            } else {
                "| --- "
            });
        }
        self.write_line()
    }

    fn batch(&mut self, batch: &RecordBatch) -> Result<()> {
        if batch.num_columns() != self.width {
            return Err(Error::Internal(
                "a batch has other columns than the table it goes into".to_owned(),
            ));
        }
        self.rows += batch.num_rows() as u64;
        if self.width == 0 {
            return Ok(());
        }
        let columns = batch
            .columns()
            .iter()
            .map(|array| Column::new(array))
            .collect::<Result<Vec<_>>>()?;
        let mut text = std::mem::take(&mut self.text);
        for row in 0..batch.num_rows() {
            for column in &columns {
                text.clear();
                push_text(&mut text, &column.value(row), Style::Human)?;
                self.push_cell(&text);
            }
            self.write_line()?;
        }
        self.text = text;
        Ok(())
    }

    fn end(&mut self) -> Result<Shown> {
        self.out.flush()?;
        Ok(Shown::all(self.rows))
    }
}

/// Appends text so that a page shows it as written.
///
/// HTML characters become entities, since not every renderer takes a backslash there. `[` alone is enough to keep
/// links and images away. `_` inside a word is left, as it means nothing there and user names are full of it.
fn push_escaped(line: &mut String, text: &str) {
    let mut chars = text.chars().peekable();
    let mut previous = ' ';
    while let Some(c) = chars.next() {
        match c {
            '<' => line.push_str("&lt;"),
            '>' => line.push_str("&gt;"),
            '&' => line.push_str("&amp;"),
            '_' if previous.is_alphanumeric()
                && chars.peek().is_some_and(|next| next.is_alphanumeric()) =>
            {
                line.push('_');
            }
            '|' | '\\' | '`' | '[' | '*' | '_' | '~' => line.extend(['\\', c]),
            c => line.push(c),
        }
        previous = c;
    }
}
