//! Evaluates window functions over rows that come sorted by their partitions, many partitions at a
//! time.
//!
//! DataFusion keeps a state for each partition and function and moves a sliding frame row by row,
//! which costs a microsecond a row. Here rows are gathered up to the last whole partition, and each
//! function is computed over columns of them: sums and counts as differences of running totals,
//! others by DataFusion's own evaluator, once a partition. Values are the same for every row. Windows
//! with a function or a frame that is not known here stay as they were.

use std::ops::Range;
use std::sync::Arc;

use arrow::compute::{concat_batches, partition};
use arrow::datatypes::SchemaRef;
use arrow::record_batch::RecordBatch;
use datafusion::common::Result;
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::execution::memory_pool::{MemoryConsumer, MemoryReservation};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_plan::metrics::BaselineMetrics;
use datafusion::physical_plan::windows::{BoundedWindowAggExec, WindowAggExec};
use datafusion::physical_plan::{ExecutionPlan, InputOrderMode};
use futures::{Stream, StreamExt, stream};

use super::instead::{InsteadExec, Operator};
use super::window_values::{Window, known_windows};

/// The rule that puts a [`PartitionedWindow`] where it can stand.
#[derive(Debug)]
pub(in crate::engine) struct PartitionedWindows;

impl PhysicalOptimizerRule for PartitionedWindows {
    fn name(&self) -> &str {
        "partitioned_windows"
    }

    fn schema_check(&self) -> bool {
        true
    }

    fn optimize(
        &self,
        plan: Arc<dyn ExecutionPlan>,
        _: &ConfigOptions,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let seen = plan.transform_up(|node| {
            let windows = match node.downcast_ref::<BoundedWindowAggExec>() {
                Some(bounded) if bounded.input_order_mode == InputOrderMode::Sorted => {
                    known_windows(bounded.window_expr())
                }
                Some(_) => None,
                None => node
                    .downcast_ref::<WindowAggExec>()
                    .and_then(|window| known_windows(window.window_expr())),
            };
            Ok(match windows {
                Some(windows) => {
                    let windows = PartitionedWindow { windows };
                    Transformed::yes(Arc::new(InsteadExec::new(node, windows)))
                }
                None => Transformed::no(node),
            })
        });
        seen.map(|seen| seen.data)
    }
}

/// Windows over sorted partitions.
#[derive(Debug, Clone)]
struct PartitionedWindow {
    windows: Vec<Window>,
}

impl Operator for PartitionedWindow {
    const NAME: &'static str = "PartitionedWindowExec";

    fn shown(&self) -> String {
        let names: Vec<&str> = self.windows.iter().map(|w| w.expr().name()).collect();
        format!("wdw=[{}]", names.join(", "))
    }

    fn rows(
        &self,
        input: SendableRecordBatchStream,
        schema: SchemaRef,
        metrics: BaselineMetrics,
        context: Arc<TaskContext>,
    ) -> impl Stream<Item = Result<RecordBatch>> + Send + 'static {
        let reservation = MemoryConsumer::new("PartitionedWindow").register(context.memory_pool());
        let windows = Windows {
            input,
            schema,
            windows: self.windows.clone(),
            pending: Vec::new(),
            metrics,
            reservation,
        };
        windows.into_stream()
    }
}

/// The windows of one stream of sorted rows.
struct Windows {
    input: SendableRecordBatchStream,
    schema: SchemaRef,
    windows: Vec<Window>,
    /// Rows of one partition, whose end is not seen.
    pending: Vec<RecordBatch>,
    metrics: BaselineMetrics,
    reservation: MemoryReservation,
}

impl Windows {
    fn into_stream(self) -> impl Stream<Item = Result<RecordBatch>> {
        stream::try_unfold(Some(self), |state| async move {
            let Some(mut windows) = state else {
                return Ok(None);
            };
            while let Some(batch) = windows.input.next().await {
                let elapsed = windows.metrics.elapsed_compute().clone();
                let _timer = elapsed.timer();
                if let Some(whole) = windows.take_whole(batch?)? {
                    let told = windows.evaluate(&whole)?;
                    return Ok(Some((told, Some(windows))));
                }
            }
            if windows.pending.is_empty() {
                return Ok(None);
            }
            let rest = concat_batches(&windows.input.schema(), &windows.pending)?;
            let told = windows.evaluate(&rest)?;
            Ok(Some((told, None)))
        })
    }

