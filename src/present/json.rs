//! Writes results as JSON: one array with an object per line, or bare objects one per line (NDJSON).
//!
//! Both stream results of any size. Null columns are kept as null, so every object has the same keys in the same
//! order; a column name that occurs twice gets a number (`id`, `id_2`), because readers keep only one of equal keys.
//! Never: indents, drops a column, writes a number as a string.

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;

use super::column::Column;
use super::sink::Sink;
use super::value::{push_json, push_json_string};
use super::{Options, Presenter, Shown};
use crate::error::{Error, Result};

/// The presenter of `--format json`.
pub(super) fn make_array<'a>(out: Sink<'a>, _: &Options) -> Box<dyn Presenter + Send + 'a> {
    Box::new(Json::new(out, true))
}

/// The presenter of `--format ndjson`.
pub(super) fn make_lines<'a>(out: Sink<'a>, _: &Options) -> Box<dyn Presenter + Send + 'a> {
    Box::new(Json::new(out, false))
}

struct Json<'a> {
    out: Sink<'a>,
    /// Brackets around the objects and commas between them.
    array: bool,
    /// What stands before each value: `"name":`.
    keys: Vec<String>,
    rows: u64,
    line: String,
}

impl<'a> Json<'a> {
    fn new(out: Sink<'a>, array: bool) -> Self {
        Self {
            out,
            array,
            keys: Vec::new(),
            rows: 0,
            line: String::new(),
        }
    }

    fn push_row(&mut self, columns: &[Column<'_>], row: usize) -> Result<()> {
        if self.array {
            self.line
                .push_str(if self.rows == 0 { "\n" } else { ",\n" });
        }
        self.line.push('{');
        for (at, (key, column)) in self.keys.iter().zip(columns).enumerate() {
            if at > 0 {
                self.line.push(',');
            }
            self.line.push_str(key);
            push_json(&mut self.line, &column.value(row))?;
        }
        self.line.push('}');
        if !self.array {
            self.line.push('\n');
        }
        Ok(())
    }
}

impl Presenter for Json<'_> {
    fn begin(&mut self, schema: &SchemaRef) -> Result<()> {
        self.keys = unique_names(schema)
            .iter()
            .map(|name| {
                let mut key = String::with_capacity(name.len() + 3);
                push_json_string(&mut key, name);
                key.push(':');
                key
            })
            .collect();
        if self.array {
            self.out.write("[")
        } else {
            Ok(())
        }
    }

    fn batch(&mut self, batch: &RecordBatch) -> Result<()> {
        if batch.num_columns() != self.keys.len() {
            return Err(Error::Internal(
                "a batch has other columns than the JSON it goes into".to_owned(),
            ));
        }
        let columns = batch
            .columns()
            .iter()
            .map(|array| Column::new(array))
            .collect::<Result<Vec<_>>>()?;
        for row in 0..batch.num_rows() {
            self.line.clear();
            self.push_row(&columns, row)?;
            self.out.write(&self.line)?;
            self.rows += 1;
        }
        Ok(())
    }

    fn end(&mut self) -> Result<Shown> {
        if self.array {
            self.out
                .write(if self.rows == 0 { "]\n" } else { "\n]\n" })?;
        }
        self.out.flush()?;
        Ok(Shown::all(self.rows))
    }
}

/// The column names, with a number after those that occurred before.
fn unique_names(schema: &SchemaRef) -> Vec<String> {
    let mut names: Vec<String> = Vec::with_capacity(schema.fields().len());
    for field in schema.fields() {
        let mut name = field.name().clone();
        let mut number = 2;
        while names.contains(&name) {
            name = format!("{}_{number}", field.name());
            number += 1;
        }
        names.push(name);
    }
    names
}
