//! The one error type of the library; each variant says who must act.
//!
//! `Usage`, `Query` and `Config` are the caller's to mend; `Input` names a place in an export;
//! `Lake` names a file of the lake; `Internal` is a bug of authlake.

use std::path::{Path, PathBuf};

/// The result of every fallible function of the library.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What went wrong, where, and why.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The call's arguments are wrong.
    #[error("{0}")]
    Usage(String),
    /// An export cannot be read at all; `offset` is a byte offset in the uncompressed text.
    #[error("{}{}: {reason}", .path.display(), place(.line, .offset))]
    Input {
        path: PathBuf,
        line: Option<u64>,
        offset: Option<u64>,
        reason: String,
    },
    /// An ingest that was told to take all or nothing met something that it cannot read.
    #[error("{0}")]
    Refused(String),
    /// A file of the lake is missing, damaged or from another version.
    #[error("lake file {}: {reason}", .path.display())]
    Lake { path: PathBuf, reason: String },
    /// A query cannot be understood or run. The text is ready to be shown.
    #[error("{0}")]
    Query(String),
    /// A query was stopped by one of its limits.
    #[error("{0}")]
    Limit(String),
    /// A configuration file is wrong; the text names the line.
    #[error("{}: {reason}", .path.display())]
    Config { path: PathBuf, reason: String },
    /// The operating system refused something.
    #[error("cannot {action} {}: {source}", .path.display())]
    Io {
        action: &'static str,
        path: PathBuf,
        source: std::io::Error,
    },
    /// Results could not be written; a closed pipe is recognised by its kind.
    #[error("cannot write the result: {0}")]
    Output(std::io::Error),
    /// A broken promise of authlake itself.
    #[error("internal error (please report it): {0}")]
    Internal(String),
}

impl Error {
    /// An [`Error::Io`] that names what was tried and where.
    pub fn io(action: &'static str, path: impl AsRef<Path>, source: std::io::Error) -> Self {
        Self::Io {
            action,
            path: path.as_ref().to_path_buf(),
            source,
        }
    }

    /// An [`Error::Lake`] that names the file.
    pub fn lake(path: impl AsRef<Path>, reason: impl ToString) -> Self {
        Self::Lake {
            path: path.as_ref().to_path_buf(),
            reason: reason.to_string(),
        }
    }

    /// Whether the reader of the results went away, which is no failure of ours.
    pub fn is_broken_pipe(&self) -> bool {
        matches!(self, Self::Output(e) if e.kind() == std::io::ErrorKind::BrokenPipe)
    }
}

fn place(line: &Option<u64>, offset: &Option<u64>) -> String {
    match (line, offset) {
        (Some(line), _) => format!(":{line}"),
        (None, Some(offset)) => format!(" at byte {offset}"),
        (None, None) => String::new(),
    }
}
