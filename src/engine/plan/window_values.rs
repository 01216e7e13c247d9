//! The values of window functions over rows of whole partitions.

use std::ops::Range;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Int64Array, NullBufferBuilder, UInt64Array};
use arrow::compute::{concat, partition, take};
use arrow::datatypes::{DataType, Int64Type};
use arrow::record_batch::RecordBatch;
use datafusion::common::{Result, ScalarValue, internal_err};
use datafusion::logical_expr::{WindowFrame, WindowFrameBound, WindowFrameUnits};
use datafusion::physical_expr::expressions::Literal;
use datafusion::physical_expr::window::{
    PlainAggregateWindowExpr, SlidingAggregateWindowExpr, StandardWindowExpr, WindowExpr,
};
use datafusion::physical_plan::windows::WindowUDFExpr;

/// How the values of a window are found.
#[derive(Debug, Clone)]
pub(super) enum Window {
    /// A function of a partition as a whole.
    Standard(Arc<dyn WindowExpr>),
    /// The value so many rows before, or null.
    Before(Arc<dyn WindowExpr>, i64),
    Total(Arc<dyn WindowExpr>, Total),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Total {
    Sum,
    Count,
}

impl Window {
    pub(super) fn expr(&self) -> &Arc<dyn WindowExpr> {
        match self {
            Self::Standard(expr) | Self::Before(expr, _) | Self::Total(expr, _) => expr,
        }
    }

