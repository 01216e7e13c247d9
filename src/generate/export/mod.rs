//! Turns records into the text of each export format and puts it into files.
//!
//! - [`Exporter`]: which text, which container, which file for a format
//! - [`Frames`]: what one record becomes
//! - `graph`, `portal`, `log_analytics` (with `tables`), `audit`: the texts; diagnostic records
//!   are written by `record` and `service`
//! - [`Spool`]: keeps pieces on disk where the newest comes first
//! - `pack`, `pretty`: pages, arrays, bodies; [`Outlet`]: one writer or a folder
//!
//! Never: decides what is in an export (that is `carries`) or in which order (that is `stream`).

mod audit;
mod exporter;
mod frames;
mod graph;
mod log_analytics;
mod outlet;
mod pack;
mod portal;
mod pretty;
mod spool;
mod tables;

pub(super) use exporter::Exporter;
pub(super) use frames::Frames;
pub(super) use outlet::Outlet;
pub(super) use pack::Packer;
pub(super) use spool::Spool;
