//! Writes sorted batches to Parquet files of the lake, and says what was written.
//!
//! In: batches in the table's sort order. Out: a durable file in the staging area and its
//! journal entry. Row groups of [`ROW_GROUP_ROWS_MAX`] rows, zstd, statistics on every column, a page
//! index where there is more than one page, bloom filters on the ids people look up.

use std::fs::File;
use std::io::{Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use arrow::datatypes::SchemaRef;
use arrow::record_batch::RecordBatch;
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_writer::ArrowWriterOptions;
use parquet::basic::{Compression, Encoding, ZstdLevel};
use parquet::file::metadata::SortingColumn;
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::schema::types::ColumnPath;

use super::journal::DataFile;
use super::layout::{self, Day, Table};
use super::receipts::{INGESTS_SCHEMA, REJECTS_SCHEMA};
use super::row_group::RowGroup;
use super::sorted::Batches;
use super::text_chunk::Zstd;
use super::text_column::Form;
use crate::error::{Error, Result};
use crate::signin::schema::{POLICY_SETS_SCHEMA, RECORDS_SCHEMA, SIGNINS_SCHEMA, USERS_SCHEMA};

/// Rows of a row group.
pub const ROW_GROUP_ROWS_MAX: usize = 131_072;
/// Bytes of texts of a row group beyond which it ends before.
const ROW_GROUP_BYTES_MAX: usize = 96 << 20;
/// Rows of a data page: small enough that the page index can skip most of a user's day.
const PAGE_ROWS_MAX: usize = 20_000;
const ZSTD_LEVEL: i32 = 3;
/// Texts that never come again hold nothing that a higher level would find.
const ZSTD_LEVEL_DISTINCT: i32 = 1;
const BLOOM_FALSE_POSITIVES: f64 = 0.01;

/// Columns that people look single values up in.
const BLOOM_COLUMNS: [&str; 5] = [
    "id",
    "signin_id",
    "correlation_id",
    "original_request_id",
    "ip_address",
];
/// Text columns in which nearly every value differs: a dictionary would only cost.
const DISTINCT_COLUMNS: [&str; 6] = [
    "id",
    "signin_id",
    "correlation_id",
    "original_request_id",
    "unique_token_identifier",
    "raw",
];

fn properties(schema: &SchemaRef, rows: usize, sort: &[&str]) -> Result<WriterProperties> {
    let level = ZstdLevel::try_new(ZSTD_LEVEL).map_err(|e| Error::Internal(e.to_string()))?;
    let sorting = sort
        .iter()
        .filter_map(|name| schema.index_of(name).ok())
        .map(|i| SortingColumn {
            column_idx: i as i32,
            descending: false,
            nulls_first: true,
        })
        .collect();
    // An index of one page repeats what is said of the column.
    let one_page = rows <= PAGE_ROWS_MAX;
    let mut builder = WriterProperties::builder()
        .set_compression(Compression::ZSTD(level))
        .set_statistics_enabled(match one_page {
            true => EnabledStatistics::Chunk,
            false => EnabledStatistics::Page,
        })
        .set_offset_index_disabled(one_page)
        .set_max_row_group_row_count(Some(ROW_GROUP_ROWS_MAX))
        .set_data_page_row_count_limit(PAGE_ROWS_MAX)
        .set_sorting_columns(Some(sorting));
    for name in ["created_at", "received_at", "started_at", "ended_at"] {
        let path = ColumnPath::from(name);
        builder = builder
            .set_column_dictionary_enabled(path.clone(), false)
            .set_column_encoding(path, Encoding::DELTA_BINARY_PACKED);
    }
    Ok(builder.build())
}

/// How a column of texts is written in a file of about `rows` rows.
fn form_of(name: &str, rows: usize) -> Form {
    Form {
        level: match DISTINCT_COLUMNS.contains(&name) {
            true => ZSTD_LEVEL_DISTINCT,
            false => ZSTD_LEVEL,
        },
        bloom: BLOOM_COLUMNS
            .contains(&name)
            .then_some(BLOOM_FALSE_POSITIVES),
        page_rows: PAGE_ROWS_MAX,
        page_index: rows > PAGE_ROWS_MAX,
        distinct: DISTINCT_COLUMNS.contains(&name),
    }
}

/// All columns of a table.
pub fn schema_of(table: Table) -> &'static SchemaRef {
    match table {
        Table::Records | Table::Waiting => &RECORDS_SCHEMA,
        Table::Signins => &SIGNINS_SCHEMA,
        Table::PolicySets => &POLICY_SETS_SCHEMA,
        Table::Ingests => &INGESTS_SCHEMA,
        Table::Rejects => &REJECTS_SCHEMA,
        Table::Users => &USERS_SCHEMA,
    }
}

