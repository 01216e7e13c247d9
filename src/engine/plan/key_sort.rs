//! Sorts rows by numbers: each row's keys are put into one whole number, and those are sorted.
//!
//! DataFusion compares rows column by column, then merges sorted batches, which costs several times as
//! much where all keys are numbers or times. Rows that do not fit into memory, or whose keys do not fit
//! into 128 bits, are given to DataFusion's own sort, which can spill. The order is the same; rows whose
//! keys are equal stay in the order in which they came.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, UInt32Array};
use arrow::compute::{SortOptions, concat_batches, take_record_batch};
use arrow::datatypes::{
    DataType, Date32Type, Float64Type, Int32Type, Int64Type, SchemaRef, TimeUnit,
    TimestampMicrosecondType, UInt32Type,
};
use arrow::record_batch::RecordBatch;
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::common::{Result, internal_err};
use datafusion::execution::memory_pool::{MemoryConsumer, MemoryReservation};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::{LexOrdering, PhysicalSortExpr};
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_plan::metrics::BaselineMetrics;
use datafusion::physical_plan::sorts::sort::SortExec;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{ExecutionPlan, ExecutionPlanProperties};
use futures::{Stream, StreamExt, TryStreamExt, stream};

use super::instead::{InsteadExec, Operator};
use super::once::once;

/// Bytes that a row's key and place take while they are sorted.
const KEY_BYTES: usize = 32;

/// The rule that puts a [`KeySort`] where it can stand.
#[derive(Debug)]
pub(in crate::engine) struct KeySorts;

impl PhysicalOptimizerRule for KeySorts {
    fn name(&self) -> &str {
        "key_sorts"
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
            let Some(sort) = node.downcast_ref::<SortExec>() else {
                return Ok(Transformed::no(node));
            };
            let schema = sort.input().schema();
            let is_number = |key: &PhysicalSortExpr| {
                key.expr
                    .data_type(&schema)
                    .is_ok_and(|kind| is_number(&kind))
            };
            let input = sort.input().equivalence_properties();
            let is_sorted = input.ordering_satisfy(sort.expr().clone())?;
            if sort.fetch().is_some() || is_sorted || !sort.expr().iter().all(is_number) {
                return Ok(Transformed::no(node));
            }
            let keys = sort.expr().iter().cloned().collect();
            let sort = InsteadExec::new(node, KeySort { keys });
            Ok(Transformed::yes(Arc::new(sort) as _))
        });
        seen.map(|seen| seen.data)
    }
}

fn is_number(kind: &DataType) -> bool {
    matches!(
        kind,
        DataType::UInt32
            | DataType::Int32
            | DataType::Int64
            | DataType::Date32
            | DataType::Float64
            | DataType::Timestamp(TimeUnit::Microsecond, _)
    )
}

/// A sort by numbers.
#[derive(Debug, Clone)]
struct KeySort {
    keys: Vec<PhysicalSortExpr>,
}

impl Operator for KeySort {
    const NAME: &'static str = "KeySortExec";

    fn shown(&self) -> String {
        let keys: Vec<String> = self.keys.iter().map(ToString::to_string).collect();
        format!("expr=[{}]", keys.join(", "))
    }

    fn rows(
        &self,
        input: SendableRecordBatchStream,
        _: SchemaRef,
        metrics: BaselineMetrics,
        context: Arc<TaskContext>,
    ) -> impl Stream<Item = Result<RecordBatch>> + Send + 'static {
        let reservation = MemoryConsumer::new("KeySort")
            .with_can_spill(true)
            .register(context.memory_pool());
        let sorted = sorted(input, self.keys.clone(), reservation, metrics, context);
        stream::once(sorted).try_flatten()
    }
}

