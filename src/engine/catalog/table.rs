//! A table of the lake as the journal lists it: its live files, and the day as a column.

use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use async_trait::async_trait;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::stats::Precision;
use datafusion::common::{Result, ScalarValue, Statistics};
use datafusion::datasource::TableType;
use datafusion::datasource::listing::PartitionedFile;
use datafusion::datasource::physical_plan::{FileGroup, FileScanConfigBuilder, ParquetSource};
use datafusion::datasource::source::DataSourceExec;
use datafusion::datasource::table_schema::TableSchema;
use datafusion::execution::object_store::ObjectStoreUrl;
use datafusion::logical_expr::{Expr, TableProviderFilterPushDown};
use datafusion::physical_plan::ExecutionPlan;

use crate::lake::Lake;
use crate::lake::journal::DataFile;
use crate::lake::layout::Table;

/// One table of the lake.
#[derive(Debug)]
pub(super) struct LakeTable {
    schema: TableSchema,
    files: Vec<PartitionedFile>,
}

impl LakeTable {
    /// The live files of a table; `by_day` adds the column `date`.
    pub(super) fn new(lake: &Lake, table: Table, schema: &SchemaRef, by_day: bool) -> Result<Self> {
        let day = Arc::new(Field::new("date", DataType::Date32, false));
        let days = if by_day { vec![day] } else { Vec::new() };
        let schema = TableSchema::builder(viewed(schema))
            .with_table_partition_cols(days)
            .build();
        let root = lake.root().canonicalize()?;
        let files = lake
            .manifest()
            .table(table)
            .map(|file| partitioned(&root, file, by_day, &schema))
            .collect();
        Ok(Self { schema, files })
    }
}

/// The schema with texts as views, the cheapest form to group and compare.
fn viewed(schema: &SchemaRef) -> SchemaRef {
    let fields: Vec<Field> = schema
        .fields()
        .iter()
        .map(|f| match f.data_type() {
            DataType::Utf8 => Field::new(f.name(), DataType::Utf8View, f.is_nullable()),
            _ => f.as_ref().clone(),
        })
        .collect();
    Arc::new(Schema::new(fields))
}

fn partitioned(
    root: &std::path::Path,
    file: &DataFile,
    by_day: bool,
    schema: &TableSchema,
) -> PartitionedFile {
    let path = root.join(&file.path);
    let mut part = PartitionedFile::new(path.display().to_string(), file.bytes);
    if by_day {
        part.partition_values = vec![ScalarValue::Date32(file.day)];
    }
    let mut statistics = Statistics::new_unknown(schema.file_schema());
    statistics.num_rows = Precision::Exact(file.rows as usize);
    part.with_statistics(Arc::new(statistics))
}

#[async_trait]
impl TableProvider for LakeTable {
    fn schema(&self) -> SchemaRef {
        self.schema.table_schema().clone()
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    fn supports_filters_pushdown(
        &self,
        filters: &[&Expr],
    ) -> Result<Vec<TableProviderFilterPushDown>> {
        Ok(vec![TableProviderFilterPushDown::Inexact; filters.len()])
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        _filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let options = state.config_options().execution.clone();
        let source = ParquetSource::new(self.schema.clone())
            .with_table_parquet_options(state.default_table_options().parquet)
            .with_pushdown_filters(options.parquet.pushdown_filters)
            .with_reorder_filters(options.parquet.reorder_filters);
        let groups = FileGroup::new(self.files.clone()).split_files(options.target_partitions);
        let mut statistics = Statistics::new_unknown(self.schema.table_schema());
        let rows = self
            .files
            .iter()
            .filter_map(|f| f.statistics.as_ref()?.num_rows.get_value().copied());
        statistics.num_rows = Precision::Exact(rows.sum());
        let config =
            FileScanConfigBuilder::new(ObjectStoreUrl::local_filesystem(), Arc::new(source))
                .with_file_groups(groups)
                .with_statistics(statistics)
                .with_projection_indices(projection.cloned())?
                .with_limit(limit)
                .build();
        Ok(DataSourceExec::from_data_source(config))
    }
}
