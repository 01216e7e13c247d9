//! Runs a plan once and gives its rows to every place that asks.
//!
//! The first to ask starts it as a task of its own, so that nobody waits for a reader who waits for
//! somebody else. Rows are held in memory within the session's limit, beyond it on disk.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use arrow::record_batch::RecordBatch;
use datafusion::common::runtime::SpawnedTask;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::common::{DataFusionError, Result, Statistics, internal_err};
use datafusion::execution::memory_pool::{MemoryConsumer, MemoryReservation};
use datafusion::execution::{SendableRecordBatchStream, SpillFile, TaskContext};
use datafusion::physical_expr::EquivalenceProperties;
use datafusion::physical_plan::execution_plan::{
    Boundedness, ChildrenPropertiesMode, EmissionType, ReplaceChildrenOptions,
};
use datafusion::physical_plan::metrics::{ExecutionPlanMetricsSet, MetricsSet, SpillMetrics};
use datafusion::physical_plan::spill::SpillManager;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{
    DisplayAs, DisplayFormatType, ExecutionPlan, Partitioning, PhysicalExpr, PlanProperties,
    execute_stream,
};
use futures::future::{BoxFuture, Shared};
use futures::{FutureExt, StreamExt, TryStreamExt, stream};

/// The rows of a plan, once it ran.
struct Kept {
    batches: Vec<RecordBatch>,
    /// What did not fit, in the order of the rows.
    spilled: Option<(SpillManager, Arc<dyn SpillFile>)>,
    /// Memory of the batches; given back when nobody needs them.
    _reservation: MemoryReservation,
}

type Running = Shared<BoxFuture<'static, Result<Arc<Kept>, Arc<DataFusionError>>>>;

/// Where the readers of one plan meet.
#[derive(Default)]
pub(super) struct Slot(Mutex<Option<Running>>);

impl fmt::Debug for Slot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Slot")
    }
}

/// A plan that is run by the first who asks, and read by all.
#[derive(Debug)]
pub(super) struct SharedExec {
    input: Arc<dyn ExecutionPlan>,
    slot: Arc<Slot>,
    properties: Arc<PlanProperties>,
    metrics: ExecutionPlanMetricsSet,
}

impl SharedExec {
    pub(super) fn new(input: Arc<dyn ExecutionPlan>, slot: Arc<Slot>) -> Self {
        let properties = PlanProperties::new(
            EquivalenceProperties::new(input.schema()),
            Partitioning::UnknownPartitioning(1),
            EmissionType::Final,
            Boundedness::Bounded,
        );
        Self {
            input,
            slot,
            properties: Arc::new(properties),
            metrics: ExecutionPlanMetricsSet::new(),
        }
    }

    fn running(&self, context: Arc<TaskContext>) -> Running {
        let mut slot = self.slot.0.lock().unwrap_or_else(PoisonError::into_inner);
        slot.get_or_insert_with(|| {
            let metrics = SpillMetrics::new(&self.metrics, 0);
            let task = SpawnedTask::spawn(run(self.input.clone(), context, metrics));
            let kept = async move {
                let kept = task.await;
                let kept = kept.map_err(|e| DataFusionError::ExecutionJoin(Box::new(e)));
                kept.flatten().map(Arc::new).map_err(Arc::new)
            };
            kept.boxed().shared()
        })
        .clone()
    }
}

async fn run(
    input: Arc<dyn ExecutionPlan>,
    context: Arc<TaskContext>,
    metrics: SpillMetrics,
) -> Result<Kept> {
    let reservation = MemoryConsumer::new("Shared").register(context.memory_pool());
    let manager = SpillManager::new(context.runtime_env(), metrics, input.schema());
    let mut rows = execute_stream(input, context)?;
    let mut batches = Vec::new();
    let mut file = None;
    while let Some(batch) = rows.next().await {
        let batch = batch?;
        if file.is_none() && reservation.try_grow(batch.get_array_memory_size()).is_ok() {
            batches.push(batch);
            continue;
        }
        let file = match &mut file {
            Some(file) => file,
            none => none.insert(manager.create_in_progress_file("rows that are read again")?),
        };
        file.append_batch(&batch)?;
    }
    let spilled = match file {
        Some(mut file) => file.finish()?.map(|file| (manager, file)),
        None => None,
    };
    Ok(Kept {
        batches,
        spilled,
        _reservation: reservation,
    })
}

