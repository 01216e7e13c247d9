//! Turns Microsoft Entra ID sign-in exports into a lake of Parquet and answers SQL over it.
//!
//! ```text
//!  exports          text            batches           Parquet          batches
//! ─────────▶ source ────▶ decode ──────────▶ lake ──────────▶ engine ────────▶ query, explain
//!               ▲            ▲                 ▲                                  │
//!               └────────────┴───── ingest ────┘                  present ◀───────┘
//! ```
//! Data flows one way. [`ingest`] alone sees [`source`], [`decode`] and [`lake`]; [`engine`] alone
//! names DataFusion; [`signin`] holds the vocabulary (schema, codes, rules) and imports none of the
//! others; [`explain`] tells what happened in one sign-in; [`generate`] makes exports with known
//! answers and imports no rule; [`present`] shows results. The command line lives in the binary,
//! invisible here. `tests/tidy.rs` holds the layers.
//!
//! Open a lake, run SQL, get Arrow batches:
//!
//! ```
//! use std::sync::Arc;
//! use authlake::engine::{Engine, Limits, Param};
//! use authlake::ingest::{self, ingest, Progress};
//! use authlake::lake::Lake;
//! use authlake::signin::tables::Tables;
//!
//! # fn main() -> authlake::Result<()> {
//! let folder = tempfile::tempdir().expect("a folder");
//! let export = folder.path().join("export.json");
//! std::fs::write(&export, r#"{"category":"SignInLogs","tenantId":"t","properties":{"id":"a",
//!     "createdDateTime":"2026-01-05T08:00:00Z","status":{"errorCode":50074}}}"#.replace('\n', ""))
//!     .expect("a file");
//! let options = ingest::Options {
//!     inputs: vec![export.display().to_string()],
//!     lake: folder.path().join("lake"),
//!     ..ingest::Options::default()
//! };
//! assert_eq!(ingest(&options, &Progress::default())?.receipt.stored, 1);
//!
//! let lake = Lake::open(&options.lake)?;
//! let runtime = tokio::runtime::Runtime::new().expect("a runtime");
//! let batches = runtime.block_on(async {
//!     let engine = Engine::open(&lake, Tables::built_in(), Limits::default()).await?;
//!     let code = ("code".to_owned(), Param::Int(50074));
//!     engine.collect("SELECT id FROM records WHERE error_code = $code", &[code]).await
//! })?;
//! assert_eq!(batches.iter().map(|b| b.num_rows()).sum::<usize>(), 1);
//! # Ok(())
//! # }
//! ```

pub mod config;
pub mod decode;
pub mod engine;
pub mod error;
pub mod explain;
pub mod generate;
pub mod ingest;
pub mod lake;
pub mod present;
pub mod query;
pub mod signin;
pub mod source;

pub use error::{Error, Result};
