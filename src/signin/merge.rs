//! Merges copies of one record, field by field: a value beats null, lists are united.
//!
//! A copy shows a *state* of the record: code, details and steps. Distinct states form a set; the
//! leading one gives the status columns, the others are kept in `earlier_states`. Every part of the
//! result is a function of a set (of states) or a maximum (of values), so the merge is commutative,
//! associative and idempotent; `tests/properties.rs` holds it to that.
//! Which state leads: with a `received_at` on all of them the latest, each counted from its first
//! delivery (a re-delivered old state stays old); else completed over failed over interrupted, then
//! more steps, then byte order.
//!
//! A *part* of a record (a row of a portal's AuthDetails file: an id and a step, no event type)
//! completes a record but never says when it happened or how it ended.

use std::borrow::Cow;
use std::cmp::Ordering;

use serde::{Deserialize, Serialize};

use super::aadsts::CodeTable;
use super::row::{Cell, Row, Step};
use super::schema::Record;

/// Columns that belong to a state: the leading state's value stands.
const STATE_COLUMNS: [Record; 7] = [
    Record::FailureReason,
    Record::ResultSignature,
    Record::MfaAuthMethod,
    Record::MfaAuthDetail,
    Record::ConditionalAccessStatus,
    Record::AuthenticationRequirement,
    Record::SourceFormat,
];

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
struct StateStep(
    Option<i64>,
    Option<String>,
    Option<String>,
    Option<bool>,
    Option<String>,
    Option<String>,
    Option<i64>,
    Option<i64>,
);

/// One state of a record as a copy showed it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct State {
    /// Microseconds since 1970-01-01 UTC of the first delivery.
    received_at: Option<i64>,
    error_code: Option<i64>,
    additional_details: Option<String>,
    steps: Vec<StateStep>,
    /// The values of [`STATE_COLUMNS`], in their order.
    columns: [Option<String>; 7],
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    leads: bool,
}

impl State {
    fn of(row: &Row<'_>) -> Self {
        let mut state = Self {
            received_at: row.time(Record::ReceivedAt),
            error_code: row.int(Record::ErrorCode),
            additional_details: row.text(Record::AdditionalDetails).map(str::to_owned),
            steps: row.steps.iter().map(plain_step).collect(),
            columns: STATE_COLUMNS.map(|c| row.text(c).map(str::to_owned)),
            leads: false,
        };
        state.settle_part();
        state
    }

    /// The steps of parts are a set: they come in any order, some twice.
    fn settle_part(&mut self) {
        if self.is_part() {
            self.steps.sort_unstable();
            self.steps.dedup();
        }
    }

    fn same_as(&self, other: &Self) -> bool {
        let same = self.error_code == other.error_code
            && self.additional_details == other.additional_details
            && self.steps == other.steps;
        same || (self.is_part() && other.is_part())
    }

    /// Steps alone: no code, no text.
    fn is_part(&self) -> bool {
        self.error_code.is_none() && self.additional_details.is_none()
    }

    fn says_nothing_but_code(&self) -> bool {
        self.additional_details.is_none() && self.steps.is_empty()
    }

    fn absorb(&mut self, other: Self) {
        if self.is_part() {
            self.steps.extend(other.steps);
            self.settle_part();
        }
        self.received_at = match (self.received_at, other.received_at) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
        for (mine, theirs) in self.columns.iter_mut().zip(other.columns) {
            *mine = greater_text(mine.take(), theirs);
        }
    }

    fn rank(&self) -> impl Ord {
        let code = self.error_code.and_then(|c| i32::try_from(c).ok());
        let kind = code.map(|c| CodeTable::built_in().kind(c));
        let place = kind.map(|k| match k.name() {
            "success" => 3,
            "failure" => 2,
            "interrupt" => 1,
            _ => 0,
        });
        (
            place,
            self.steps.len(),
            self.error_code,
            self.additional_details.clone(),
            self.steps.clone(),
        )
    }
}

fn plain_step(step: &Step<'_>) -> StateStep {
    let own = |text: &Option<Cow<'_, str>>| text.as_deref().map(str::to_owned);
    StateStep(
        step.step_at,
        own(&step.method),
        own(&step.method_detail),
        step.succeeded,
        own(&step.result_detail),
        own(&step.requirement),
        step.status_sequence,
        step.request_sequence,
    )
}

fn full_step(step: &StateStep) -> Step<'static> {
    let own = |text: &Option<String>| text.clone().map(Cow::Owned);
    Step {
        step_at: step.0,
        method: own(&step.1),
        method_detail: own(&step.2),
        succeeded: step.3,
        result_detail: own(&step.4),
        requirement: own(&step.5),
        status_sequence: step.6,
        request_sequence: step.7,
    }
}

