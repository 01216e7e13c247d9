//! Where exports come from: files, folders, globs, standard input; plain or gzip.
//!
//! In: what the user named. Out: readers of uncompressed bytes, in a stable order of paths.
//! Never: knows what the bytes mean.

pub mod discover;
pub mod open;
