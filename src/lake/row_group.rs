//! Encodes the columns of one row group: texts by [`TextColumn`], all others by the Parquet crate.

use std::io::Write;

use arrow::array::AsArray;
use arrow::datatypes::{DataType, SchemaRef};
use arrow::record_batch::RecordBatch;
use bytes::Bytes;
use parquet::arrow::arrow_writer::{
    ArrowColumnChunk, ArrowColumnWriter, ArrowRowGroupWriterFactory, compute_leaves,
};
use parquet::column::writer::ColumnCloseResult;
use parquet::errors::{ParquetError, Result};
use parquet::file::writer::SerializedFileWriter;

use super::text_chunk::Zstd;
use super::text_column::{Form, TextColumn};
use crate::signin::coded::codes;

/// A row group being written.
pub(super) struct RowGroup {
    schema: SchemaRef,
    columns: Vec<Column>,
    pub(super) rows: usize,
}

enum Column {
    Texts(Box<TextColumn>),
    /// The leaves of any other column.
    Other(Vec<ArrowColumnWriter>),
}

enum Chunk {
    Texts(Bytes, Box<ColumnCloseResult>),
    Other(Box<ArrowColumnChunk>),
}

impl RowGroup {
    /// An empty row group of a file; `form` says how a column of texts is written.
    pub(super) fn new<W: Write + Send>(
        file: &SerializedFileWriter<W>,
        factory: &ArrowRowGroupWriterFactory,
        schema: &SchemaRef,
        form: &dyn Fn(&str) -> Form,
    ) -> Result<Self> {
        let place = file.flushed_row_groups().len();
        let mut writers = factory.create_column_writers(place)?.into_iter();
        let leaves = file.schema_descr();
        let columns = schema.fields().iter().map(|field| {
            let own = (0..leaves.num_columns()).filter(|i| {
                let parts = leaves.column(*i).path().parts().first().cloned();
                parts.as_deref() == Some(field.name())
            });
            let own: Vec<usize> = own.collect();
            let writers: Vec<ArrowColumnWriter> = writers.by_ref().take(own.len()).collect();
            match (field.data_type(), own.as_slice()) {
                (DataType::Utf8, [leaf]) => {
                    let column = TextColumn::new(leaves.column(*leaf), form(field.name()));
                    Column::Texts(Box::new(column))
                }
                _ => Column::Other(writers),
            }
        });
        Ok(Self {
            schema: schema.clone(),
            columns: columns.collect(),
            rows: 0,
        })
    }

    /// Appends rows.
    pub(super) fn write(&mut self, batch: &RecordBatch) -> Result<()> {
        let fields = self.schema.fields().iter().zip(batch.columns());
        for (column, (field, array)) in self.columns.iter_mut().zip(fields) {
            match column {
                Column::Texts(texts) => match (array.as_string_opt(), codes(array)) {
                    (Some(array), _) => texts.push(array),
                    (None, Some((numbers, known))) => texts.push_coded(numbers, known),
                    (None, None) => {
                        let text = format!("{} holds no texts", field.name());
                        return Err(ParquetError::General(text));
                    }
                },
                Column::Other(writers) => {
                    let leaves = compute_leaves(field, array)?;
                    for (writer, leaf) in writers.iter_mut().zip(leaves) {
                        writer.write(&leaf)?;
                    }
                }
            }
        }
        self.rows += batch.num_rows();
        Ok(())
    }

    /// Bytes that its texts hold.
    pub(super) fn bytes(&self) -> usize {
        let texts = self.columns.iter().map(|column| match column {
            Column::Texts(texts) => texts.bytes(),
            Column::Other(_) => 0,
        });
        texts.sum()
    }

    /// Appends the row group to its file.
    pub(super) fn finish<W: Write + Send>(
        self,
        file: &mut SerializedFileWriter<W>,
        zstd: &mut Zstd,
    ) -> Result<()> {
        let mut group = file.next_row_group()?;
        for column in self.columns {
            let chunks = match column {
                Column::Texts(texts) => {
                    let (bytes, close) = texts.finish(zstd)?;
                    vec![Chunk::Texts(bytes, Box::new(close))]
                }
                Column::Other(writers) => {
                    let closed = writers.into_iter().map(ArrowColumnWriter::close);
                    closed
                        .map(|chunk| chunk.map(|c| Chunk::Other(Box::new(c))))
                        .collect::<Result<_>>()?
                }
            };
            for chunk in chunks {
                match chunk {
                    Chunk::Texts(bytes, close) => group.append_column(&bytes, *close)?,
                    Chunk::Other(chunk) => chunk.append_to_row_group(&mut group)?,
                }
            }
        }
        group.close()?;
        Ok(())
    }
}
