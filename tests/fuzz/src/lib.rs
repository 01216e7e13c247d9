//! What the fuzz targets run: the readers of authlake without its engine, and what must hold.
//!
//! The modules of authlake are taken in by their path, so that a target compiles neither the lake
//! nor DataFusion.

#[path = "../../../src/decode/mod.rs"]
pub mod decode;
#[path = "../../../src/error.rs"]
pub mod error;
#[path = "../../../src/signin/mod.rs"]
pub mod signin;
#[path = "../../../src/source/mod.rs"]
pub mod source;

pub use error::{Error, Result};

pub mod detect;
pub mod directory;
pub mod document;
pub mod piece;
pub mod rows;
pub mod timestamps;
pub mod unpack;
