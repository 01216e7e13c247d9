//! Merges copies of one record, field by field: a value beats null, lists are united.
//!
//! Every part of the result is a function of a set (of the states in `state`) or a maximum (of
//! values), so the merge is commutative, associative and idempotent; `tests/properties.rs` holds it
//! to that. The leading state gives the status columns, the others are kept in `earlier_states`.
//!
//! A *part* of a record (a row of a portal's AuthDetails file: an id and a step, no event type)
//! completes a record but never says when it happened or how it ended.

use std::borrow::Cow;
use std::cmp::Ordering;

use super::row::{Cell, Row};
use super::schema::Record;
use super::state::{
    STATE_COLUMNS, State, StateStep, plain_step, states_of, unite_states, unite_steps,
};

/// Which of two times of one event is to be believed, the greater one: the finer, else the earlier,
/// because what is not the event's own time is that of its arrival.
pub fn time_order(a: i64, b: i64) -> Ordering {
    (coarseness(b), b).cmp(&(coarseness(a), a))
}

pub(super) fn greater_text(a: Option<String>, b: Option<String>) -> Option<String> {
    match (a, b) {
        (Some(a), Some(b)) => Some(if text_order(&a, &b) == Ordering::Less {
            b
        } else {
            a
        }),
        (a, b) => a.or(b),
    }
}

fn text_order(a: &str, b: &str) -> Ordering {
    (a.len(), a).cmp(&(b.len(), b))
}

/// Trailing zeros of a time in microseconds: the fewer, the finer the export wrote it.
fn coarseness(at: i64) -> u32 {
    (1..=6).take_while(|n| at % 10_i64.pow(*n) == 0).count() as u32
}

/// One JSON object with the keys of both; where both hold a key, the greater text stands.
fn unite_extra<'a>(a: Cell<'a>, b: Cell<'a>) -> Cell<'a> {
    let (Cell::Text(x), Cell::Text(y)) = (&a, &b) else {
        return if a.is_null() { b } else { a };
    };
    if x == y {
        return a;
    }
    type Object = std::collections::BTreeMap<String, Box<serde_json::value::RawValue>>;
    let (Ok(mut united), Ok(more)) = (
        serde_json::from_str::<Object>(x),
        serde_json::from_str::<Object>(y),
    ) else {
        return greater_cell(Record::Extra, a, b);
    };
    for (key, raw) in more {
        match united.entry(key) {
            std::collections::btree_map::Entry::Vacant(free) => drop(free.insert(raw)),
            std::collections::btree_map::Entry::Occupied(mut held) => {
                if text_order(held.get().get(), raw.get()) == Ordering::Less {
                    held.insert(raw);
                }
            }
        }
    }
    serde_json::to_string(&united).map_or(a, |text| Cell::Text(Cow::Owned(text)))
}

fn greater_cell<'a>(column: Record, a: Cell<'a>, b: Cell<'a>) -> Cell<'a> {
    let order = match (&a, &b) {
        (_, Cell::Null) => Ordering::Greater,
        (Cell::Null, _) => Ordering::Less,
        (Cell::Text(x), Cell::Text(y)) => match column {
            Record::RiskLevelAggregated | Record::RiskLevelDuringSignIn => {
                (risk_order(x), &**x).cmp(&(risk_order(y), y))
            }
            Record::EventType => (event_order(x), &**x).cmp(&(event_order(y), y)),
            _ => text_order(x, y),
        },
        (Cell::Time(x), Cell::Time(y)) => time_order(*x, *y),
        (Cell::Int(x), Cell::Int(y)) => x.cmp(y),
        (Cell::Float(x), Cell::Float(y)) => x.total_cmp(y),
        (Cell::Bool(x), Cell::Bool(y)) => x.cmp(y),
        _ => Ordering::Greater,
    };
    if order == Ordering::Less { b } else { a }
}

fn event_order(event_type: &str) -> usize {
    let types = [
        "unknown",
        "interactiveUser",
        "nonInteractiveUser",
        "servicePrincipal",
        "managedIdentity",
        "adfs",
    ];
    types
        .iter()
        .position(|t| *t == event_type)
        .map_or(0, |p| p + 1)
}

fn risk_order(level: &str) -> usize {
    let levels = ["hidden", "none", "low", "medium", "high"];
    levels.iter().position(|l| *l == level).map_or(0, |p| p + 1)
}

/// Merges two copies of one record. `unite_policies` gives the key of the union of two policy
/// lists.
pub fn merge<'a>(
    a: Row<'a>,
    mut b: Row<'a>,
    unite_policies: &mut dyn FnMut(i64, i64) -> i64,
) -> Row<'a> {
    let states = unite_states(states_of(&a), states_of(&b));
    let policies = match (a.int(Record::PolicySetId), b.int(Record::PolicySetId)) {
        (Some(x), Some(y)) if x != y => Some(unite_policies(x, y)),
        (x, y) => x.or(y),
    };
    let times = (a.is_part(), b.is_part());
    let mut merged = a;
    for column in Record::ALL.iter().copied() {
        let theirs = b.take(column);
        if theirs.is_null() {
            continue;
        }
        let mine = merged.take(column);
        let cell = match (column, times) {
            (Record::CreatedAt, (false, true)) => mine,
            (Record::CreatedAt, (true, false)) => theirs,
            (Record::Extra, _) => unite_extra(mine, theirs),
            _ => greater_cell(column, mine, theirs),
        };
        merged.set(column, cell);
    }
    merged.set(Record::PolicySetId, policies.map_or(Cell::Null, Cell::Int));
    lead(&mut merged, states);
    merged
}

/// Writes the leading state's columns and the other states into the row.
fn lead(row: &mut Row<'_>, mut states: Vec<State>) {
    row.steps = unite_steps(&states);
    let united: Vec<StateStep> = row.steps.iter().map(plain_step).collect();
    let Some(leader) = states.first().cloned() else {
        return;
    };
    let text = |text: Option<String>| text.map_or(Cell::Null, |t| Cell::Text(Cow::Owned(t)));
    row.set(
        Record::ReceivedAt,
        leader.received_at.map_or(Cell::Null, Cell::Time),
    );
    row.set(
        Record::ErrorCode,
        leader.error_code.map_or(Cell::Null, Cell::Int),
    );
    row.set(
        Record::AdditionalDetails,
        text(leader.additional_details.clone()),
    );
    let mut filled = false;
    let same_code = || states.iter().filter(|s| s.error_code == leader.error_code);
    for (place, column) in STATE_COLUMNS.into_iter().enumerate() {
        let mut value = leader.columns[place].clone();
        if value.is_none() {
            value = same_code().fold(None, |v, s| greater_text(v, s.columns[place].clone()));
            filled |= value.is_some();
        }
        row.set(column, text(value));
    }
    if leader.additional_details.is_none() {
        let other = same_code().fold(None, |v, s| greater_text(v, s.additional_details.clone()));
        filled |= other.is_some();
        row.set(Record::AdditionalDetails, text(other));
    }
    if leader.steps == united && !filled {
        states.remove(0);
    } else {
        states[0].leads = true;
    }
    let kept = (!states.is_empty()).then(|| serde_json::to_string(&states).unwrap_or_default());
    row.set(Record::EarlierStates, text(kept));
}
