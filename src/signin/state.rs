//! The states of a record: what its copies showed of code, details and steps, and which one leads.
//!
//! States form a set, so that the order in which copies meet does not matter. Which state leads:
//! with a `received_at` on all of them the latest, each counted from its first delivery (a
//! re-delivered old state stays old); else completed over failed over interrupted, then more steps,
//! then byte order.

use std::borrow::Cow;
use std::cmp::Ordering;

use serde::{Deserialize, Serialize};

use super::aadsts::CodeTable;
use super::merge::greater_text;
use super::row::{Row, Step};
use super::schema::Record;

/// Columns that belong to a state: the leading state's value stands.
pub(super) const STATE_COLUMNS: [Record; 7] = [
    Record::FailureReason,
    Record::ResultSignature,
    Record::MfaAuthMethod,
    Record::MfaAuthDetail,
    Record::ConditionalAccessStatus,
    Record::AuthenticationRequirement,
    Record::SourceFormat,
];

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) struct StateStep(
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
pub(super) struct State {
    /// Microseconds since 1970-01-01 UTC of the first delivery.
    pub(super) received_at: Option<i64>,
    pub(super) error_code: Option<i64>,
    pub(super) additional_details: Option<String>,
    pub(super) steps: Vec<StateStep>,
    /// The values of [`STATE_COLUMNS`], in their order.
    pub(super) columns: [Option<String>; 7],
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) leads: bool,
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

pub(super) fn plain_step(step: &Step<'_>) -> StateStep {
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

pub(super) fn full_step(step: &StateStep) -> Step<'static> {
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
pub(super) fn states_of(row: &Row<'_>) -> Vec<State> {
    let kept = row.text(Record::EarlierStates).unwrap_or("[]");
    let mut states: Vec<State> = serde_json::from_str(kept).unwrap_or_default();
    match states.iter_mut().find(|s| s.leads) {
        Some(leader) => leader.leads = false,
        None => states.push(State::of(row)),
    }
    states
}

pub(super) fn unite_states(a: Vec<State>, b: Vec<State>) -> Vec<State> {
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
pub(super) fn unite_steps(states: &[State]) -> Vec<Step<'static>> {
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
