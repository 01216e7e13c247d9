//! Turns the text of an export into rows of `records`, and that of a directory into users.
//!
//! In: pieces of UTF-8 text, each one record or a page of records. Out: rows in a
//! [`crate::signin::batch::RecordBuilder`], rejects with their reason, counts. Never: opens files,
//! knows days, the lake, or other records. A new export format is one file and one line in
//! [`detect::FORMATS`]; users are read by [`directory`] alone.

mod auth_details_csv;
mod azure_monitor;
pub mod binding;
mod blocks;
mod cell_text;
pub mod csv;
pub mod decoder;
pub mod derived;
pub mod detect;
pub mod directory;
mod directory_csv;
mod directory_json;
mod envelope;
mod event_hub;
mod event_type;
mod facts;
mod fields;
mod found;
mod graph_csv;
mod graph_page;
mod habits;
mod json;
mod known_lists;
mod known_values;
mod learned;
mod lists;
mod log_analytics;
mod log_analytics_csv;
mod managed_identity;
mod opening;
mod page;
mod portal_csv;
mod portal_json;
mod powershell_csv;
mod powershell_json;
mod query_api;
mod raw;
mod scan;
mod seek;
mod sign_in;
pub mod split;
mod stretch;
pub mod survey;
pub mod tables;
mod target;
pub mod timestamp;
mod unified_audit;
mod unified_audit_csv;
mod wrapped;

pub use page::parts_of;
pub use portal_csv::event_type_of_name;
