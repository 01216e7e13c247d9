//! Makes believable sign-in exports of which the truth is known, to test the engine against.
//!
//! A scenario's truth is fixed before its records are written, and nothing of the rules under test
//! is used: this module knows only `crate::error` and a random-number crate. Read it in this order:
//!
//! - [`options`](Options): how large, how long, from which seed
//! - `place`, `catalog`, `policy`, `tenant`: the world that records refer to
//! - `plan`, `sign_in`: one record to be written, one sign-in with its truth
//! - `scenario`: the list of scenarios; `everyday`, `challenge`, `refusal`, `retold`, `background`,
//!   `attack` play them
//! - `draw`: what happens in each hour; `desk`: what waits for delivery
//! - `envelope`, `record`, `service`: the JSON; `stream`: hour by hour to the writer
//! - `tally`, [`truth`](Truth): what is true of the export
//!
//! Never: reads a clock or the environment, computes truth from text, holds an export in memory.

mod attack;
mod background;
mod catalog;
mod challenge;
mod desk;
mod dice;
mod draw;
mod envelope;
mod everyday;
mod instant;
mod options;
mod place;
mod plan;
mod policy;
mod record;
mod refusal;
mod retold;
mod scenario;
mod service;
mod sign_in;
mod stream;
mod tally;
mod tenant;
#[cfg(test)]
mod tests;
mod text;
mod truth;

pub use options::{DAYS_MAX, DEFAULT_START, Day, Options, POLICIES_MAX, USERS_MAX};
pub use stream::generate;
pub use truth::{FatigueFacts, SprayFacts, Truth};
