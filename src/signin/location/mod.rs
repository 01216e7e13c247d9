//! Judges how unusual and how dangerous the place of a sign-in is, with every reason and its points.
//!
//! Two parts: [`stateless`] looks at one row, [`UserHistory`] also at what the same user did
//! before and at facts of the tenant from closed days. The reasons always add up to the points.
//! [`Scorer`] does so for whole batches of `signins`, day after day.
//! What is missing (no country, coordinates 0,0, a private address, a device of which nothing is
//! known) is never evidence.

mod fingerprint;
mod history;
mod place;
mod score;
mod scorer;
mod seen;
mod settings;
mod sheet;
mod signals;
mod stay;
mod tenant;

pub use history::{Scored, UserHistory};
pub use place::Country;
pub use score::{Level, Reason, Score};
pub use scorer::{LEARNED_SCHEMA, SCORE_COLUMNS, Scorer, user_hashes};
pub use settings::{AsnKind, NamedNetwork, NetworkUse, Settings};
pub use signals::{RowFacts, SignInFacts, stateless};
pub use tenant::{TenantDay, TenantFacts};
