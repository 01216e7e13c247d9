//! Small tables that live in memory: codes, result texts, countries and the location rule's settings.

use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray, Int32Array, StringArray};
use arrow::record_batch::RecordBatch;
use datafusion::common::Result;
use datafusion::datasource::MemTable;

use crate::signin::aadsts::{Code, CodeTable};
use crate::signin::countries;
use crate::signin::location;
use crate::signin::results::{ResultTable, ResultText};

/// Table `codes`: what is known of every AADSTS code.
pub(super) fn codes(table: &CodeTable) -> Result<Arc<MemTable>> {
    let codes = table.sorted();
    let text = |f: &dyn Fn(&Code) -> String| -> ArrayRef {
        Arc::new(codes.iter().map(|c| Some(f(c))).collect::<StringArray>())
    };
    let flag = |f: fn(&Code) -> bool| -> ArrayRef {
        Arc::new(codes.iter().map(|c| Some(f(c))).collect::<BooleanArray>())
    };
    let numbers: Int32Array = codes.iter().map(|c| Some(c.code)).collect();
    let batch = RecordBatch::try_from_iter(vec![
        ("code", Arc::new(numbers) as ArrayRef),
        ("name", text(&|c| c.name.clone())),
        ("kind", text(&|c| c.kind.name().to_owned())),
        ("category", text(&|c| c.category.clone())),
        ("mfa_stage", text(&|c| c.mfa_stage.clone())),
        ("retryable", flag(|c| c.retryable)),
        ("who_can_fix", text(&|c| c.who_can_fix.clone())),
        ("expected", flag(|c| c.expected)),
        ("basis", text(&|c| c.basis.clone())),
        ("title", text(&|c| c.title.clone())),
        ("meaning", text(&|c| c.meaning.clone())),
        ("not_said", text(&|c| c.not_said.clone())),
        ("advice", text(&|c| c.advice.join("; "))),
    ])?;
    Ok(Arc::new(MemTable::try_new(
        batch.schema(),
        vec![vec![batch]],
    )?))
}

/// Table `mfa_results`: every known text of steps, statuses and requirements, and what it says.
pub(super) fn mfa_results(table: &ResultTable) -> Result<Arc<MemTable>> {
    let text = |f: fn(&ResultText) -> &str| -> ArrayRef {
        let texts = table.rows().iter().map(|row| Some(f(row)));
        Arc::new(texts.collect::<StringArray>())
    };
    let batch = RecordBatch::try_from_iter(vec![
        ("text", text(|r| &r.text)),
        ("match", text(|r| r.matching.name())),
        ("field", text(|r| &r.field)),
        ("outcome", text(|r| r.word.name())),
        ("meaning", text(|r| &r.meaning)),
    ])?;
    Ok(Arc::new(MemTable::try_new(
        batch.schema(),
        vec![vec![batch]],
    )?))
}

/// Table `location_settings`: everything that the location rule goes by.
pub(super) fn location_settings(settings: &location::Settings) -> Result<Arc<MemTable>> {
    let rows = settings.rows();
    let text = |place: usize| -> ArrayRef {
        let texts = rows.iter().map(|row| Some(row[place].as_str()));
        Arc::new(texts.collect::<StringArray>())
    };
    let batch = RecordBatch::try_from_iter(vec![
        ("kind", text(0)),
        ("name", text(1)),
        ("value", text(2)),
    ])?;
    Ok(Arc::new(MemTable::try_new(
        batch.schema(),
        vec![vec![batch]],
    )?))
}

/// Table `countries`: the name and region of every ISO 3166-1 alpha-2 code.
pub(super) fn countries() -> Result<Arc<MemTable>> {
    let text = |f: fn(&countries::Country) -> Option<&str>| -> ArrayRef {
        Arc::new(countries::all().iter().map(f).collect::<StringArray>())
    };
    let batch = RecordBatch::try_from_iter(vec![
        ("code", text(|c| Some(&c.code))),
        ("name", text(|c| Some(&c.name))),
        ("region", text(|c| c.region.as_deref())),
    ])?;
    Ok(Arc::new(MemTable::try_new(
        batch.schema(),
        vec![vec![batch]],
    )?))
}
