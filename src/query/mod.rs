//! The saved questions: SQL files with a header, typed parameters, and how to run them.
//!
//! In: a name and parameter texts. Out: the SQL and its bound values. Values are never pasted.
//! Never: touches files or the terminal.

mod header;
mod params;
mod saved;

pub use header::{Header, ParamKind, ParamSpec};
pub use params::bind;
pub use saved::{SavedQuery, all, find};
