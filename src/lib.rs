//! Turns Microsoft Entra ID sign-in exports into a lake of Parquet and answers SQL over it.
//!
//! Data flows one way:
//! `source` → `decode` → `lake` → `engine` → `query`; `ingest` joins the first three, `present`
//! shows results, `signin` holds the vocabulary and the rules, `generate` makes test exports.

pub mod config;
pub mod decode;
pub mod engine;
pub mod error;
pub mod generate;
pub mod ingest;
pub mod lake;
pub mod present;
pub mod query;
pub mod signin;
pub mod source;

pub use error::{Error, Result};
