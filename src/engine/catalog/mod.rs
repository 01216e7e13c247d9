//! The tables and views of a session.

mod analytics;
mod memory;
mod policy_column;
mod span;
mod table;
mod views;

use std::sync::Arc;

use datafusion::common::Result;
use datafusion::datasource::physical_plan::parquet::CachedParquetFileReaderFactory;
use datafusion::execution::object_store::ObjectStoreUrl;
use datafusion::prelude::SessionContext;

pub(super) use self::analytics::FirstKnown;
pub use self::analytics::{AnalyticsColumn, analytics_tables};
pub(super) use self::table::LakeTable;
use super::columns::ColumnStore;
use super::store::LakeStore;
use crate::lake::Lake;
use crate::lake::layout::Table;
use crate::lake::receipts::{INGESTS_SCHEMA, REJECTS_SCHEMA};
use crate::signin::schema::{POLICY_SETS_SCHEMA, RECORDS_SCHEMA, SIGNINS_SCHEMA, USERS_SCHEMA};
use crate::signin::tables::Tables;

/// Registers everything that a query can name.
pub(super) async fn register(
    context: &SessionContext,
    lake: &Arc<Lake>,
    tables: &Tables,
    kept_bytes: usize,
) -> Result<()> {
    let url = ObjectStoreUrl::parse(table::STORE)?;
    let store = LakeStore::new(&lake.root().canonicalize()?)?;
    let runtime = context.runtime_env();
    runtime.register_object_store(url.as_ref(), store.clone());
    let footers = runtime.cache_manager.get_file_metadata_cache();
    let reader = CachedParquetFileReaderFactory::new(store, footers);
    let columns = Arc::new(ColumnStore::new(kept_bytes, reader));
    let stored = [
        (Table::Records, &RECORDS_SCHEMA, true),
        (Table::Signins, &SIGNINS_SCHEMA, true),
        (Table::PolicySets, &POLICY_SETS_SCHEMA, false),
        (Table::Ingests, &INGESTS_SCHEMA, false),
        (Table::Rejects, &REJECTS_SCHEMA, false),
        (Table::Users, &USERS_SCHEMA, false),
    ];
    for (kind, schema, by_day) in stored {
        let mut table = table::LakeTable::new(lake, kind, schema, by_day)?;
        if kind == Table::Records {
            table = table.with_policies(lake.clone());
        }
        if by_day {
            table = table.with_columns(&columns);
        }
        context.register_table(kind.name(), Arc::new(table))?;
    }
    context.register_table("codes", memory::codes(&tables.codes)?)?;
    context.register_table("mfa_results", memory::mfa_results(&tables.results)?)?;
    let location = memory::location_settings(&tables.location)?;
    context.register_table("location_settings", location)?;
    context.register_table("countries", memory::countries()?)?;
    views::register(context).await?;
    analytics::register(context).await
}