/// The sort order of a table.
pub fn sort_order(table: Table) -> &'static [&'static str] {
    match table {
        Table::Records | Table::Waiting => &[
            "user_principal_name",
            "service_principal_id",
            "created_at",
            "id",
        ],
        Table::Signins => &[
            "user_principal_name",
            "service_principal_id",
            "started_at",
            "signin_id",
        ],
        Table::PolicySets => &["policy_set_id", "ordinal"],
        Table::Users => &["user_principal_name", "user_id", "tenant_id"],
        Table::Ingests | Table::Rejects => &[],
    }
}

/// Writes one batch as a staged file of a table; `part` makes the name unique within the ingest.
pub fn stage(
    root: &Path,
    table: Table,
    day: Option<Day>,
    ingest_id: &str,
    part: usize,
    batch: &RecordBatch,
) -> Result<DataFile> {
    let place = Place {
        root,
        table,
        day,
        ingest_id,
        part,
    };
    let one = std::iter::once(Ok(batch.clone()));
    place.stage(&batch.schema(), batch.num_rows(), Box::new(one))
}

/// Where a staged file belongs.
#[derive(Debug, Clone, Copy)]
pub struct Place<'a> {
    pub root: &'a Path,
    pub table: Table,
    pub day: Option<Day>,
    pub ingest_id: &'a str,
    /// Makes the name unique within the ingest.
    pub part: usize,
}

impl Place<'_> {
    /// Writes sorted batches of about `rows` rows as one staged file.
    pub fn stage(self, schema: &SchemaRef, rows: usize, batches: Batches<'_>) -> Result<DataFile> {
        let name = format!("{}-{}.parquet", self.ingest_id, self.part);
        let relative = layout::folder(self.table, self.day).join(name);
        let path = layout::staging_dir(self.root).join(&relative);
        if let Some(dir) = path.parent() {
            layout::make_dir(dir)?;
        }
        let written = write_file(&path, schema, sort_order(self.table), rows, batches)?;
        Ok(DataFile {
            path: relative,
            table: self.table.name().to_owned(),
            day: self.day.map(|d| d.0),
            rows: written.rows,
            bytes: written.bytes,
            hash: written.hash,
        })
    }
}

/// What a written file is.
struct Written {
    rows: u64,
    bytes: u64,
    /// BLAKE3, hexadecimal.
    hash: String,
}

