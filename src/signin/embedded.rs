//! Reads the embedded CSV tables of `data/` into rows of text.

use std::io::Cursor;
use std::sync::Arc;

use arrow::array::AsArray;
use arrow::csv::ReaderBuilder;
use arrow::datatypes::{DataType, Field, Schema};

use crate::error::{Error, Result};

/// The rows of a CSV text whose header is exactly `columns`.
pub(super) fn read(name: &str, text: &str, columns: &[&str]) -> Result<Vec<Vec<String>>> {
    let header = text.lines().next().unwrap_or_default();
    if header != columns.join(",") {
        return Err(Error::Internal(format!(
            "{name}: unexpected header {header}"
        )));
    }
    let fields: Vec<Field> = columns
        .iter()
        .map(|c| Field::new(*c, DataType::Utf8, true))
        .collect();
    let reader = ReaderBuilder::new(Arc::new(Schema::new(fields)))
        .with_header(true)
        .build(Cursor::new(text))
        .map_err(|e| Error::Internal(format!("{name}: {e}")))?;
    let mut rows = Vec::new();
    for batch in reader {
        let batch = batch.map_err(|e| Error::Internal(format!("{name}: {e}")))?;
        for i in 0..batch.num_rows() {
            let row = batch
                .columns()
                .iter()
                .map(|c| c.as_string::<i32>().value(i).to_owned())
                .collect();
            rows.push(row);
        }
    }
    Ok(rows)
}
