//! The saved questions: SQL files with a header, typed parameters, periods, and how to run them.
//!
//! In: a name and parameter texts. Out: the SQL and its bound values. Values are never pasted.
//! [`compare()`] sets the answers of two periods side by side, [`Basis`] says what an answer rests
//! on, [`lint()`] what is wrong with a query.
//! Never: touches files or the terminal.

mod basis;
mod compare;
mod header;
mod lint;
mod params;
mod period;
mod saved;
mod texts;
mod tokens;

pub use basis::Basis;
pub use compare::{Compared, compare};
pub use header::{ColumnSpec, Header, ParamKind, ParamSpec};
pub use lint::{Finding, lint, plan};
pub use params::{bind, period_of};
pub use period::{Clock, Period};
pub use saved::{Library, QueryText, SavedQuery};