/// The rows in order.
async fn sorted(
    mut input: SendableRecordBatchStream,
    keys: Vec<PhysicalSortExpr>,
    reservation: MemoryReservation,
    metrics: BaselineMetrics,
    context: Arc<TaskContext>,
) -> Result<SendableRecordBatchStream> {
    let schema = input.schema();
    let mut batches = Vec::new();
    let mut fits = true;
    while let Some(batch) = input.next().await {
        let batch = batch?;
        // Once as they came, once brought together.
        let bytes = 2 * batch.get_array_memory_size() + KEY_BYTES * batch.num_rows();
        batches.push(batch);
        fits = reservation.try_grow(bytes).is_ok();
        if !fits {
            break;
        }
    }
    let elapsed = metrics.elapsed_compute().clone();
    let timer = elapsed.timer();
    if fits {
        let all = concat_batches(&schema, &batches)?;
        if let Some(order) = order(&all, &keys)? {
            drop(batches);
            timer.done();
            let size = context.session_config().batch_size().max(1);
            let parts = (0..order.len()).step_by(size);
            let rows = stream::iter(parts).map(move |from| {
                let _held = &reservation;
                let _timer = elapsed.timer();
                let part = order.slice(from, size.min(order.len() - from));
                metrics.record_output(part.len());
                Ok(take_record_batch(&all, &part)?)
            });
            return Ok(Box::pin(RecordBatchStreamAdapter::new(schema, rows)));
        }
    }
    timer.done();
    drop(reservation);
    let rows = stream::iter(batches.into_iter().map(Ok)).chain(input);
    let rows = Box::pin(RecordBatchStreamAdapter::new(schema, rows));
    let Some(keys) = LexOrdering::new(keys) else {
        return internal_err!("a sort by nothing");
    };
    SortExec::new(keys, once(rows)?).execute(0, context)
}

/// The places of the rows in order, if their keys fit into a number.
fn order(rows: &RecordBatch, keys: &[PhysicalSortExpr]) -> Result<Option<UInt32Array>> {
    let count = rows.num_rows();
    let Ok(last) = u32::try_from(count) else {
        return Ok(None);
    };
    let mut bits = u32::BITS - last.leading_zeros();
    let mut whole = vec![0_u128; count];
    for key in keys {
        let values = key.expr.evaluate(rows)?.into_array(count)?;
        let Some((values, width)) = key_bits(&values, key.options) else {
            return Ok(None);
        };
        bits += width;
        if bits > u128::BITS {
            return Ok(None);
        }
        for (whole, value) in whole.iter_mut().zip(values) {
            *whole = *whole << width | value;
        }
    }
    let place_bits = u32::BITS - last.leading_zeros();
    let mask = u32::MAX.checked_shr(u32::BITS - place_bits).unwrap_or(0);
    let placed = whole.into_iter().zip(0_u32..);
    let placed = placed.map(|(whole, place)| whole << place_bits | u128::from(place));
    let places: Vec<u32> = if bits <= u64::BITS {
        let mut short: Vec<u64> = placed.map(|key| key as u64).collect();
        short.sort_unstable();
        short.into_iter().map(|key| key as u32 & mask).collect()
    } else {
        let mut long: Vec<u128> = placed.collect();
        long.sort_unstable();
        long.into_iter().map(|key| key as u32 & mask).collect()
    };
    Ok(Some(places.into()))
}

/// Values as whole numbers from 0 in the order that is wanted, and how many bits they take.
fn key_bits(values: &ArrayRef, options: SortOptions) -> Option<(Vec<u128>, u32)> {
    let signed = |value: i64| (value as u64) ^ (1 << 63);
    let numbers: Vec<u64> = match values.data_type() {
        DataType::UInt32 => {
            let values = values.as_primitive::<UInt32Type>().values();
            values.iter().map(|v| u64::from(*v)).collect()
        }
        DataType::Int32 => {
            let values = values.as_primitive::<Int32Type>().values();
            values.iter().map(|v| signed(i64::from(*v))).collect()
        }
        DataType::Date32 => {
            let values = values.as_primitive::<Date32Type>().values();
            values.iter().map(|v| signed(i64::from(*v))).collect()
        }
        DataType::Int64 => {
            let values = values.as_primitive::<Int64Type>().values();
            values.iter().map(|v| signed(*v)).collect()
        }
        DataType::Timestamp(TimeUnit::Microsecond, _) => {
            let values = values.as_primitive::<TimestampMicrosecondType>().values();
            values.iter().map(|v| signed(*v)).collect()
        }
        DataType::Float64 => {
            // As `f64::total_cmp` orders them.
            let values = values.as_primitive::<Float64Type>().values();
            let ordered = |bits: i64| bits ^ ((bits >> 63) as u64 >> 1) as i64;
            values
                .iter()
                .map(|v| signed(ordered(v.to_bits() as i64)))
                .collect()
        }
        _ => return None,
    };
    let nulls = values.nulls().filter(|nulls| nulls.null_count() > 0);
    let is_known = |row: usize| nulls.is_none_or(|nulls| nulls.is_valid(row));
    let known = || {
        (0..numbers.len())
            .filter(|row| is_known(*row))
            .map(|row| numbers[row])
    };
    let (Some(least), Some(most)) = (known().min(), known().max()) else {
        return Some((vec![0; numbers.len()], 0));
    };
    let range = u128::from(most - least);
    let first = u128::from(nulls.is_some() && options.nulls_first);
    let of_null = if options.nulls_first { 0 } else { range + 1 };
    let numbers = numbers.iter().enumerate().map(|(row, number)| {
        if !is_known(row) {
            return of_null;
        }
        let above = if options.descending {
            most - number
        } else {
            number - least
        };
        u128::from(above) + first
    });
    let top = range + u128::from(nulls.is_some());
    Some((numbers.collect(), u128::BITS - top.leading_zeros()))
}

