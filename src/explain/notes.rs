//! Compares what was pasted with what was found, so that the wrong sign-in is not taken for the right one.

use super::clock::{span, to_second};
use super::find::{Found, FoundAs};
use super::question::Asked;
use super::story::Story;

/// How far the time of a message may lie from its sign-in before it is told: 15 minutes.
const NEAR_US: i64 = 15 * 60 * 1_000_000;

/// Microseconds between a time and a span of times; 0 within it.
pub(super) fn distance(from: i64, to: i64, at: i64) -> i64 {
    (from - at).max(at - to).max(0)
}

/// What is worth knowing about question and answer together.
pub(super) fn notes(asked: &Asked, found: &Found, stories: &[Story]) -> Vec<String> {
    let mut notes = Vec::new();
    of_ids(asked, found, stories, &mut notes);
    of_time(asked, stories, &mut notes);
    if let Some(code) = asked.code {
        let has = |story: &Story| story.timeline.iter().any(|event| event.code == Some(code));
        if !stories.is_empty() && !stories.iter().any(has) {
            notes.push(format!(
                "The message names AADSTS{code}, but no record told here carries it: the message can be of another attempt."
            ));
        }
    }
    if found.cut {
        let name = found.by.name();
        notes.push(format!(
            "More than {} records carry this {name}; only the first were looked at.",
            found.hits.len()
        ));
    }
    notes
}

fn of_ids(asked: &Asked, found: &Found, stories: &[Story], notes: &mut Vec<String>) {
    let by = found.by;
    let named = found.ids.join(", ");
    if by != FoundAs::RecordId && !asked.request_ids.is_empty() {
        notes.push(format!(
            "No record has the request id {}. Found by {} {named} instead: that can be another attempt of the same flow.",
            asked.request_ids.join(", "), by.name()
        ));
    } else if by != FoundAs::RecordId {
        notes.push(format!("Found by {} {named}.", by.name()));
    }
    if by == FoundAs::CorrelationId && stories.len() > 1 {
        notes.push("Several sign-ins carry this correlation id. The client chooses it, so they need not belong together.".to_owned());
    }
    if by == FoundAs::RecordId && !asked.request_ids.is_empty() {
        let same = |id: &&String| {
            let of = |story: &Story| {
                story
                    .ids
                    .correlation_id
                    .as_deref()
                    .is_some_and(|held| held.eq_ignore_ascii_case(id))
            };
            stories.iter().any(of)
        };
        let others: Vec<&String> = asked
            .correlation_ids
            .iter()
            .filter(|id| !same(id))
            .collect();
        if let Some(other) = others.first() {
            notes.push(format!("The message gives the correlation id {other}, which is not that of the record it names."));
        }
    }
}

fn of_time(asked: &Asked, stories: &[Story], notes: &mut Vec<String>) {
    let Some(at) = asked.at else {
        return;
    };
    let nearest = stories
        .iter()
        .min_by_key(|s| distance(s.started_at, s.ended_at, at));
    let Some(nearest) = nearest else {
        return;
    };
    let away = distance(nearest.started_at, nearest.ended_at, at);
    if away > NEAR_US {
        notes.push(format!(
            "The message is of {}, {} away from the sign-in: it can be of another attempt.",
            to_second(at),
            span(away)
        ));
    } else if stories.len() > 1 {
        notes.push(format!(
            "Nearest to the time of the message is sign-in {}.",
            nearest.signin_id
        ));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances() {
        assert_eq!([0, 15, 25].map(|at| distance(10, 20, at)), [10, 0, 5]);
    }
}
