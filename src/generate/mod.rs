//! Makes believable sign-in exports of which the truth is known, to test the engine against.
//!
//! A scenario's truth is fixed before its records are written, and nothing of the rules under test
//! is used: this module knows only `crate::error` and a random-number crate. Read it in this order:
//!
//! - [`options`](Options), [`format`](Format): how large, how long, from which seed, as what
//! - `place`, `catalog`, `policy`, `tenant`: the world that records refer to
//! - `plan`, `sign_in`: one record to be written, one sign-in with its truth
//! - `scenario`: the list of scenarios; `everyday`, `challenge`, `refusal`, `retold`, `background`,
//!   `attack` and, with [`Options::incidents`], `incidents` play them
//! - `movement`: the kinds of movement and their shares, with [`Options::movement`]; `network`,
//!   `life`, `line`, `whereabouts`: addresses, journeys and scenes of people who move; `plot`, `stranger`,
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
//! With [`Options::movement`] people move, and the truth tells of each sign-in what its place is.
//! Shares are of the people of an export of 90 days; what happens once begins on the 16th day.
//!
//! | movement | what it is | share |
//! | --- | --- | --- |
//! | home | lines of home, office, café and carrier in the city where the person lives | the rest |
//! | commute | a carrier, seldom a home's provider, registered in other cities of the country, one or two of them; or, abroad, the carrier's at home | 15 % of telephones, 3 % of homes; 10 % of mobile sign-ins on a journey |
//! | vpn | a company's exit abroad, two of them with two addresses each; half of its users use it daily, a third begin late | 25 % |
//! | travel | 2-6 days in another city, out and back in no less than the distance at 700 km/h and 3 h | 30 % make 1-2 journeys, 3 of 5 to work |
//! | holiday_new_country | 6-14 days in a resort of a country never seen before | 2 of 5 journeys |
//! | new_device | the first 14 days with a new laptop, the first two sign-ins unmanaged | 12 % |
//! | night_owl | at home from 23 to 5 o'clock: by shift 3 %, one late evening 5 %, others by chance | a third |
//! | relocated | everything after a move for good | 2 % |
//! | takeover | a stranger with the right password in a country where the victim never is, by hosting or a home's line, half by night and half 3-40 min after the victim's own sign-in; also the spray's success and every prompt of the fatigue attack | 1 % |
//! | takeover_near | the same from another city of the country, by another provider | 1 % |
//! | impossible_travel | the right password 2,500 km and more from where the person signed in 6-80 min before, by neither exit nor carrier | 1 % |
//! | guess | a stranger with a wrong password | the spray |
//! | service | no person's: services and machines | - |
//!
//! One person in ten signs in rarely; 8 % join and 4 % leave within the export, 5 % change their
//! provider, 3 % are guests. Of the addresses of a week 3 % have a position of 0, 0, none, the
//! country alone, or nothing; of carriers' 9 %. On the day after a journey 40 % of silent records carry the
//! address of the token that they renew, and its kind.
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
mod incidents;
mod instant;
mod life;
mod line;
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
pub use truth::{FatigueFacts, IncidentFacts, SprayFacts, Truth};
