//! Writes results as aligned columns for a terminal: a header, a rule, one line per row.
//!
//! Widths come from the rows buffered before the first line is written: `rows_max` of them, or a first chunk when
//! all rows are wanted; later chunks keep those widths, so any size streams. Null is shown empty. Rows beyond
//! `rows_max` are counted, not kept. With a terminal width, long cells end in `…` and columns without room are
//! named in [`Shown`]; without one nothing is cut, and a late long cell stands out of line.
//! Never: prints a note, colours, lets a hidden character through.

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;

use super::column::{Column, is_number};
use super::instant::Style;
use super::layout::{Fitted, GAP, Natural, cut, fit, width};
use super::plain::plain;
use super::sink::Sink;
use super::value::push_text;
use super::{Options, Presenter, Shown};
use crate::error::{Error, Result};

/// Rows that decide the widths when all rows are wanted, and rows in memory after that.
const CHUNK_ROWS: usize = 1_000;

/// Rows in memory at most, even when more are to be shown.
const BUFFER_ROWS_MAX: usize = 10_000;

/// The presenter of `--format table`.
pub(super) fn make<'a>(out: Sink<'a>, options: &Options) -> Box<dyn Presenter + Send + 'a> {
    Box::new(Table {
        out,
        width_max: options.width_max,
        rows_max: options.rows_max.map_or(u64::MAX, |rows| rows as u64),
        buffer_rows: options.rows_max.unwrap_or(CHUNK_ROWS).min(BUFFER_ROWS_MAX),
        headings: Vec::new(),
        cells: Vec::new(),
        rows_buffered: 0,
        fitted: None,
        rows_total: 0,
        rows_taken: 0,
        line: String::new(),
    })
}

struct Heading {
    name: String,
    number: bool,
}

struct Table<'a> {
    out: Sink<'a>,
    width_max: Option<usize>,
    rows_max: u64,
    buffer_rows: usize,
    headings: Vec<Heading>,
    /// The buffered rows, one after the other, each as many cells as there are headings.
    cells: Vec<String>,
    rows_buffered: usize,
    /// Set when the header is written.
    fitted: Option<Vec<Fitted>>,
    rows_total: u64,
    rows_taken: u64,
    line: String,
}

impl Table<'_> {
    fn buffer_row(&mut self, columns: &[Column<'_>], row: usize) -> Result<()> {
        for column in columns {
            let mut text = String::new();
            push_text(&mut text, &column.value(row), Style::Human)?;
            self.cells.push(shown_text(text, self.width_max));
        }
        self.rows_buffered += 1;
        self.rows_taken += 1;
        Ok(())
    }

    /// Writes the buffered rows, under the header if they are the first.
    fn write_buffered(&mut self) -> Result<()> {
        let fitted = match self.fitted.take() {
            Some(fitted) => fitted,
            None => self.write_header()?,
        };
        let cells = std::mem::take(&mut self.cells);
        if !fitted.is_empty() {
            for row in cells.chunks(self.headings.len()) {
                self.write_row(row.iter().map(String::as_str), &fitted)?;
            }
        }
        self.rows_buffered = 0;
        self.fitted = Some(fitted);
        Ok(())
    }

    /// Fits the columns to the buffered rows and writes the header and the rule.
    fn write_header(&mut self) -> Result<Vec<Fitted>> {
        let fitted = fit(&self.natural(), self.width_max);
        if fitted.is_empty() {
            return Ok(fitted);
        }
        let headings = std::mem::take(&mut self.headings);
        // Names are always cut, as only a width cut below theirs makes them longer than it.
        let cutting: Vec<Fitted> = fitted
            .iter()
            .map(|column| Fitted {
                cut: true,
                ..*column
            })
            .collect();
        let written = self.write_row(
            headings.iter().map(|heading| heading.name.as_str()),
            &cutting,
        );
        self.headings = headings;
        written?;
        let rules: Vec<String> = fitted
            .iter()
            .map(|column| "─".repeat(column.width))
            .collect();
        self.write_row(rules.iter().map(String::as_str), &fitted)?;
        Ok(fitted)
    }

    fn natural(&self) -> Vec<Natural> {
        let mut columns: Vec<Natural> = self
            .headings
            .iter()
            .map(|heading| Natural {
                header: width(&heading.name),
                cells: 0,
                number: heading.number,
            })
            .collect();
        if !columns.is_empty() {
            for row in self.cells.chunks(columns.len()) {
                for (column, cell) in columns.iter_mut().zip(row) {
                    column.cells = column.cells.max(width(cell));
                }
            }
        }
        columns
    }

    fn write_row<'c>(
        &mut self,
        cells: impl Iterator<Item = &'c str>,
        fitted: &[Fitted],
    ) -> Result<()> {
        self.line.clear();
        for (at, (cell, column)) in cells.zip(fitted).enumerate() {
            let short = if column.cut {
                cut(cell, column.width)
            } else {
                None
            };
            let cell = short.as_deref().unwrap_or(cell);
            let blank = column.width.saturating_sub(width(cell));
            let (before, after) = if column.right { (blank, 0) } else { (0, blank) };
            let gap = if at > 0 { GAP } else { 0 };
            self.line.extend(std::iter::repeat_n(' ', gap + before));
            self.line.push_str(cell);
            self.line.extend(std::iter::repeat_n(' ', after));
        }
        self.line.truncate(self.line.trim_end_matches(' ').len());
        self.line.push('\n');
        self.out.write(&self.line)
    }
}

impl Presenter for Table<'_> {
    fn begin(&mut self, schema: &SchemaRef) -> Result<()> {
        self.headings = schema
            .fields()
            .iter()
            .map(|field| Heading {
                name: plain(field.name()).into_owned(),
                number: is_number(field.data_type()),
            })
            .collect();
        Ok(())
    }

    fn batch(&mut self, batch: &RecordBatch) -> Result<()> {
        if batch.num_columns() != self.headings.len() {
            return Err(Error::Internal(
                "a batch has other columns than the table it goes into".to_owned(),
            ));
        }
        self.rows_total += batch.num_rows() as u64;
        if self.rows_taken >= self.rows_max {
            return Ok(());
        }
        let columns = batch
            .columns()
            .iter()
            .map(|array| Column::new(array))
            .collect::<Result<Vec<_>>>()?;
        for row in 0..batch.num_rows() {
            if self.rows_taken >= self.rows_max {
                break;
            }
            self.buffer_row(&columns, row)?;
            if self.rows_buffered >= self.buffer_rows {
                self.write_buffered()?;
            }
        }
        Ok(())
    }

    fn end(&mut self) -> Result<Shown> {
        self.write_buffered()?;
        self.out.flush()?;
        let columns_kept = self.fitted.as_ref().map_or(0, Vec::len);
        let columns_hidden = self
            .headings
            .iter()
            .skip(columns_kept)
            .map(|heading| heading.name.clone())
            .collect();
        Ok(Shown {
            rows_shown: self.rows_taken,
            rows_total: self.rows_total,
            columns_hidden,
        })
    }
}

/// Cell text made safe, and cut to what could be shown at most, so that a long value does not stay in memory.
fn shown_text(text: String, width_max: Option<usize>) -> String {
    let safe = match plain(&text) {
        std::borrow::Cow::Borrowed(_) => text,
        std::borrow::Cow::Owned(safe) => safe,
    };
    width_max
        .and_then(|width_max| cut(&safe, width_max))
        .unwrap_or(safe)
}
