//! Tells what happened in one sign-in, from any id of it or a pasted error message, and what to do next.
//!
//! ```text
//!  text ─▶ question ─▶ find ─▶ load ─▶ build (timeline, ruling, policies, surroundings, advice) ─▶ Story
//!                                                               Story ─▶ render (text) or serde (JSON)
//! ```
//! In: an [`Engine`] and what somebody pasted. Out: plain values ([`Answer`], [`Person`]), and their
//! text. A story says only what the records and the tables say: what they leave open stands in
//! `not_said`, and advice never tells anybody to approve a prompt. Never: writes, prints, looks at
//! the clock, decides an outcome (that is `signin::mfa`'s).

mod advice;
mod build;
mod clock;
mod find;
mod line;
mod load;
mod notes;
mod person;
mod policies;
mod question;
mod render;
mod risk;
mod rows;
mod ruling;
mod story;
mod surroundings;
mod timeline;
mod unsaid;

use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::signin::schema::Signin;
use crate::signin::tables::Tables;

pub use find::{Coverage, FoundAs};
pub use person::{Named, Person, Summary, person};
pub use question::Asked;
pub use render::{Look, answer_text, person_text};
pub use risk::{Risk, Why};
pub use story::{
    Advice, Answer, Before, CodeNote, Device, Event, EventKind, Ids, Line, Mfa, Place, Policy,
    Ruling, Signal, Story, What, Who,
};

/// Answers a question about ids with at most `limit` stories: those nearest to the time that the
/// message gives, else the first ones. Finding nothing is an answer, no error.
pub async fn explain(
    engine: &Engine,
    tables: &Tables,
    asked: Asked,
    limit: usize,
) -> Result<Answer> {
    let notes = build::CodeNotes(&tables.codes);
    let found = match asked.has_ids() {
        true => find::find(engine, &asked).await?,
        false => None,
    };
    let Some(found) = found else {
        return Ok(Answer {
            code: asked.code.map(|code| notes.note(code, None)),
            coverage: Some(find::coverage(engine, &asked).await?),
            asked,
            found_as: None,
            found_ids: Vec::new(),
            signins: Vec::new(),
            not_told: 0,
            notes: Vec::new(),
        });
    };
    let mut rows = load::signins_of(engine, &found.hits).await?;
    let all = rows.len();
    if all == 0 {
        let text = format!("record {} is in no sign-in", found.hits[0].id);
        return Err(Error::Internal(text));
    }
    if let Some(at) = asked.at {
        rows.sort_by_key(|row| notes::distance(row.started_at(), row.ended_at(), at));
    }
    rows.truncate(limit.max(1));
    rows.sort_by_key(|row| (row.started_at(), row.text(Signin::SigninId)));
    let not_told = all - rows.len();
    let mut signins = Vec::new();
    for row in rows {
        let loaded = load::load(engine, row).await?;
        let before = surroundings::before(engine, &loaded).await?;
        let later = surroundings::later(engine, &loaded).await?;
        signins.push(build::story(&loaded, tables, before, later));
    }
    let told = notes::notes(&asked, &found, &signins);
    Ok(Answer {
        asked,
        found_as: Some(found.by),
        found_ids: found.ids,
        signins,
        not_told,
        notes: told,
        code: None,
        coverage: None,
    })
}