    /// The values for rows of these partitions.
    pub(super) fn values(
        &self,
        batch: &RecordBatch,
        partitions: &[Range<usize>],
    ) -> Result<ArrayRef> {
        match self {
            Self::Standard(expr) => standard(expr, batch, partitions),
            Self::Before(expr, rows) => before(expr, *rows, batch, partitions),
            Self::Total(expr, total) => totals(expr, *total, batch, partitions),
        }
    }
}

/// The windows, if all of them are known and share a partition.
pub(super) fn known_windows(all: &[Arc<dyn WindowExpr>]) -> Option<Vec<Window>> {
    if all.first()?.partition_by().is_empty() {
        return None;
    }
    all.iter().map(known_window).collect()
}

fn known_window(expr: &Arc<dyn WindowExpr>) -> Option<Window> {
    let any = expr.as_any();
    if let Some(standard) = any.downcast_ref::<StandardWindowExpr>() {
        let evaluator = standard.get_standard_func_expr().create_evaluator().ok()?;
        let whole = !evaluator.uses_window_frame() && !evaluator.include_rank();
        return whole.then(|| match rows_before(standard) {
            Some(rows) => Window::Before(expr.clone(), rows),
            None => Window::Standard(expr.clone()),
        });
    }
    let sliding = any.downcast_ref::<SlidingAggregateWindowExpr>();
    let plain = any.downcast_ref::<PlainAggregateWindowExpr>();
    let function = match (sliding, plain) {
        (Some(sliding), _) => sliding.get_aggregate_expr(),
        (_, Some(plain)) => plain.get_aggregate_expr(),
        _ => return None,
    };
    // Whether there is a filter is told by nothing else.
    let filtered = !format!("{expr:?}").ends_with("filter: None }");
    let plain = !function.is_distinct() && !function.ignore_nulls() && !filtered;
    if !plain || function.expressions().len() != 1 || !is_known_frame(expr.get_window_frame()) {
        return None;
    }
    let of_integers = function.field().data_type() == &DataType::Int64;
    match function.fun().name() {
        "sum" if of_integers => Some(Window::Total(expr.clone(), Total::Sum)),
        "count" if of_integers => Some(Window::Total(expr.clone(), Total::Count)),
        _ => None,
    }
}

/// How many rows before a plain `lag`, or after a plain `lead`, looks.
fn rows_before(standard: &StandardWindowExpr) -> Option<i64> {
    let function = standard.get_standard_func_expr();
    let call = function.as_any().downcast_ref::<WindowUDFExpr>()?;
    let sign = match call.fun().name() {
        "lag" => 1,
        "lead" => -1,
        _ => return None,
    };
    // Nothing else tells whether it is turned around or skips nulls.
    let shown = format!("{call:?}");
    if !shown.ends_with("is_reversed: false, ignore_nulls: false }") {
        return None;
    }
    let rows = match call.args() {
        [_] => 1,
        [_, rows] => match rows.downcast_ref::<Literal>()?.value() {
            ScalarValue::Int64(Some(rows)) => *rows,
            _ => return None,
        },
        _ => return None,
    };
    rows.checked_mul(sign)
}

fn is_known_frame(frame: &WindowFrame) -> bool {
    let known = |bound: &WindowFrameBound| match (frame.units, bound) {
        (WindowFrameUnits::Groups, _) => false,
        (_, WindowFrameBound::CurrentRow) => true,
        (WindowFrameUnits::Rows, other) => other.is_unbounded() || distance(other).is_some(),
        (WindowFrameUnits::Range, other) => other.is_unbounded(),
    };
    known(&frame.start_bound) && known(&frame.end_bound)
}

/// The rows between a row and the end of its frame.
fn distance(bound: &WindowFrameBound) -> Option<usize> {
    match bound {
        WindowFrameBound::Preceding(ScalarValue::UInt64(Some(rows)))
        | WindowFrameBound::Following(ScalarValue::UInt64(Some(rows))) => {
            usize::try_from(*rows).ok()
        }
        _ => None,
    }
}

fn standard(
    expr: &Arc<dyn WindowExpr>,
    batch: &RecordBatch,
    partitions: &[Range<usize>],
) -> Result<ArrayRef> {
    let Some(standard) = expr.as_any().downcast_ref::<StandardWindowExpr>() else {
        return internal_err!("a window function of another kind");
    };
    let values = expr.evaluate_args(batch)?;
    let mut parts = Vec::with_capacity(partitions.len());
    for range in partitions {
        let length = range.end - range.start;
        let values: Vec<ArrayRef> = values
            .iter()
            .map(|v| v.slice(range.start, length))
            .collect();
        let mut evaluator = standard.get_standard_func_expr().create_evaluator()?;
        parts.push(evaluator.evaluate_all(&values, length)?);
    }
    let parts: Vec<&dyn Array> = parts.iter().map(|part| part.as_ref()).collect();
    Ok(concat(&parts)?)
}

/// The values so many rows before each, within its partition.
fn before(
    expr: &Arc<dyn WindowExpr>,
    rows: i64,
    batch: &RecordBatch,
    partitions: &[Range<usize>],
) -> Result<ArrayRef> {
    let args = expr.evaluate_args(batch)?;
    let Some(values) = args.first() else {
        return internal_err!("a value of nothing");
    };
    let mut places = Vec::with_capacity(batch.num_rows());
    let mut known = NullBufferBuilder::new(batch.num_rows());
    for part in partitions {
        let (start, end) = (part.start as i64, part.end as i64);
        for row in start..end {
            let place = row.saturating_sub(rows);
            let is_known = (start..end).contains(&place);
            known.append(is_known);
            places.push(if is_known { place as u64 } else { 0 });
        }
    }
    let places = UInt64Array::new(places.into(), known.finish());
    Ok(take(values, &places, None)?)
}

/// Sums or counts over a frame, as differences of running totals.
fn totals(
    expr: &Arc<dyn WindowExpr>,
    total: Total,
    batch: &RecordBatch,
    partitions: &[Range<usize>],
) -> Result<ArrayRef> {
    let rows = batch.num_rows();
    let args = expr.evaluate_args(batch)?;
    let Some(values) = args.first() else {
        return internal_err!("a total of nothing");
    };
    let nulls = values.logical_nulls();
    let mut counts = Vec::with_capacity(rows + 1);
    let mut count = 0_i64;
    counts.push(count);
    for row in 0..rows {
        count += i64::from(nulls.as_ref().is_none_or(|nulls| nulls.is_valid(row)));
        counts.push(count);
    }
    let ranges = frames(expr, batch, partitions)?;
    if total == Total::Count {
        let told = ranges.iter().map(|r| counts[r.end] - counts[r.start]);
        return Ok(Arc::new(told.collect::<Int64Array>()));
    }
    let Some(values) = values.as_primitive_opt::<Int64Type>() else {
        return internal_err!("a sum of other than whole numbers");
    };
    let mut sums = Vec::with_capacity(rows + 1);
    let mut sum = 0_i64;
    sums.push(sum);
    for (row, value) in values.values().iter().enumerate() {
        let is_known = counts[row + 1] > counts[row];
        sum = sum.wrapping_add(if is_known { *value } else { 0 });
        sums.push(sum);
    }
    let mut known = NullBufferBuilder::new(rows);
    let mut told = Vec::with_capacity(rows);
    for range in &ranges {
        known.append(counts[range.end] > counts[range.start]);
        told.push(sums[range.end].wrapping_sub(sums[range.start]));
    }
    Ok(Arc::new(Int64Array::new(told.into(), known.finish())))
}

/// The frame of every row.
fn frames(
    expr: &Arc<dyn WindowExpr>,
    batch: &RecordBatch,
    partitions: &[Range<usize>],
) -> Result<Vec<Range<usize>>> {
    let frame = expr.get_window_frame();
    let by_row = frame.units == WindowFrameUnits::Rows;
    let order = expr.order_by_columns(batch)?;
    let order: Vec<ArrayRef> = order.into_iter().map(|column| column.values).collect();
    let mut ranges = Vec::with_capacity(batch.num_rows());
    for part in partitions {
        let length = part.end - part.start;
        let peers = if by_row || order.is_empty() {
            std::slice::from_ref(&(0..length)).to_vec()
        } else {
            let of_part: Vec<ArrayRef> =
                order.iter().map(|c| c.slice(part.start, length)).collect();
            partition(&of_part)?.ranges()
        };
        for peer in peers {
            for row in peer.clone() {
                let same = if by_row { row..row + 1 } else { peer.clone() };
                let start = match &frame.start_bound {
                    WindowFrameBound::CurrentRow => same.start,
                    WindowFrameBound::Preceding(_) => match distance(&frame.start_bound) {
                        Some(rows) => row.saturating_sub(rows),
                        None => 0,
                    },
                    WindowFrameBound::Following(_) => match distance(&frame.start_bound) {
                        Some(rows) => row.saturating_add(rows).min(length),
                        None => length,
                    },
                };
                let end = match &frame.end_bound {
                    WindowFrameBound::CurrentRow => same.end,
                    WindowFrameBound::Preceding(_) => match distance(&frame.end_bound) {
                        Some(rows) => (row + 1).saturating_sub(rows),
                        None => 0,
                    },
                    WindowFrameBound::Following(_) => match distance(&frame.end_bound) {
                        Some(rows) => (row + 1).saturating_add(rows).min(length),
                        None => length,
                    },
                };
                let end = end.max(start);
                ranges.push(part.start + start..part.start + end);
            }
        }
    }
    Ok(ranges)
}