/// Writes batches to a new Parquet file, durably.
fn write_file(
    path: &Path,
    schema: &SchemaRef,
    sort: &[&str],
    rows: usize,
    batches: Batches<'_>,
) -> Result<Written> {
    let mut options = File::options();
    let file = options
        .create_new(true)
        .write(true)
        .mode(0o600)
        .open(path)
        .map_err(|e| Error::io("create", path, e))?;
    let mut hashed = Hashing::new(file);
    let parquet_error = |e: parquet::errors::ParquetError| Error::lake(path, e);
    let properties = properties(schema, rows, sort)?;
    // The types are those that Parquet knows: the schema need not stand there twice.
    let options = ArrowWriterOptions::new()
        .with_properties(properties)
        .with_skip_arrow_metadata(true);
    let (mut writer, factory) =
        ArrowWriter::try_new_with_options(&mut hashed, schema.clone(), options)
            .and_then(ArrowWriter::into_serialized_writer)
            .map_err(parquet_error)?;
    let form = |name: &str| form_of(name, rows);
    let mut zstd = Zstd::default();
    let mut written = 0;
    let mut group: Option<RowGroup> = None;
    for batch in batches {
        let mut rest = batch?;
        written += rest.num_rows() as u64;
        while rest.num_rows() > 0 {
            let mut open = match group.take() {
                Some(open) => open,
                None => RowGroup::new(&writer, &factory, schema, &form).map_err(parquet_error)?,
            };
            let room = (ROW_GROUP_ROWS_MAX - open.rows).min(rest.num_rows());
            open.write(&rest.slice(0, room)).map_err(parquet_error)?;
            rest = rest.slice(room, rest.num_rows() - room);
            if open.rows == ROW_GROUP_ROWS_MAX || open.bytes() > ROW_GROUP_BYTES_MAX {
                open.finish(&mut writer, &mut zstd).map_err(parquet_error)?;
            } else {
                group = Some(open);
            }
        }
    }
    if let Some(open) = group {
        open.finish(&mut writer, &mut zstd).map_err(parquet_error)?;
    }
    writer.close().map_err(parquet_error)?;
    hashed
        .file
        .sync_all()
        .map_err(|e| Error::io("sync", path, e))?;
    Ok(Written {
        rows: written,
        bytes: hashed.bytes,
        hash: hashed.hasher.finalize().to_hex().to_string(),
    })
}

/// A writer of query results as Parquet, batch by batch.
pub struct ResultWriter<W: Write + Send>(ArrowWriter<W>);

impl<W: Write + Send> ResultWriter<W> {
    /// Begins a Parquet file of this schema.
    pub fn new(out: W, schema: SchemaRef) -> Result<Self> {
        let level = ZstdLevel::try_new(ZSTD_LEVEL).map_err(|e| Error::Internal(e.to_string()))?;
        let properties = WriterProperties::builder()
            .set_compression(Compression::ZSTD(level))
            .build();
        let writer = ArrowWriter::try_new(out, schema, Some(properties));
        writer
            .map(Self)
            .map_err(|e| Error::Output(std::io::Error::other(e)))
    }

    /// Appends a batch.
    pub fn write(&mut self, batch: &RecordBatch) -> Result<()> {
        self.0
            .write(batch)
            .map_err(|e| Error::Output(std::io::Error::other(e)))
    }

    /// Ends the file.
    pub fn close(self) -> Result<()> {
        let closed = self.0.close();
        closed
            .map(drop)
            .map_err(|e| Error::Output(std::io::Error::other(e)))
    }
}

struct Hashing {
    file: File,
    hasher: blake3::Hasher,
    bytes: u64,
}

impl Hashing {
    fn new(file: File) -> Self {
        Self {
            file,
            hasher: blake3::Hasher::new(),
            bytes: 0,
        }
    }
}

impl Write for Hashing {
    fn write(&mut self, data: &[u8]) -> std::io::Result<usize> {
        let n = self.file.write(data)?;
        self.hasher.update(&data[..n]);
        self.bytes += n as u64;
        Ok(n)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.file.flush()
    }
}

/// The BLAKE3 hash of a file, hexadecimal.
pub fn hash_file(path: &Path) -> Result<String> {
    let mut file = File::open(path).map_err(|e| Error::io("open", path, e))?;
    let mut hasher = blake3::Hasher::new();
    let mut buffer = vec![0; 1 << 20];
    loop {
        let n = file
            .read(&mut buffer)
            .map_err(|e| Error::io("read", path, e))?;
        if n == 0 {
            return Ok(hasher.finalize().to_hex().to_string());
        }
        hasher.update(&buffer[..n]);
    }
}
