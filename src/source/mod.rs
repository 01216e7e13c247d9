//! Where exports come from: files, folders, globs, standard input; plain, packed or in archives.
//!
//! In: what the user named. Out: readers of UTF-8 text, in a stable order of paths. UTF-16 is
//! rewritten on the way. Limits: [`unpack::Limits`]. Never: knows what the text means.

pub mod archive;
pub mod discover;
pub mod open;
mod packed;
pub mod unpack;
mod utf16;