/// All states of a row: the one that leads it and those in `earlier_states`.
fn states_of(row: &Row<'_>) -> Vec<State> {
    let kept = row.text(Record::EarlierStates).unwrap_or("[]");
    let mut states: Vec<State> = serde_json::from_str(kept).unwrap_or_default();
    match states.iter_mut().find(|s| s.leads) {
        Some(leader) => leader.leads = false,
        None => states.push(State::of(row)),
    }
    states
}

fn unite_states(a: Vec<State>, b: Vec<State>) -> Vec<State> {
    let mut united: Vec<State> = Vec::new();
    for state in a.into_iter().chain(b) {
        match united.iter_mut().find(|s| s.same_as(&state)) {
            Some(same) => same.absorb(state),
            None => united.push(state),
        }
    }
    let codes: Vec<_> = united
        .iter()
        .filter(|s| !s.says_nothing_but_code())
        .map(|s| s.error_code)
        .collect();
    let keeps = |s: &State| !s.says_nothing_but_code() || s.columns.iter().any(Option::is_some);
    united.retain(|s| keeps(s) || !codes.contains(&s.error_code));
    let timed = united.iter().all(|s| s.received_at.is_some());
    united.sort_by(|x, y| {
        let covered = |s: &State| s.says_nothing_but_code() && codes.contains(&s.error_code);
        let by_cover =
            (x.error_code.is_none(), covered(x)).cmp(&(y.error_code.is_none(), covered(y)));
        let by_time = if timed {
            y.received_at.cmp(&x.received_at)
        } else {
            Ordering::Equal
        };
        by_cover.then(by_time).then_with(|| y.rank().cmp(&x.rank()))
    });
    united
}

/// Whether two states describe one step: exports write its time to the second or finer, and leave
/// out the sequence numbers.
fn same_step(a: &StateStep, b: &StateStep) -> bool {
    const SECOND_US: i64 = 1_000_000;
    let seq = |x: Option<i64>, y: Option<i64>| x.is_none() || y.is_none() || x == y;
    let time = match (a.0, b.0) {
        (Some(x), Some(y)) => {
            let coarse = x % SECOND_US == 0 || y % SECOND_US == 0;
            x == y || (coarse && x.div_euclid(SECOND_US) == y.div_euclid(SECOND_US))
        }
        (x, y) => x == y,
    };
    time && a.1 == b.1 && seq(a.6, b.6) && seq(a.7, b.7)
}

/// The steps of all states, the leading state's first. A step of a later state that describes the
/// same one is left out; each step stands for one of the other state at most, because a state can
/// hold two of one time and method.
fn unite_steps(states: &[State]) -> Vec<Step<'static>> {
    let mut united: Vec<StateStep> = Vec::new();
    for state in states {
        let mut free: Vec<usize> = (0..united.len()).collect();
        let mut new: Vec<&StateStep> = state.steps.iter().collect();
        // Equal results are paired first.
        for exact in [true, false] {
            new.retain(|step| {
                let fits = |held: &StateStep| same_step(held, step) && (!exact || held.4 == step.4);
                let place = free.iter().position(|i| fits(&united[*i]));
                place.map(|place| free.remove(place)).is_none()
            });
        }
        united.extend(new.into_iter().cloned());
    }
    if states.len() > 1 {
        united.sort_by_key(|s| (s.0, s.6, s.7));
    }
    united.iter().map(full_step).collect()
}

/// Which of two times of one event is to be believed, the greater one: the finer, else the earlier,
/// because what is not the event's own time is that of its arrival.
pub fn time_order(a: i64, b: i64) -> Ordering {
    (coarseness(b), b).cmp(&(coarseness(a), a))
}

fn greater_text(a: Option<String>, b: Option<String>) -> Option<String> {
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
pub fn merge(
    a: Row<'static>,
    b: Row<'static>,
    unite_policies: &mut dyn FnMut(i64, i64) -> i64,
) -> Row<'static> {
    let states = unite_states(states_of(&a), states_of(&b));
    let policies = match (a.int(Record::PolicySetId), b.int(Record::PolicySetId)) {
        (Some(x), Some(y)) if x != y => Some(unite_policies(x, y)),
        (x, y) => x.or(y),
    };
    let times = (a.is_part(), b.is_part());
    let mut merged = a;
    for (place, theirs) in b.cells().iter().enumerate() {
        let column = Record::ALL[place];
        let mine = std::mem::take(&mut merged.cells_mut()[place]);
        let theirs = theirs.clone();
        merged.cells_mut()[place] = match (column, times) {
            (Record::CreatedAt, (false, true)) => mine,
            (Record::CreatedAt, (true, false)) => theirs,
            (Record::Extra, _) => unite_extra(mine, theirs),
            _ => greater_cell(column, mine, theirs),
        };
    }
    merged.set(Record::PolicySetId, policies.map_or(Cell::Null, Cell::Int));
    lead(&mut merged, states);
    merged
}

/// Writes the leading state's columns and the other states into the row.
fn lead(row: &mut Row<'static>, mut states: Vec<State>) {
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
