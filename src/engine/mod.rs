//! SQL over a lake: one function builds the session, so the same SQL gives the same answer everywhere.
//!
//! In: an opened lake and limits. Out: streams of Arrow batches. The only module that names
//! DataFusion. Never: changes a lake; statements that are not queries are refused.

mod catalog;
mod code_function;
mod columns;
mod distinct;
mod distinct_count;
mod failure;
mod local_time;
mod location_function;
mod names;
mod plan;
mod plan_cache;
mod row_function;
mod session;
mod store;
mod text_function;
mod travel_window;
mod udf;
mod vocabulary;

pub use catalog::{AnalyticsColumn, analytics_tables};
pub use failure::nearest;
pub use session::{Answer, Engine, Limits, Param};
pub use udf::{FunctionDoc, functions};
pub use vocabulary::{ColumnWord, FunctionWord, Vocabulary};
