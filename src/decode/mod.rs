//! Turns the text of an export into rows of `records`.
//!
//! In: pieces of UTF-8 text, each one record or a page of records. Out: rows in a
//! [`crate::signin::batch::RecordBuilder`], rejects with their reason, counts. Never: opens files,
//! knows days, the lake, or other records. A new export format is one file and one line in
//! [`detect::FORMATS`].

pub mod azure_monitor;
pub mod decoder;
pub mod detect;
mod envelope;
pub mod event_hub;
mod fields;
pub mod graph_page;
mod json;
mod lists;
mod opening;
mod page;
pub mod portal_json;
pub mod split;
mod target;
pub mod timestamp;
