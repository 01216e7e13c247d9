//! Makes believable sign-in exports of which the truth is known, to test the engine against.
//!
//! A scenario's truth is fixed before its records are written, and nothing of the rules under test
//! is used: this module knows only `crate::error` and a random-number crate. Read it in this order:
//!
//! - [`options`](Options), [`format`](Format): how large, how long, from which seed, as what
//! - `place`, `catalog`, `policy`, `tenant`: the world that records refer to
//! - `plan`, `sign_in`: one record to be written, one sign-in with its truth
//! - `scenario`: the list of scenarios; `everyday`, `challenge`, `refusal`, `retold`, `background`,
//!   `attack` play them
//! - `movement`: the kinds of movement and their shares, with [`Options::movement`]; `network`,
//!   `life`, `whereabouts`: addresses, journeys and scenes of people who move; `plot`, `stranger`,
//!   `act`: what is planted for them
//! - `draw`: what happens in each hour; `desk`: what waits for delivery
//! - `envelope`, `record`, `service`, `value`: diagnostic JSON; `export`: every other format
//! - `stream`: hour by hour to the writer
//! - `carries`, `tally`, [`truth`](Truth): what is true of the export, as its format can tell
//!
//! One seed gives the same tenants, people, records and ids in every format. Late copies, second
//! states and split policy lists are rows of `azure_monitor` and `event_hub`; all other formats
//! hold each record once, in its final state, because the services behind them do.
//!
//! Never: reads a clock, computes truth from text, holds an export in memory.

mod act;
mod attack;
mod background;
mod carries;
mod catalog;
mod challenge;
mod desk;
mod dice;
mod draw;
mod envelope;
mod everyday;
mod export;
mod format;
mod instant;
mod life;
mod machine;
mod movement;
mod network;
mod options;
mod place;
mod plan;
mod plot;
mod policy;
mod record;
mod refusal;
mod retold;
mod scenario;
mod service;
mod sign_in;
mod stranger;
mod stream;
mod tally;
mod tenant;
#[cfg(test)]
mod tests;
mod text;
mod truth;
mod value;
mod whereabouts;

pub use format::{Format, Layout, PortalColumns};
pub use options::{DAYS_MAX, DEFAULT_START, Day, Options, POLICIES_MAX, USERS_MAX};
pub use stream::{generate, generate_folder};
pub use truth::{FatigueFacts, SprayFacts, Truth};