/// All rows, those in memory first.
fn read(kept: Arc<Kept>) -> Result<stream::BoxStream<'static, Result<RecordBatch>>> {
    let spilled = match &kept.spilled {
        Some((manager, file)) => Some(manager.read_spill_as_stream(file.clone(), None)?),
        None => None,
    };
    let held = stream::iter(0..kept.batches.len()).map(move |i| Ok(kept.batches[i].clone()));
    let spilled = stream::iter(spilled).flatten();
    Ok(held.chain(spilled).boxed())
}

impl DisplayAs for SharedExec {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SharedExec")
    }
}

impl ExecutionPlan for SharedExec {
    fn name(&self) -> &str {
        "SharedExec"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        vec![&self.input]
    }

    fn benefits_from_input_partitioning(&self) -> Vec<bool> {
        vec![false]
    }

    fn apply_expressions(
        &self,
        _: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        Ok(TreeNodeRecursion::Continue)
    }

    fn replace_children(
        self: Arc<Self>,
        children: Vec<Arc<dyn ExecutionPlan>>,
        _: ReplaceChildrenOptions,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        match <[Arc<dyn ExecutionPlan>; 1]>::try_from(children) {
            Ok([input]) => Ok(Arc::new(Self::new(input, self.slot.clone()))),
            Err(_) => internal_err!("a shared plan has one input"),
        }
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
        if partition != 0 {
            return internal_err!("a shared plan has one partition");
        }
        let running = self.running(context);
        let rows = async move {
            let kept = running.await.map_err(DataFusionError::Shared)?;
            read(kept)
        };
        let rows = stream::once(rows).try_flatten();
        let schema = self.input.schema();
        Ok(Box::pin(RecordBatchStreamAdapter::new(schema, rows)))
    }

    fn metrics(&self) -> Option<MetricsSet> {
        Some(self.metrics.clone_inner())
    }

    #[expect(deprecated, reason = "what replaces it asks this by default")]
    fn partition_statistics(&self, _: Option<usize>) -> Result<Arc<Statistics>> {
        self.input.partition_statistics(None)
    }
}

#[cfg(test)]
mod tests {
    use arrow::array::{AsArray, Int64Array};
    use arrow::datatypes::Int64Type;
    use datafusion::execution::memory_pool::GreedyMemoryPool;
    use datafusion::execution::runtime_env::RuntimeEnvBuilder;
    use datafusion::physical_plan::collect;
    use datafusion::prelude::{SessionConfig, SessionContext};

    use super::*;

    /// Two readers of one slot, within so many bytes: the rows of each, and whether some were on disk.
    async fn read_twice(bytes: usize) -> (Vec<Vec<i64>>, bool) {
        let runtime = RuntimeEnvBuilder::new()
            .with_memory_pool(Arc::new(GreedyMemoryPool::new(bytes)))
            .build_arc()
            .expect("a runtime");
        let context = SessionContext::new_with_config_rt(SessionConfig::new(), runtime);
        let numbers = Int64Array::from_iter_values(0..50_000);
        let numbers = Arc::new(numbers) as arrow::array::ArrayRef;
        let batch = RecordBatch::try_from_iter([("n", numbers)]).expect("a batch");
        let parts = (0..10).map(|i| batch.slice(i * 5_000, 5_000));
        let parts: Vec<_> = parts
            .map(|p| arrow::compute::concat_batches(&p.schema(), [&p]).expect("rows"))
            .collect();
        let table = context.read_batches(parts).expect("a table");
        let slot = Arc::new(Slot::default());
        let mut told = Vec::new();
        for _ in 0..2 {
            let plan = table.clone().create_physical_plan().await.expect("a plan");
            let shared = Arc::new(SharedExec::new(plan, slot.clone()));
            let rows = collect(shared, context.task_ctx()).await.expect("rows");
            let numbers = rows
                .iter()
                .flat_map(|b| b.column(0).as_primitive::<Int64Type>().values().to_vec());
            told.push(numbers.collect());
        }
        let running = slot.0.lock().expect("a slot").clone().expect("a run");
        let spilled = running.await.is_ok_and(|kept| kept.spilled.is_some());
        (told, spilled)
    }

    #[tokio::test]
    async fn every_reader_gets_all_rows_in_memory_or_from_disk() {
        let all: Vec<i64> = (0..50_000).collect();
        for (bytes, on_disk) in [(1 << 30, false), (100 << 10, true), (1, true)] {
            let (told, spilled) = read_twice(bytes).await;
            assert_eq!(spilled, on_disk, "{bytes}");
            for mut rows in told {
                // The plan's partitions come in any order.
                rows.sort_unstable();
                assert!(rows == all, "{bytes}: {} rows", rows.len());
            }
        }
    }
}
