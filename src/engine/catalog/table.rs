//! A table of the lake as the journal lists it: its live files, the day as a column, and for
//! `records` the policy list that a key stands for.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use async_trait::async_trait;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::stats::Precision;
use datafusion::common::{Result, ScalarValue, Statistics};
use datafusion::datasource::TableType;
use datafusion::datasource::listing::PartitionedFile;
use datafusion::datasource::physical_plan::parquet::CachedParquetFileReaderFactory;
use datafusion::datasource::physical_plan::{FileGroup, FileScanConfigBuilder, ParquetSource};
use datafusion::datasource::source::DataSourceExec;
use datafusion::datasource::table_schema::TableSchema;
use datafusion::execution::object_store::ObjectStoreUrl;
use datafusion::logical_expr::{Expr, Operator, ScalarUDF, TableProviderFilterPushDown};
use datafusion::physical_expr::ScalarFunctionExpr;
use datafusion::physical_expr::expressions::Column;
use datafusion::physical_plan::projection::{ProjectionExec, ProjectionExpr};
use datafusion::physical_plan::{ExecutionPlan, PhysicalExpr};

use super::policy_column::{self, PolicyTexts};
use super::span::Span;
use crate::engine::columns::{ColumnStore, KeptTable, Kind};
use crate::lake::Lake;
use crate::lake::journal::DataFile;
use crate::lake::layout::{Day, Table};

/// The URL under which a session knows the folder of its lake.
pub(super) const STORE: &str = "authlake://lake";

/// Bytes at the end of a file that are read first: its description, of 9 to 21 KB where all its rows
/// are one row group.
const FOOTER_BYTES: usize = 32 << 10;

/// One table of the lake.
#[derive(Debug)]
pub(in crate::engine) struct LakeTable {
    /// What the files hold, and the day.
    schema: TableSchema,
    /// That and the policy list, where the table shows one.
    shown: SchemaRef,
    files: Vec<PartitionedFile>,
    policies: Option<Arc<ScalarUDF>>,
    /// Column of the time that decides a row's day.
    time: Option<&'static str>,
    /// Where columns are kept, and what each is.
    kept: Option<(Arc<ColumnStore>, Vec<Kind>)>,
    /// Columns that queries asked for.
    asked: Mutex<HashSet<usize>>,
}

impl LakeTable {
    /// The live files of a table; `by_day` adds the column `date`.
    pub(super) fn new(lake: &Lake, table: Table, schema: &SchemaRef, by_day: bool) -> Result<Self> {
        let day = Arc::new(Field::new("date", DataType::Date32, false));
        let days = if by_day { vec![day] } else { Vec::new() };
        let schema = TableSchema::builder(viewed(schema))
            .with_table_partition_cols(days)
            .build();
        let files = lake
            .manifest()
            .table(table)
            .map(|file| partitioned(file, by_day, &schema))
            .collect();
        Ok(Self {
            shown: schema.table_schema().clone(),
            schema,
            files,
            policies: None,
            time: match table {
                Table::Records => Some("created_at"),
                Table::Signins => Some("started_at"),
                _ => None,
            },
            kept: None,
            asked: Mutex::default(),
        })
    }

    /// The table with columns that are kept while the session lasts.
    pub(super) fn with_columns(mut self, store: &Arc<ColumnStore>) -> Self {
        let day = self
            .schema
            .table_partition_cols()
            .first()
            .map(|day| day.name());
        let kinds = self.shown.fields().iter().map(|field| {
            let name = field.name();
            match field.data_type() {
                _ if name == policy_column::NAME => Kind::Other,
                _ if Some(name) == day => Kind::Day,
                DataType::Utf8View if !MANY.contains(&name.as_str()) => {
                    Kind::Name(store.dictionary(name))
                }
                kind if kind.is_nested() => Kind::Other,
                _ => Kind::Plain,
            }
        });
        self.kept = Some((store.clone(), kinds.collect()));
        self
    }

