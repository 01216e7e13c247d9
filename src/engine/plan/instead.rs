//! A plan in the place of one of DataFusion's: its needs and properties are those of that one, and the
//! same rows are computed in another way.

use std::fmt;
use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use arrow::record_batch::RecordBatch;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::common::{Result, internal_err};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_plan::execution_plan::{ChildrenPropertiesMode, ReplaceChildrenOptions};
use datafusion::physical_plan::metrics::{BaselineMetrics, ExecutionPlanMetricsSet, MetricsSet};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{
    DisplayAs, DisplayFormatType, Distribution, ExecutionPlan, PhysicalExpr, PlanProperties,
};
use futures::Stream;

/// How the rows are computed from those of the one input.
pub(super) trait Operator: fmt::Debug + Clone + Send + Sync + 'static {
    const NAME: &'static str;

    /// What it does, as EXPLAIN shows it.
    fn shown(&self) -> String;

    /// The rows of one partition, of this schema.
    fn rows(
        &self,
        input: SendableRecordBatchStream,
        schema: SchemaRef,
        metrics: BaselineMetrics,
        context: Arc<TaskContext>,
    ) -> impl Stream<Item = Result<RecordBatch>> + Send + 'static;
}

/// An operator in the place of a plan.
#[derive(Debug)]
pub(super) struct InsteadExec<O> {
    like: Arc<dyn ExecutionPlan>,
    operator: O,
    metrics: ExecutionPlanMetricsSet,
}

impl<O: Operator> InsteadExec<O> {
    /// An operator in the place of `like`.
    pub(super) fn new(like: Arc<dyn ExecutionPlan>, operator: O) -> Self {
        Self {
            like,
            operator,
            metrics: ExecutionPlanMetricsSet::new(),
        }
    }
}

impl<O: Operator> DisplayAs for InsteadExec<O> {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", O::NAME, self.operator.shown())
    }
}

impl<O: Operator> ExecutionPlan for InsteadExec<O> {
    fn name(&self) -> &str {
        O::NAME
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        self.like.properties()
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        self.like.children()
    }

    fn apply_expressions(
        &self,
        f: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        self.like.apply_expressions(f)
    }

    fn required_input_distribution(&self) -> Vec<Distribution> {
        self.like.input_distribution_requirements().into_per_child()
    }

    fn benefits_from_input_partitioning(&self) -> Vec<bool> {
        self.like.benefits_from_input_partitioning()
    }

    fn maintains_input_order(&self) -> Vec<bool> {
        self.like.maintains_input_order()
    }

    fn replace_children(
        self: Arc<Self>,
        children: Vec<Arc<dyn ExecutionPlan>>,
        options: ReplaceChildrenOptions,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let like = self.like.clone().replace_children(children, options)?;
        Ok(Arc::new(Self::new(like, self.operator.clone())))
    }

    fn with_new_children(
        self: Arc<Self>,
        children: Vec<Arc<dyn ExecutionPlan>>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let mode = ReplaceChildrenOptions::new(ChildrenPropertiesMode::Recompute);
        self.replace_children(children, mode)
    }

    fn execute(
        &self,
        partition: usize,
        context: Arc<TaskContext>,
    ) -> Result<SendableRecordBatchStream> {
        let Some(input) = self.like.children().first().map(|input| (*input).clone()) else {
            return internal_err!("{} has one input", O::NAME);
        };
        let input = input.execute(partition, context.clone())?;
        let metrics = BaselineMetrics::new(&self.metrics, partition);
        let schema = self.like.schema();
        let rows = self.operator.rows(input, schema.clone(), metrics, context);
        Ok(Box::pin(RecordBatchStreamAdapter::new(schema, rows)))
    }

    fn metrics(&self) -> Option<MetricsSet> {
        Some(self.metrics.clone_inner())
    }
}