    /// Adds rows; gives those of partitions that have ended.
    fn take_whole(&mut self, batch: RecordBatch) -> Result<Option<RecordBatch>> {
        if batch.num_rows() == 0 {
            return Ok(None);
        }
        // Where the last partition begins, the last row before counted in.
        let last = self.pending.last().map(|b| b.slice(b.num_rows() - 1, 1));
        let before = usize::from(last.is_some());
        let schema = batch.schema();
        let seen = match &last {
            Some(last) => concat_batches(&schema, [last, &batch])?,
            None => batch.clone(),
        };
        let starts = self.partitions(&seen)?;
        let start = starts.last().map_or(0, |range| range.start);
        if start == 0 {
            self.reservation.grow(batch.get_array_memory_size());
            self.pending.push(batch);
            return Ok(None);
        }
        let place = start - before;
        let mut whole = std::mem::take(&mut self.pending);
        whole.push(batch.slice(0, place));
        self.pending
            .push(batch.slice(place, batch.num_rows() - place));
        self.reservation.resize(batch.get_array_memory_size());
        Ok(Some(concat_batches(&schema, &whole)?))
    }

    fn partitions(&self, batch: &RecordBatch) -> Result<Vec<Range<usize>>> {
        let keys = self.windows.first().map(|w| w.expr().partition_by());
        let keys = keys.unwrap_or_default().iter();
        let keys = keys.map(|key| key.evaluate(batch)?.into_array(batch.num_rows()));
        Ok(partition(&keys.collect::<Result<Vec<_>>>()?)?.ranges())
    }

    /// The rows with the values of all windows.
    fn evaluate(&self, batch: &RecordBatch) -> Result<RecordBatch> {
        let partitions = self.partitions(batch)?;
        let mut columns = batch.columns().to_vec();
        for window in &self.windows {
            columns.push(window.values(batch, &partitions)?);
        }
        self.metrics.record_output(batch.num_rows());
        Ok(RecordBatch::try_new(self.schema.clone(), columns)?)
    }
}

#[cfg(test)]
mod tests {
    use arrow::util::pretty::pretty_format_batches;
    use datafusion::execution::SessionStateBuilder;
    use datafusion::prelude::{SessionConfig, SessionContext};

    use super::*;

    /// Functions and frames that are known here, and some that are not.
    const WINDOWS: [(&str, bool); 16] = [
        ("lag(v) OVER w", true),
        ("lag(v, 3) OVER w", true),
        ("lead(v, 2) OVER w", true),
        ("lag(v, -1) OVER w", true),
        ("lag(v, 2, 7) OVER w", true),
        ("lag(v) IGNORE NULLS OVER w", true),
        ("row_number() OVER w", true),
        ("sum(v) OVER w", true),
        ("count(v) OVER w", true),
        ("sum(v) OVER (PARTITION BY k)", true),
        (
            "sum(v) OVER (PARTITION BY k ORDER BY t, i ROWS BETWEEN 5 PRECEDING AND 1 PRECEDING)",
            true,
        ),
        (
            "count(v) OVER (PARTITION BY k ORDER BY t, i ROWS BETWEEN 1 FOLLOWING AND 2 FOLLOWING)",
            true,
        ),
        (
            "sum(v) OVER (PARTITION BY k ORDER BY t DESC RANGE BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING)",
            true,
        ),
        ("sum(v) FILTER (WHERE v > 0) OVER w", false),
        ("max(v) OVER w", false),
        ("first_value(v) OVER w", false),
    ];

    #[tokio::test]
    async fn values_are_those_of_datafusion() {
        let rows = "SELECT value AS i, CASE WHEN value % 97 = 0 THEN NULL ELSE value * value % 41 END AS k, \
             value * 7 % 13 AS t, CASE WHEN value % 5 = 0 THEN NULL ELSE value * 31 % 101 - 50 END AS v \
             FROM generate_series(1, 3000)";
        for (window, is_known) in WINDOWS {
            let sql = format!(
                "SELECT i, {window} AS x FROM ({rows}) WINDOW w AS (PARTITION BY k ORDER BY t, i) ORDER BY i"
            );
            let mut told = Vec::new();
            for ruled in [false, true] {
                let config = SessionConfig::new()
                    .with_batch_size(17)
                    .with_target_partitions(3);
                let mut state = SessionStateBuilder::new()
                    .with_config(config)
                    .with_default_features();
                if ruled {
                    state = state.with_physical_optimizer_rule(Arc::new(PartitionedWindows));
                }
                let context = SessionContext::new_with_state(state.build());
                let frame = context.sql(&sql).await.expect("a query");
                let plan = frame.clone().create_physical_plan().await.expect("a plan");
                let plan = datafusion::physical_plan::displayable(plan.as_ref()).indent(false);
                let is_here = plan.to_string().contains("PartitionedWindowExec");
                assert_eq!(is_here, ruled && is_known, "{window}");
                let batches = frame.collect().await.expect("rows");
                told.push(pretty_format_batches(&batches).expect("rows").to_string());
            }
            assert!(told[0] == told[1], "{window}");
            assert!(told[0].lines().count() > 3000);
        }
    }
}
