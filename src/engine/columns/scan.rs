//! Scans files through the columns that a session keeps.

use std::collections::VecDeque;
use std::fmt;
use std::sync::Arc;

use arrow::compute::filter_record_batch;
use arrow::datatypes::{Schema, SchemaRef};
use arrow::record_batch::RecordBatch;
use datafusion::common::config::ConfigOptions;
use datafusion::common::stats::Precision;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::common::{Result, Statistics, internal_err};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::EquivalenceProperties;
use datafusion::physical_expr::expressions::Column;
use datafusion::physical_plan::execution_plan::{
    Boundedness, EmissionType, ReplaceChildrenOptions,
};
use datafusion::physical_plan::filter_pushdown::{
    ChildPushdownResult, FilterPushdownPhase, FilterPushdownPropagation, PushedDown,
};
use datafusion::physical_plan::metrics::{BaselineMetrics, ExecutionPlanMetricsSet, MetricsSet};
use datafusion::physical_plan::projection::ProjectionExec;
use datafusion::physical_plan::statistics::StatisticsArgs;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{
    DisplayAs, DisplayFormatType, ExecutionPlan, Partitioning, PhysicalExpr, PlanProperties,
};
use futures::{Stream, stream};

use super::dictionary::compact;
use super::predicate::{self, Predicate};
use super::read::{self, File, Wanted};
use super::store::ColumnStore;

/// A filter, and when it was given to the scan.
type Given = (Arc<dyn PhysicalExpr>, FilterPushdownPhase);

/// A scan of whole columns.
#[derive(Debug, Clone)]
pub(super) struct ColumnScanExec {
    pub(super) store: Arc<ColumnStore>,
    pub(super) files: Arc<Vec<File>>,
    /// What is read; filters speak of these.
    columns: Arc<Vec<Wanted>>,
    /// Which of them are shown, in order.
    shown: Vec<usize>,
    schema: SchemaRef,
    filters: Vec<Given>,
    fetch: Option<usize>,
    properties: Arc<PlanProperties>,
    metrics: ExecutionPlanMetricsSet,
}

fn properties(schema: &SchemaRef, partitions: usize) -> Arc<PlanProperties> {
    Arc::new(PlanProperties::new(
        EquivalenceProperties::new(schema.clone()),
        Partitioning::UnknownPartitioning(partitions),
        EmissionType::Incremental,
        Boundedness::Bounded,
    ))
}

impl ColumnScanExec {
    pub(super) fn new(
        store: Arc<ColumnStore>,
        files: Vec<File>,
        columns: Vec<Wanted>,
        fetch: Option<usize>,
        partitions: usize,
    ) -> Self {
        let fields = columns.iter().map(|column| column.field.clone());
        let schema = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
        let partitions = partitions.min(files.len()).max(1);
        Self {
            store,
            files: Arc::new(files),
            shown: (0..columns.len()).collect(),
            columns: Arc::new(columns),
            properties: properties(&schema, partitions),
            schema,
            filters: Vec::new(),
            fetch,
            metrics: ExecutionPlanMetricsSet::new(),
        }
    }

    fn partitions(&self) -> usize {
        self.properties.partitioning.partition_count()
    }
}

impl DisplayAs for ColumnScanExec {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self
            .schema
            .fields()
            .iter()
            .map(|field| field.name().as_str());
        let names: Vec<&str> = names.collect();
        let filters: Vec<String> = self.filters.iter().map(|(e, _)| e.to_string()).collect();
        let files = self.files.len();
        write!(
            f,
            "ColumnScanExec: files={files}, columns=[{}]",
            names.join(", ")
        )?;
        if !filters.is_empty() {
            write!(f, ", predicate={}", filters.join(" AND "))?;
        }
        match self.fetch {
            Some(fetch) => write!(f, ", fetch={fetch}"),
            None => Ok(()),
        }
    }
}

impl ExecutionPlan for ColumnScanExec {
    fn name(&self) -> &str {
        "ColumnScanExec"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        Vec::new()
    }

    fn apply_expressions(
        &self,
        f: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        let mut told = TreeNodeRecursion::Continue;
        for (filter, _) in &self.filters {
            told = f(filter)?;
            if told == TreeNodeRecursion::Stop {
                break;
            }
        }
        Ok(told)
    }

    fn replace_children(
        self: Arc<Self>,
        _: Vec<Arc<dyn ExecutionPlan>>,
        _: ReplaceChildrenOptions,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        Ok(self)
    }

    fn with_new_children(
        self: Arc<Self>,
        _: Vec<Arc<dyn ExecutionPlan>>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        Ok(self)
    }

    fn statistics_from_inputs(
        &self,
        _: &[Arc<Statistics>],
        args: &StatisticsArgs,
    ) -> Result<Arc<Statistics>> {
        let mut told = Statistics::new_unknown(&self.schema);
        if args.partition().is_none() {
            let rows = self.files.iter().map(|file| file.rows).sum();
            told.num_rows = match self.filters.is_empty() && self.fetch.is_none() {
                true => Precision::Exact(rows),
                false => Precision::Inexact(self.fetch.map_or(rows, |fetch| rows.min(fetch))),
            };
        }
        Ok(Arc::new(told))
    }

