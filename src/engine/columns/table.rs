//! A table of the lake whose scans go through kept columns.

use std::fmt;
use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use async_trait::async_trait;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::{Result, internal_err};
use datafusion::datasource::TableType;
use datafusion::datasource::listing::PartitionedFile;
use datafusion::logical_expr::Expr;
use datafusion::physical_plan::ExecutionPlan;

use super::dictionary::Dictionary;
use super::read::{File, How, Wanted};
use super::scan::ColumnScanExec;
use super::store::ColumnStore;

/// Bytes that a text takes which is not kept as a number, estimated: most are identifiers.
const TEXT_BYTES: usize = 56;

/// What a column of a table is.
#[derive(Debug, Clone)]
pub(in crate::engine) enum Kind {
    /// A text whose values name things of a directory: there are few of them.
    Name(Arc<Dictionary>),
    /// A value that is kept as it is.
    Plain,
    /// The day of a file.
    Day,
    /// Never kept.
    Other,
}

impl Kind {
    fn width(&self, field: &Field) -> usize {
        match self {
            Self::Name(_) => size_of::<u32>(),
            Self::Day => 0,
            _ => field
                .data_type()
                .primitive_width()
                .unwrap_or(match field.data_type() {
                    DataType::Boolean => 1,
                    _ => TEXT_BYTES,
                }),
        }
    }
}

/// Files of a table, and how their columns are kept.
pub(in crate::engine) struct KeptTable {
    store: Arc<ColumnStore>,
    /// With numbers where the table has names.
    schema: SchemaRef,
    kinds: Vec<Kind>,
    files: Vec<File>,
}

impl KeptTable {
    /// A scan of these files and columns, if all of it can be kept.
    pub(in crate::engine) fn new(
        store: &Arc<ColumnStore>,
        schema: &SchemaRef,
        kinds: &[Kind],
        files: Vec<PartitionedFile>,
        columns: &[usize],
    ) -> Option<Self> {
        let files: Option<Vec<File>> = files
            .into_iter()
            .map(|part| {
                let rows = part.statistics.as_ref()?.num_rows.get_value().copied()?;
                let path = part.object_meta.location.as_ref().into();
                Some(File { path, rows, part })
            })
            .collect();
        let files = files?;
        let rows: usize = files.iter().map(|file| file.rows).sum();
        let kinds: Vec<Kind> = kinds.iter().map(with_bound).collect();
        let mut width = 0_usize;
        for column in columns {
            let kind = kinds.get(*column)?;
            match kind {
                Kind::Other => return None,
                kind => width += kind.width(schema.field(*column)),
            }
        }
        if columns.is_empty() || rows.checked_mul(width)? > store.scan_bytes_max() {
            return None;
        }
        let fields = schema.fields().iter().zip(&kinds);
        let fields = fields.map(|(field, kind)| match kind {
            Kind::Name(_) => field.as_ref().clone().with_data_type(DataType::UInt32),
            _ => field.as_ref().clone(),
        });
        Some(Self {
            store: store.clone(),
            schema: Arc::new(Schema::new(fields.collect::<Vec<_>>())),
            kinds,
            files,
        })
    }

    /// Whether nothing of these columns has to be read.
    pub(in crate::engine) fn is_at_hand(&self, columns: &[usize]) -> bool {
        let is_day = |column: &usize| matches!(self.kinds.get(*column), Some(Kind::Day));
        let columns = columns.iter().copied().filter(|column| !is_day(column));
        let columns: Vec<usize> = columns.collect();
        let mut files = self.files.iter();
        files.all(|file| self.store.has(&file.path, &columns))
    }

    /// The dictionary whose numbers stand in a column.
    pub(in crate::engine) fn dictionary(&self, column: usize) -> Option<&Arc<Dictionary>> {
        match self.kinds.get(column) {
            Some(Kind::Name(dictionary)) => Some(dictionary),
            _ => None,
        }
    }
}

/// The kind; a column of too many names is not kept.
fn with_bound(kind: &Kind) -> Kind {
    match kind {
        Kind::Name(dictionary) if !dictionary.is_small() => Kind::Other,
        kind => kind.clone(),
    }
}

impl fmt::Debug for KeptTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeptTable of {} files", self.files.len())
    }
}

#[async_trait]
impl TableProvider for KeptTable {
    fn schema(&self) -> SchemaRef {
        self.schema.clone()
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let all = || (0..self.schema.fields().len()).collect();
        let places = projection.cloned().unwrap_or_else(all);
        let mut columns = Vec::with_capacity(places.len());
        for place in places {
            let how = match self.kinds.get(place) {
                Some(Kind::Name(dictionary)) => How::Coded(dictionary.clone()),
                Some(Kind::Plain) => How::Plain,
                Some(Kind::Day) => How::Day,
                _ => return internal_err!("a column that is not kept"),
            };
            let field = Arc::new(self.schema.field(place).clone());
            columns.push(Wanted { place, field, how });
        }
        // Filters that are not exact pass more rows than asked for, so the first are not enough.
        let fetch = limit.filter(|_| filters.is_empty());
        let partitions = state.config_options().execution.target_partitions;
        let files = self.files.clone();
        let scan = ColumnScanExec::new(self.store.clone(), files, columns, fetch, partitions);
        Ok(Arc::new(scan))
    }
}
