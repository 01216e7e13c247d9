//! The integration tests, one binary: each extra one would link DataFusion again.

/// Log Analytics' tables, row by row as they were exported.
mod analytics;
/// Broken exports, each with the receipt a person expects.
mod broken;
/// The program itself, run as a user runs it.
mod cli;
/// Location risk against planted takeovers and journeys.
mod confusion;
/// Exports of every kind of damage: what is kept, what is rejected, what is said.
mod damage;
/// Days that do not fit, midnights, readers during a commit.
mod days;
/// The decoder against a plain one, field by field.
mod differential;
mod differential_mutants;
mod differential_slow;
/// Every export format, alone and together.
mod every_format;
/// Stories of single sign-ins, and lists of one person's, through the real binary.
mod explain;
/// Times as hand-made flows and exports write them.
mod flow_clock;
/// The short form in which flows are written by hand.
mod flow_file;
/// Running one of them, and every way in which it can differ.
mod flow_run;
/// Flows written by hand, each with the outcome a person expects.
mod flows;
/// What is forgotten is gone to the last byte, and does not come back.
mod forget;
/// Every export format and container, read to the same sign-ins.
mod formats;
/// Commands that look after a lake, and lakes that are not as they should be.
mod keeping;
/// Questions through kept columns and through files.
mod kept_columns;
/// A killed writer leaves the lake as before or as after.
mod kills;
/// Places judged by hand, and what must hold of any history.
mod location;
/// Damage of every kind, by seed, in every fixture: what must hold of any bytes.
mod mutations;
/// Records alone, and their sign-ins later.
mod only_records;
/// Steps that come without their record.
mod parts;
/// The prompt of `authlake sql`.
mod prompt;
/// What must hold for any records: merge and fold.
mod properties;
/// Saved queries: answers by hand, edges, planted events.
mod queries;
/// Listing, running, comparing, checking them, and the feed, through the real binary.
mod query_cli;
/// The short form in which their records and answers are written.
mod query_file;
/// Location risk in a lake, whatever the order of ingests.
mod scores;
/// An organisation's own settings, from the file to the decision.
mod settings;
/// Its own places, networks and points, from the file to the score.
mod settings_location;
/// SQL behaviour, in the files of `tests/slt`.
mod slt;
/// A lake that is fed bit by bit, and one of long ago.
mod small_ingests;
/// The layers and house rules of the source itself.
mod tidy;
/// Generated tenants against their planted truth.
mod truth;
/// People of an imported directory.
mod users;