    /// The table as a scan sees it that goes through kept columns, where that is of use.
    pub(in crate::engine) fn kept(
        &self,
        columns: Option<&[usize]>,
        filters: &[Expr],
    ) -> Option<KeptTable> {
        let (store, kinds) = self.kept.as_ref()?;
        let all: Vec<usize> = (0..self.shown.fields().len()).collect();
        let columns = columns.unwrap_or(&all);
        let files = self.files_within(filters);
        let kept = KeptTable::new(store, &self.shown, kinds, files, columns)?;
        let looks_up = |keys| filters.iter().any(|filter| is_look_up(filter, keys));
        // Files find few rows without whole columns being read. To read those is worth while where they
        // are asked for again, and never where bloom filters find the rows.
        let first = self.asked_first(columns);
        let finds = looks_up(&MANY) || first && looks_up(&LOOKED_UP);
        (!finds || kept.is_at_hand(columns)).then_some(kept)
    }

    /// Whether one of these columns was not asked for before.
    fn asked_first(&self, columns: &[usize]) -> bool {
        let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        let new = columns.iter().filter(|column| asked.insert(**column));
        new.count() > 0
    }

    /// The table with the policy list that its column `policy_set_id` stands for.
    pub(super) fn with_policies(mut self, lake: Arc<Lake>) -> Self {
        let mut fields = self.shown.fields().to_vec();
        fields.push(Arc::new(policy_column::field()));
        self.shown = Arc::new(Schema::new(fields));
        self.policies = Some(Arc::new(ScalarUDF::from(PolicyTexts::new(lake))));
        self
    }

    /// The files of days that can hold rows which pass: the others need not be opened to know it.
    fn files_within(&self, filters: &[Expr]) -> Vec<PartitionedFile> {
        let mut span = Span::default();
        if let Some(time) = self.time {
            filters.iter().for_each(|filter| span.narrow(filter, time));
        }
        let holds = |file: &&PartitionedFile| match file.partition_values.first() {
            Some(ScalarValue::Date32(Some(day))) => span.meets(Day(*day)),
            _ => true,
        };
        self.files.iter().filter(holds).cloned().collect()
    }

    /// Whether filters choose rows while a file is read, so that the other columns are read of those
    /// only. That is bookkeeping for every row: it pays where few rows pass, or the other columns are
    /// many or lists. Else filters run over whole batches; statistics skip pages in both cases.
    fn filters_rows(&self, filters: &[Expr], wanted: &[usize]) -> bool {
        let mut of_filters = HashSet::new();
        for filter in filters {
            of_filters.extend(filter.column_refs().into_iter().map(|c| c.name.as_str()));
        }
        let others = wanted.iter().map(|place| self.shown.field(*place));
        let others = others.filter(|f| !of_filters.contains(f.name().as_str()));
        let (mut count, mut lists) = (0, false);
        for field in others {
            count += 1;
            lists |= field.data_type().is_nested();
        }
        filters.iter().any(|filter| is_look_up(filter, &LOOKED_UP)) || count >= WIDE || lists
    }

