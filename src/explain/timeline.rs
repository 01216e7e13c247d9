//! Puts the steps and codes of a sign-in's records into one order of time.
//!
//! Records repeat steps: the completion shows the password step of the challenge again. A step that
//! an earlier record showed is told once. A record is dated by its first request, so its code is
//! told after its steps, without a time where a step is later than that date.

use super::build::CodeNotes;
use super::clock::time_of_day;
use super::load::Loaded;
use super::story::{Event, EventKind};
use crate::signin::aadsts::Kind;
use crate::signin::mfa::is_first_factor;
use crate::signin::results::{Word, word_of};
use crate::signin::row::{Row, Step};
use crate::signin::schema::{Record, Signin};

const SECOND_US: i64 = 1_000_000;

/// An event with what orders it.
struct Placed {
    order: (i64, usize, usize),
    event: Event,
}

/// The events in order; `evidence` is the place of the deciding record and the time of its evidence.
pub(super) fn timeline(
    loaded: &Loaded,
    codes: &CodeNotes<'_>,
    evidence: (usize, i64),
) -> Vec<Event> {
    let start = loaded.signin.started_at();
    let mut placed: Vec<Placed> = Vec::new();
    for (place, record) in loaded.records.iter().enumerate() {
        let earlier = placed.len();
        for (at, step) in record.steps.iter().enumerate() {
            let told = |p: &Placed| same_step(&p.event, step);
            if !placed[..earlier].iter().any(told) {
                let event = step_event(record, step, start);
                let when = step.step_at.unwrap_or(created(record));
                placed.push(Placed {
                    order: (when, place, at),
                    event,
                });
            }
        }
        let steps = record.steps.iter().filter_map(|s| s.step_at);
        let ends = steps.fold(created(record), i64::max);
        let event = code_event(loaded, place, codes, ends, start);
        placed.push(Placed {
            order: (ends, place, usize::MAX),
            event,
        });
    }
    placed.sort_by_key(|p| p.order);
    let mut events: Vec<Event> = placed.into_iter().map(|p| p.event).collect();
    mark(&mut events, loaded, evidence);
    events
}

fn created(record: &Row<'_>) -> i64 {
    record.time(Record::CreatedAt).unwrap_or(0)
}

fn same_step(event: &Event, step: &Step<'_>) -> bool {
    let second = |at: Option<i64>| at.map(|at| at.div_euclid(SECOND_US));
    event.kind == EventKind::Step
        && second(event.at) == second(step.step_at)
        && event.method.as_deref() == step.method.as_deref()
        && event.result.as_deref() == step.result_detail.as_deref()
}

fn offset(at: i64, start: i64) -> Option<f64> {
    Some((at - start) as f64 / 1e6)
}

fn step_event(record: &Row<'_>, step: &Step<'_>, start: i64) -> Event {
    let owned = |text: &Option<std::borrow::Cow<'_, str>>| {
        text.as_deref().filter(|t| !t.is_empty()).map(str::to_owned)
    };
    let (method, detail) = (owned(&step.method), owned(&step.method_detail));
    let result = owned(&step.result_detail);
    let first = is_first_factor(step);
    let word = step_word(step, first);
    let mut text = match (&method, first) {
        (Some(method), _) => method.clone(),
        (None, true) => "first factor".to_owned(),
        (None, false) => "second factor".to_owned(),
    };
    if let Some(detail) = detail {
        text.push_str(&format!(" ({detail})"));
    }
    match &result {
        Some(result) => text.push_str(&format!(": “{result}”")),
        None => text.push_str(": no result text"),
    }
    match step.succeeded {
        Some(true) => text.push_str(", succeeded"),
        Some(false) => text.push_str(", not succeeded"),
        None => {}
    }
    if first && word_of(result.as_deref().unwrap_or_default()) == Some(Word::Failed) {
        text.push_str(" (this is about the second factor that came later, not the password)");
    }
    Event {
        kind: EventKind::Step,
        at: step.step_at,
        offset_s: step.step_at.and_then(|at| offset(at, start)),
        word: word.to_owned(),
        text,
        record_id: record.text(Record::Id).unwrap_or_default().to_owned(),
        method,
        result: step.result_detail.as_deref().map(str::to_owned),
        succeeded: step.succeeded,
        code: None,
        decides: false,
    }
}

