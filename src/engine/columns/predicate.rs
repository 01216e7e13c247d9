//! Which rows of a file pass the filters of a scan.
//!
//! A filter of one column of texts is asked once for each text of its dictionary, not once a row. One
//! of the day is asked before anything is read.

use std::sync::Arc;

use arrow::array::{Array, AsArray, BooleanArray, BooleanBufferBuilder, UInt32Array};
use arrow::buffer::BooleanBuffer;
use arrow::compute::{filter_record_batch, prep_null_mask_filter};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef, UInt32Type};
use arrow::record_batch::{RecordBatch, RecordBatchOptions};
use datafusion::common::Result;
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::physical_expr::expressions::Column;
use datafusion::physical_expr::utils::collect_columns;
use datafusion::physical_plan::PhysicalExpr;
use datafusion::physical_plan::filter_pushdown::FilterPushdownPhase;

use super::dictionary::Dictionary;
use super::read::{File, How, Wanted};

/// The part of a scan's rows from which on a filter is asked for all of them.
const FEW: usize = 5;

/// A filter of a scan.
pub(super) struct Predicate {
    expr: Arc<dyn PhysicalExpr>,
    kind: Kind,
}

enum Kind {
    /// Of a column of numbers that stand for texts.
    Coded(Coded),
    Day,
    Rows,
}

struct Coded {
    column: usize,
    dictionary: Arc<Dictionary>,
    /// The filter over a batch of that column alone.
    of_texts: Arc<dyn PhysicalExpr>,
    schema: SchemaRef,
    /// Which numbers pass, as far as was asked.
    passes: Vec<bool>,
    null_passes: bool,
}

impl Predicate {
    /// A filter over these columns, in their order; the phase tells whether it can change meanwhile.
    pub(super) fn new(
        expr: &Arc<dyn PhysicalExpr>,
        phase: FilterPushdownPhase,
        columns: &[Wanted],
    ) -> Self {
        let kind = match phase {
            FilterPushdownPhase::Pre => kind(expr, columns),
            FilterPushdownPhase::Post => None,
        };
        Self {
            expr: expr.clone(),
            kind: kind.unwrap_or(Kind::Rows),
        }
    }

    fn passes(&self, batch: &RecordBatch) -> Result<BooleanArray> {
        let told = self.expr.evaluate(batch)?.into_array(batch.num_rows())?;
        Ok(without_nulls(told.as_boolean()))
    }
}

fn without_nulls(told: &BooleanArray) -> BooleanArray {
    match told.null_count() {
        0 => told.clone(),
        _ => prep_null_mask_filter(told),
    }
}

fn kind(expr: &Arc<dyn PhysicalExpr>, columns: &[Wanted]) -> Option<Kind> {
    let used = collect_columns(expr);
    let mut used = used.iter();
    let (Some(column), None) = (used.next(), used.next()) else {
        return None;
    };
    let wanted = columns.get(column.index())?;
    Some(match &wanted.how {
        How::Plain => return None,
        How::Day => Kind::Day,
        How::Coded(dictionary) => Kind::Coded(Coded {
            column: column.index(),
            dictionary: dictionary.clone(),
            of_texts: with_columns(expr, |_| Some(0)).ok()?,
            schema: Arc::new(Schema::new(vec![Field::new(
                "text",
                DataType::UInt32,
                true,
            )])),
            passes: Vec::new(),
            null_passes: false,
        }),
    })
}

/// An expression over other places of its columns.
pub(super) fn with_columns(
    expr: &Arc<dyn PhysicalExpr>,
    place: impl Fn(usize) -> Option<usize>,
) -> Result<Arc<dyn PhysicalExpr>> {
    let seen = expr.clone().transform(|part| {
        let moved = part
            .downcast_ref::<Column>()
            .and_then(|column| Some(Arc::new(Column::new(column.name(), place(column.index())?))));
        Ok(match moved {
            Some(column) => Transformed::yes(column as Arc<dyn PhysicalExpr>),
            None => Transformed::no(part),
        })
    });
    seen.map(|seen| seen.data)
}