#[cfg(test)]
mod tests {
    use arrow::array::{Float64Array, Int64Array};
    use arrow::util::pretty::pretty_format_batches;
    use datafusion::execution::SessionStateBuilder;
    use datafusion::execution::memory_pool::FairSpillPool;
    use datafusion::execution::runtime_env::RuntimeEnvBuilder;
    use datafusion::prelude::{SessionConfig, SessionContext};

    use super::*;

    /// The rows of a query in order, and whether they were sorted here.
    async fn told(sql: &str, ruled: bool, bytes: usize) -> (String, bool) {
        let runtime = RuntimeEnvBuilder::new()
            .with_memory_pool(Arc::new(FairSpillPool::new(bytes)))
            .build_arc()
            .expect("a runtime");
        let config = SessionConfig::new()
            .with_batch_size(100)
            .with_target_partitions(1)
            .with_sort_spill_reservation_bytes(64 << 10);
        let mut state = SessionStateBuilder::new()
            .with_config(config)
            .with_runtime_env(runtime)
            .with_default_features();
        if ruled {
            state = state.with_physical_optimizer_rule(Arc::new(KeySorts));
        }
        let context = SessionContext::new_with_state(state.build());
        let frame = context.sql(sql).await.expect("a query");
        let plan = frame.clone().create_physical_plan().await.expect("a plan");
        let plan = datafusion::physical_plan::displayable(plan.as_ref()).indent(false);
        let is_here = plan.to_string().contains("KeySortExec");
        let batches = frame.collect().await.expect("rows");
        let rows = pretty_format_batches(&batches).expect("rows");
        (rows.to_string(), is_here)
    }

    #[tokio::test]
    async fn order_is_that_of_datafusion_in_memory_and_beyond() {
        let rows = "SELECT value AS i, CASE WHEN value % 7 = 0 THEN NULL ELSE value * value % 11 - 5 END AS a, \
             CASE WHEN value % 5 = 0 THEN NULL WHEN value % 3 = 0 THEN 'NaN'::double \
             ELSE sqrt(value % 13) - 2 END AS f, arrow_cast(value * 7919 % 3001, 'Int32') AS s, \
             arrow_cast(value * 1000003 % 99991, 'Timestamp(Microsecond, Some(\"UTC\"))') AS t \
             FROM generate_series(1, 9000)";
        for (keys, is_known) in [
            ("a, i", true),
            ("a DESC, f NULLS FIRST, i DESC", true),
            ("f DESC NULLS LAST, s, i", true),
            ("t DESC, a NULLS FIRST, i", true),
            ("s, f, t, i", true),
            ("a, CAST(i AS text)", false),
        ] {
            let sql = format!("SELECT * FROM ({rows}) ORDER BY {keys}");
            let (plain, _) = told(&sql, false, 1 << 30).await;
            for bytes in [1 << 30, 600 << 10] {
                let (ruled, is_here) = told(&sql, true, bytes).await;
                assert_eq!(is_here, is_known, "{keys}");
                assert!(plain == ruled, "{keys} {bytes}");
            }
        }
    }

    #[test]
    fn numbers_take_the_bits_of_their_range() {
        let key = |values: ArrayRef, descending, nulls_first| {
            key_bits(&values, SortOptions::new(descending, nulls_first)).expect("a key")
        };
        let values: ArrayRef = Arc::new(Int64Array::from(vec![Some(-3), None, Some(4)]));
        assert_eq!(key(values.clone(), false, true), (vec![1, 0, 8], 4));
        assert_eq!(key(values.clone(), false, false), (vec![0, 8, 7], 4));
        assert_eq!(key(values, true, true), (vec![8, 0, 1], 4));
        let ends: ArrayRef = Arc::new(Int64Array::from(vec![i64::MAX, i64::MIN]));
        assert_eq!(key(ends, false, true), (vec![u128::from(u64::MAX), 0], 64));
        let none: ArrayRef = Arc::new(Int64Array::from(vec![None, None]));
        assert_eq!(key(none, false, true), (vec![0, 0], 0));
        let zeros: ArrayRef = Arc::new(Float64Array::from(vec![0.0, -0.0, 0.0]));
        assert_eq!(key(zeros, false, true), (vec![1, 0, 1], 1));
    }
}