/// What a step shows, in one word; the flag beats the text of a second factor.
fn step_word(step: &Step<'_>, first: bool) -> &'static str {
    let text = step.result_detail.as_deref().unwrap_or_default();
    let word = if text.is_empty() {
        Some(Word::NoEvidence)
    } else {
        word_of(text)
    };
    let has_method = step.method.as_deref().is_some_and(|m| !m.is_empty());
    match word {
        Some(Word::SatisfiedByClaim) => "earlier MFA",
        Some(Word::RegistrationRequired) => "register",
        Some(Word::NotRequired) => "not needed",
        _ if first => "first factor",
        Some(Word::Passed) if step.succeeded == Some(false) && has_method => "failed",
        Some(Word::Passed) => "passed",
        Some(Word::NoEvidence) if text.is_empty() && step.succeeded == Some(true) && has_method => {
            "passed"
        }
        Some(Word::Denied) => "denied",
        Some(Word::WrongCode) => "wrong code",
        Some(Word::TimedOut) => "timed out",
        Some(Word::FraudReported) => "fraud report",
        Some(Word::Blocked) => "blocked",
        Some(Word::Failed) => "failed",
        Some(Word::Asked) => "asked",
        Some(Word::Superseded) => "replaced",
        Some(Word::NoEvidence) => "step",
        None => "unknown text",
    }
}

fn code_event(
    loaded: &Loaded,
    place: usize,
    codes: &CodeNotes<'_>,
    ends: i64,
    start: i64,
) -> Event {
    let record = &loaded.records[place];
    let code = record
        .int(Record::ErrorCode)
        .and_then(|c| i32::try_from(c).ok());
    let written = record.text(Record::FailureReason).map(str::to_owned);
    let (word, mut text) = match code {
        Some(0) => (
            "success".to_owned(),
            "code 0: a token was issued".to_owned(),
        ),
        Some(code) => {
            let note = codes.note(code, written);
            let title = note
                .title
                .or(note.written)
                .unwrap_or("not in the table".to_owned());
            let word = match codes.kind(code) {
                Kind::Interrupt => "asked",
                kind => kind.name(),
            };
            (word.to_owned(), format!("AADSTS{code}: {title}"))
        }
        None => (
            "no code".to_owned(),
            "the record carries no code".to_owned(),
        ),
    };
    let details = record.text(Record::AdditionalDetails).unwrap_or_default();
    let by_step = record
        .steps
        .iter()
        .any(|s| s.result_detail.as_deref() == Some(details));
    if !details.is_empty() && !by_step {
        text.push_str(&format!(". Status: “{details}”"));
    }
    if place > 0 {
        text.push_str(&moved(&loaded.records[place - 1], record));
    }
    let at = created(record);
    let told = (at == ends).then_some(at);
    if told.is_none() {
        text.push_str(&format!(" (record of {})", time_of_day(at)));
    }
    Event {
        kind: EventKind::Code,
        at: told,
        offset_s: told.and_then(|at| offset(at, start)),
        word,
        text,
        record_id: record.text(Record::Id).unwrap_or_default().to_owned(),
        method: None,
        result: (!details.is_empty()).then(|| details.to_owned()),
        succeeded: None,
        code,
        decides: false,
    }
}

/// What changed from one record to the next that somebody should notice.
fn moved(before: &Row<'_>, record: &Row<'_>) -> String {
    let mut text = String::new();
    for (column, name) in [
        (Record::IpAddress, "address"),
        (Record::AppDisplayName, "app"),
        (Record::DeviceId, "device"),
    ] {
        let (old, new) = (before.text(column), record.text(column));
        if let Some(new) = new.filter(|_| old.is_some() && old != new) {
            text.push_str(&format!("; {name} is now {new}"));
        }
    }
    text
}

/// Marks the event that the MFA outcome rests on: the last decisive step of that second, else the
/// code of that record.
fn mark(events: &mut [Event], loaded: &Loaded, (place, at): (usize, i64)) {
    const DECISIVE: [&str; 7] = [
        "passed",
        "denied",
        "wrong code",
        "timed out",
        "fraud report",
        "blocked",
        "failed",
    ];
    const TOLD: [&str; 3] = ["earlier MFA", "register", "not needed"];
    let second = at.div_euclid(SECOND_US);
    let id = loaded
        .records
        .get(place)
        .and_then(|row| row.text(Record::Id))
        .unwrap_or_default();
    let decisive = |e: &Event| {
        e.kind == EventKind::Step
            && DECISIVE.contains(&e.word.as_str())
            && e.at.is_some_and(|at| at.div_euclid(SECOND_US) == second)
    };
    let told = |e: &Event| e.record_id == id && TOLD.contains(&e.word.as_str());
    let code = |e: &Event| e.record_id == id && e.kind == EventKind::Code;
    let step = match loaded.signin.word(Signin::DecidedBy).as_str() {
        "last decisive step" => events.iter().rposition(decisive),
        "claim accepted" | "skipped" | "registration asked, nothing after it" => {
            events.iter().rposition(told)
        }
        _ => None,
    };
    let found = step.or_else(|| events.iter().rposition(code));
    if let Some(event) = found.and_then(|at| events.get_mut(at)) {
        event.decides = true;
    }
}
