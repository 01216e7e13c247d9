//! The tables and views of a session.

mod memory;
mod table;
mod views;

use std::sync::Arc;

use datafusion::common::Result;
use datafusion::prelude::SessionContext;

use crate::lake::Lake;
use crate::lake::layout::Table;
use crate::lake::receipts::{INGESTS_SCHEMA, REJECTS_SCHEMA};
use crate::signin::aadsts::CodeTable;
use crate::signin::schema::{POLICY_SETS_SCHEMA, RECORDS_SCHEMA, SIGNINS_SCHEMA};

/// Registers everything that a query can name.
pub(super) async fn register(
    context: &SessionContext,
    lake: &Lake,
    codes: &CodeTable,
) -> Result<()> {
    let tables = [
        (Table::Records, &RECORDS_SCHEMA, true),
        (Table::Signins, &SIGNINS_SCHEMA, true),
        (Table::PolicySets, &POLICY_SETS_SCHEMA, false),
        (Table::Ingests, &INGESTS_SCHEMA, false),
        (Table::Rejects, &REJECTS_SCHEMA, false),
    ];
    for (kind, schema, by_day) in tables {
        let table = table::LakeTable::new(lake, kind, schema, by_day)?;
        context.register_table(kind.name(), Arc::new(table))?;
    }
    context.register_table("codes", memory::codes(codes)?)?;
    views::register(context).await
}