impl Coded {
    /// Asks for the numbers that were not asked for; false if some of them cannot be told.
    fn ask(&mut self) -> bool {
        let all = self.dictionary.texts().len();
        let known = self.passes.len();
        if known > 0 && known == all {
            return true;
        }
        let numbers = (known..all).map(|number| u32::try_from(number).ok());
        let numbers: UInt32Array = numbers.chain([None]).collect();
        let rows = numbers.len();
        let told = RecordBatch::try_new(self.schema.clone(), vec![Arc::new(numbers)])
            .map_err(Into::into)
            .and_then(|batch| self.of_texts.evaluate(&batch)?.into_array(rows));
        let Ok(told) = told else {
            return false;
        };
        let mut told: Vec<bool> = without_nulls(told.as_boolean()).values().iter().collect();
        self.null_passes = told.pop().unwrap_or(false);
        self.passes.extend(told);
        true
    }

    fn select(&self, batch: &RecordBatch) -> BooleanBuffer {
        let numbers = batch.column(self.column).as_primitive::<UInt32Type>();
        let values = numbers.values();
        let passes = |row: usize| {
            let number = values
                .get(row)
                .map_or(usize::MAX, |number| *number as usize);
            self.passes.get(number).copied().unwrap_or(false)
        };
        match numbers.nulls() {
            None => BooleanBuffer::collect_bool(values.len(), passes),
            Some(nulls) => {
                BooleanBuffer::collect_bool(values.len(), |row| match nulls.is_valid(row) {
                    true => passes(row),
                    false => self.null_passes,
                })
            }
        }
    }
}

/// Whether a file can hold rows that pass, as far as its day tells.
pub(super) fn can_pass(all: &[Predicate], file: &File, schema: &SchemaRef) -> Result<bool> {
    if !all
        .iter()
        .any(|predicate| matches!(predicate.kind, Kind::Day))
    {
        return Ok(true);
    }
    // The filters name no other column, so the others may hold anything.
    let day = file.day(1)?;
    let fields = schema.fields().iter();
    let columns = fields.map(|_| day.clone()).collect();
    let days: Vec<Field> = schema
        .fields()
        .iter()
        .map(|f| Field::new(f.name(), DataType::Date32, true))
        .collect();
    let batch = RecordBatch::try_new(Arc::new(Schema::new(days)), columns)?;
    for predicate in all {
        if matches!(predicate.kind, Kind::Day) && predicate.passes(&batch)?.true_count() == 0 {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The rows of a file that pass; none: all.
pub(super) fn select(all: &mut [Predicate], batch: &RecordBatch) -> Result<Option<BooleanArray>> {
    let mut selected: Option<BooleanBuffer> = None;
    for predicate in all.iter_mut() {
        if let Kind::Coded(coded) = &mut predicate.kind {
            if !coded.ask() {
                predicate.kind = Kind::Rows;
                continue;
            }
            let told = coded.select(batch);
            selected = Some(selected.map_or(told.clone(), |before| &before & &told));
        }
    }
    for predicate in all.iter() {
        if !matches!(predicate.kind, Kind::Rows) {
            continue;
        }
        let before = selected.as_ref().map(|s| (s, s.count_set_bits()));
        selected = Some(match before {
            Some((_, 0)) => break,
            Some((before, few)) if few * FEW < batch.num_rows() => {
                let left = filter_record_batch(batch, &BooleanArray::new(before.clone(), None))?;
                of_left(before, predicate.passes(&left)?.values())
            }
            Some((before, _)) => before & predicate.passes(batch)?.values(),
            None => predicate.passes(batch)?.values().clone(),
        });
    }
    Ok(selected.map(|selected| BooleanArray::new(selected, None)))
}

/// Those of the selected rows that pass.
fn of_left(selected: &BooleanBuffer, passes: &BooleanBuffer) -> BooleanBuffer {
    let mut told = BooleanBufferBuilder::new(selected.len());
    told.append_n(selected.len(), false);
    for (row, passes) in selected.set_indices().zip(passes.iter()) {
        told.set_bit(row, passes);
    }
    told.finish()
}

/// A batch of so many rows, even without columns.
pub(super) fn batch(
    schema: &SchemaRef,
    columns: Vec<arrow::array::ArrayRef>,
    rows: usize,
) -> Result<RecordBatch> {
    let options = RecordBatchOptions::new().with_row_count(Some(rows));
    Ok(RecordBatch::try_new_with_options(
        schema.clone(),
        columns,
        &options,
    )?)
}
