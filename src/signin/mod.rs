//! The vocabulary of sign-ins: schema, code tables, and the pure rules over them.
//!
//! In: values of records, never files, SQL or clocks. Out: decisions with their reasons.
//! Never: knows how an export looks, where a lake lies, or how a result is shown. The rules
//! (`merge`, `fold`, `mfa`, `gaps`, `location`) work on plain Rust values; only `schema`, `batch`,
//! `coded`, `coded_builder`, `column_builder`, `columns`, `summary`, `unknown`, `users` and `zone`
//! name Arrow.

pub mod aadsts;
pub mod advice;
pub mod batch;
pub mod coded;
mod coded_builder;
mod column_builder;
pub mod columns;
pub mod countries;
mod coverage;
pub mod distance;
mod embedded;
mod findings;
pub mod fold;
pub mod gaps;
pub mod horizon;
pub mod location;
pub mod merge;
pub mod methods;
pub mod mfa;
pub mod networks;
mod outcome;
pub mod policy;
pub mod results;
pub mod row;
pub mod schema;
mod state;
pub mod summary;
pub mod tables;
pub mod texts;
pub mod unknown;
pub mod users;
pub mod zone;