    fn try_swapping_with_projection(
        &self,
        projection: &ProjectionExec,
    ) -> Result<Option<Arc<dyn ExecutionPlan>>> {
        let shown = projection.expr().iter().map(|shown| {
            let column = shown.expr.downcast_ref::<Column>()?;
            self.shown.get(column.index()).copied()
        });
        let Some(shown) = shown.collect::<Option<Vec<usize>>>() else {
            return Ok(None);
        };
        let schema = projection.schema();
        Ok(Some(Arc::new(Self {
            shown,
            properties: properties(&schema, self.partitions()),
            schema,
            ..self.clone()
        })))
    }

    fn handle_child_pushdown_result(
        &self,
        phase: FilterPushdownPhase,
        result: ChildPushdownResult,
        _: &ConfigOptions,
    ) -> Result<FilterPushdownPropagation<Arc<dyn ExecutionPlan>>> {
        // A scan that may stop early has decided which rows it gives.
        if self.fetch.is_some() {
            let none = vec![PushedDown::No; result.parent_filters.len()];
            return Ok(FilterPushdownPropagation::with_parent_pushdown_result(none));
        }
        let mut scan = self.clone();
        for given in &result.parent_filters {
            let place = |place: usize| self.shown.get(place).copied();
            scan.filters
                .push((predicate::with_columns(&given.filter, place)?, phase));
        }
        let all = vec![PushedDown::Yes; result.parent_filters.len()];
        let told = FilterPushdownPropagation::with_parent_pushdown_result(all);
        Ok(told.with_updated_node(Arc::new(scan)))
    }

    fn execute(
        &self,
        partition: usize,
        context: Arc<TaskContext>,
    ) -> Result<SendableRecordBatchStream> {
        if partition >= self.partitions() {
            return internal_err!("a scan has {} partitions", self.partitions());
        }
        let fields = self.columns.iter().map(|column| column.field.clone());
        let filters = self.filters.iter();
        let scan = Scan {
            read_schema: Arc::new(Schema::new(fields.collect::<Vec<_>>())),
            predicates: filters
                .map(|(filter, phase)| Predicate::new(filter, *phase, &self.columns))
                .collect(),
            next: partition,
            ready: VecDeque::new(),
            left: self.fetch.unwrap_or(usize::MAX),
            batch_rows: context.session_config().batch_size().max(1),
            metrics: BaselineMetrics::new(&self.metrics, partition),
            plan: self.clone(),
        };
        let rows = scan.into_stream();
        Ok(Box::pin(RecordBatchStreamAdapter::new(
            self.schema.clone(),
            rows,
        )))
    }

    fn metrics(&self) -> Option<MetricsSet> {
        Some(self.metrics.clone_inner())
    }
}

/// One partition of a scan that runs.
struct Scan {
    plan: ColumnScanExec,
    read_schema: SchemaRef,
    predicates: Vec<Predicate>,
    /// The next file.
    next: usize,
    ready: VecDeque<RecordBatch>,
    /// Rows that may still be given.
    left: usize,
    batch_rows: usize,
    metrics: BaselineMetrics,
}

impl Scan {
    fn into_stream(self) -> impl Stream<Item = Result<RecordBatch>> {
        stream::try_unfold(self, |mut scan| async move {
            loop {
                if let Some(batch) = scan.ready.pop_front() {
                    scan.metrics.record_output(batch.num_rows());
                    return Ok(Some((batch, scan)));
                }
                if scan.left == 0 || scan.next >= scan.plan.files.len() {
                    return Ok(None);
                }
                scan.read().await?;
            }
        })
    }

    /// Reads the next file.
    async fn read(&mut self) -> Result<()> {
        let files = self.plan.files.clone();
        let Some(file) = files.get(self.next) else {
            return Ok(());
        };
        self.next += self.plan.partitions();
        if !predicate::can_pass(&self.predicates, file, &self.read_schema)? {
            return Ok(());
        }
        let columns = read::columns(&self.plan.store, file, &self.plan.columns).await?;
        let elapsed = self.metrics.elapsed_compute().clone();
        let _timer = elapsed.timer();
        let all = predicate::batch(&self.read_schema, columns, file.rows)?;
        let selected = predicate::select(&mut self.predicates, &all)?;
        let shown = self
            .plan
            .shown
            .iter()
            .map(|place| all.column(*place).clone());
        let mut shown = predicate::batch(&self.plan.schema, shown.collect(), file.rows)?;
        if let Some(selected) = selected {
            if selected.true_count() == 0 {
                return Ok(());
            }
            shown = filter_record_batch(&shown, &selected)?;
        }
        let rows = shown.num_rows().min(self.left);
        self.left -= rows;
        let mut from = 0;
        while from < rows {
            let count = self.batch_rows.min(rows - from);
            let part = shown.slice(from, count);
            let columns = part.columns().iter().cloned().map(compact).collect();
            let part = predicate::batch(&self.plan.schema, columns, count)?;
            self.ready.push_back(part);
            from += count;
        }
        Ok(())
    }
}