    /// The wanted columns of a plan that reads the key, the policy list among them.
    fn with_list(
        &self,
        state: &dyn Session,
        plan: Arc<dyn ExecutionPlan>,
        wanted: &[usize],
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let Some(function) = &self.policies else {
            return Ok(plan);
        };
        let schema = plan.schema();
        let column = |name: &str| -> Result<Arc<dyn PhysicalExpr>> {
            Ok(Arc::new(Column::new_with_schema(name, &schema)?))
        };
        let expressions = wanted.iter().map(|place| {
            let name = self.shown.field(*place).name();
            let expr: Arc<dyn PhysicalExpr> = if name == policy_column::NAME {
                Arc::new(ScalarFunctionExpr::new(
                    policy_column::NAME,
                    function.clone(),
                    vec![column("policy_set_id")?],
                    Arc::new(policy_column::field()),
                    Arc::new(state.config_options().clone()),
                ))
            } else {
                column(name)?
            };
            Ok(ProjectionExpr {
                expr,
                alias: name.clone(),
            })
        });
        let expressions = expressions.collect::<Result<Vec<_>>>()?;
        Ok(Arc::new(ProjectionExec::try_new(expressions, plan)?))
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

fn partitioned(file: &DataFile, by_day: bool, schema: &TableSchema) -> PartitionedFile {
    let mut part = PartitionedFile::new(file.path.display().to_string(), file.bytes);
    if by_day {
        part.partition_values = vec![ScalarValue::Date32(file.day)];
    }
    let mut statistics = Statistics::new_unknown(schema.file_schema());
    statistics.num_rows = Precision::Exact(file.rows as usize);
    part.with_statistics(Arc::new(statistics))
}

/// Columns in which a value stands in few rows.
const LOOKED_UP: [&str; 11] = [
    "id",
    "signin_id",
    "correlation_id",
    "original_request_id",
    "session_id",
    "unique_token_identifier",
    "user_id",
    "user_principal_name",
    "service_principal_id",
    "ip_address",
    "device_id",
];

/// Columns beside those of the filters from which on it pays to read only rows that pass.
const WIDE: usize = 8;

/// Texts of which nearly every record has its own, or that nobody bounds.
const MANY: [&str; 13] = [
    "id",
    "signin_id",
    "correlation_id",
    "original_request_id",
    "session_id",
    "client_session_id",
    "unique_token_identifier",
    "ip_address",
    "ip_address_from_resource_provider",
    "global_secure_access_ip_address",
    "redirect_url",
    "earlier_states",
    "extra",
];

/// Whether a filter looks few rows up by one of these columns.
fn is_look_up(filter: &Expr, keys: &[&str]) -> bool {
    let is_key = |expr: &Expr| match expr {
        Expr::Column(column) => keys.contains(&column.name.as_str()),
        _ => false,
    };
    let is_value = |expr: &Expr| matches!(expr, Expr::Literal(..) | Expr::Placeholder(..));
    match filter {
        Expr::BinaryExpr(compared) => match compared.op {
            Operator::Eq => {
                let (left, right) = (&compared.left, &compared.right);
                (is_key(left) && is_value(right)) || (is_value(left) && is_key(right))
            }
            // Nearly all sign-ins have none.
            Operator::Gt | Operator::GtEq => {
                matches!(&*compared.left, Expr::Column(c) if c.name == "location_risk")
            }
            Operator::And => is_look_up(&compared.left, keys) || is_look_up(&compared.right, keys),
            Operator::Or => is_look_up(&compared.left, keys) && is_look_up(&compared.right, keys),
            _ => false,
        },
        Expr::InList(listed) => !listed.negated && is_key(&listed.expr),
        _ => false,
    }
}

#[async_trait]
impl TableProvider for LakeTable {
    fn schema(&self) -> SchemaRef {
        self.shown.clone()
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
        filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let options = state.config_options().execution.clone();
        let all = || (0..self.shown.fields().len()).collect();
        let wanted = projection.cloned().unwrap_or_else(all);
        let url = ObjectStoreUrl::parse(STORE)?;
        // What a file says of itself is read once in a session.
        let runtime = state.runtime_env();
        let reader = CachedParquetFileReaderFactory::new(
            runtime.object_store(&url)?,
            runtime.cache_manager.get_file_metadata_cache(),
        );
        let source = ParquetSource::new(self.schema.clone())
            .with_parquet_file_reader_factory(Arc::new(reader))
            .with_table_parquet_options(state.default_table_options().parquet)
            .with_metadata_size_hint(FOOTER_BYTES)
            .with_pushdown_filters(self.filters_rows(filters, &wanted))
            .with_reorder_filters(options.parquet.reorder_filters);
        let files = self.files_within(filters);
        let rows = files
            .iter()
            .filter_map(|f| f.statistics.as_ref()?.num_rows.get_value().copied())
            .sum();
        let mut groups = FileGroup::new(files).split_files(options.target_partitions);
        if groups.is_empty() {
            // A scan without partitions breaks plans that need one, such as a sort with a limit.
            groups.push(FileGroup::default());
        }
        let mut statistics = Statistics::new_unknown(self.schema.table_schema());
        statistics.num_rows = Precision::Exact(rows);
        let list = self
            .policies
            .is_some()
            .then(|| self.shown.fields().len() - 1);
        let mut read: Vec<usize> = wanted.clone();
        let lists = read.iter().any(|place| Some(*place) == list);
        if lists {
            read.retain(|place| Some(*place) != list);
            let key = self.shown.index_of("policy_set_id")?;
            if !read.contains(&key) {
                read.push(key);
            }
        }
        let config = FileScanConfigBuilder::new(url, Arc::new(source))
            .with_file_groups(groups)
            .with_statistics(statistics)
            .with_projection_indices(Some(read))?
            .with_limit(limit)
            .build();
        let plan = DataSourceExec::from_data_source(config);
        if lists {
            self.with_list(state, plan, &wanted)
        } else {
            Ok(plan)
        }
    }
}
