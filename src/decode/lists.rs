//! Reads the nested lists of a sign-in: authentication steps and Conditional Access policies.

use std::borrow::Cow;

use super::habits::Habits;
use super::json::{Table, walk, walk_each};
use super::raw::{elements, string};
use super::target::{Sink, StepField, Target, boolean, int, says_nothing, text};
use super::timestamp::{self, Clock};
use crate::signin::policy::{Policy, condition_names, own_key};
use crate::signin::row::Step;

/// Keys are told apart by name here; the targets only mark them as known.
const NO_TABLE: Table = &[];

struct Keys<'f>(&'f mut dyn FnMut(&str, Cow<'_, str>));

impl<'de> Sink<'de> for Keys<'_> {
    fn known(&mut self, _: &Target, _: &'static str, _: Cow<'de, str>) {}

    fn unknown(&mut self, _: &str, key: &str, raw: Cow<'de, str>) {
        (self.0)(key, raw);
    }
}

/// Hears each key of an object; PowerShell's PascalCase comes as camelCase.
pub(super) fn each_key(raw: &str, mut f: impl FnMut(&str, Cow<'_, str>)) -> bool {
    let mut heard = |key: &str, raw: Cow<'_, str>| match key.as_bytes() {
        [first @ b'A'..=b'Z', ..] => {
            let first = char::from(first.to_ascii_lowercase());
            f(&format!("{first}{}", &key[1..]), raw);
        }
        _ => f(key, raw),
    };
    walk(raw, NO_TABLE, &mut Keys(&mut heard)).is_ok()
}

fn owned(raw: Cow<'_, str>) -> Option<String> {
    text(raw)
        .map(Cow::into_owned)
        .filter(|t| !t.is_empty() && t != "null")
}

/// Steps of one record that are kept; real records hold a handful.
const STEPS_MAX: usize = 1000;

/// A step as Graph names its keys, in the order in which logs write them.
const STEP: Table = &[
    (
        "authenticationStepDateTime",
        Target::StepField(StepField::At),
    ),
    ("authenticationMethod", Target::StepField(StepField::Method)),
    (
        "authenticationMethodDetail",
        Target::StepField(StepField::MethodDetail),
    ),
    ("succeeded", Target::StepField(StepField::Succeeded)),
    (
        "authenticationStepResultDetail",
        Target::StepField(StepField::ResultDetail),
    ),
    (
        "authenticationStepRequirement",
        Target::StepField(StepField::Requirement),
    ),
    (
        "statusSequence",
        Target::StepField(StepField::StatusSequence),
    ),
    (
        "requestSequence",
        Target::StepField(StepField::RequestSequence),
    ),
    // So in diagnostic logs.
    (
        "StatusSequence",
        Target::StepField(StepField::StatusSequence),
    ),
    (
        "RequestSequence",
        Target::StepField(StepField::RequestSequence),
    ),
];

/// The steps of `authenticationDetails`, at most [`STEPS_MAX`]; `None` where the value is no list.
/// What has no column, or does not fit it, is handed to `unknown` with its place: `[1].key`.
pub(super) fn steps<'de>(
    raw: &'de str,
    habits: &mut Habits,
    unknown: &mut dyn FnMut(String, Cow<'_, str>),
) -> Option<Vec<Step<'de>>> {
    let sound = walk_each::<OneStep<'de>>(raw, STEP, habits);
    let Some(sound) = sound.filter(|sound| sound.len() <= STEPS_MAX) else {
        return each_step(raw, unknown);
    };
    let mut steps = Vec::with_capacity(sound.len());
    for (place, found) in sound.into_iter().enumerate() {
        steps.push(found.step(place, unknown));
    }
    Some(steps)
}

/// The same of a list that is damaged, empty or too long.
fn each_step<'de>(
    raw: &'de str,
    unknown: &mut dyn FnMut(String, Cow<'_, str>),
) -> Option<Vec<Step<'de>>> {
    let elements = elements(raw)?;
    let count = elements.len();
    let mut steps = Vec::with_capacity(count.min(STEPS_MAX));
    for (place, element) in elements.into_iter().take(STEPS_MAX).enumerate() {
        let mut found = OneStep::default();
        if walk(element, STEP, &mut found).is_ok() {
            steps.push(found.step(place, unknown));
        } else {
            unknown(format!("[{place}]"), Cow::Borrowed(element));
        }
    }
    if count > STEPS_MAX {
        unknown(".count".to_owned(), Cow::Owned(count.to_string()));
    }
    Some(steps)
}

/// What a walk over one step found.
#[derive(Default)]
struct OneStep<'de> {
    step: Step<'de>,
    /// Keys that have no field, or do not fit theirs.
    odd: Vec<(String, Cow<'de, str>)>,
}

impl<'de> OneStep<'de> {
    /// The step at a place of its list; the rest is handed to `unknown`.
    fn step(self, place: usize, unknown: &mut dyn FnMut(String, Cow<'_, str>)) -> Step<'de> {
        for (key, raw) in self.odd {
            unknown(format!("[{place}].{key}"), raw);
        }
        self.step
    }
}

impl<'de> Sink<'de> for OneStep<'de> {
    fn known(&mut self, target: &Target, key: &'static str, raw: Cow<'de, str>) {
        let Target::StepField(field) = target else {
            return;
        };
        let says = text(raw.clone()).filter(|t| !t.is_empty() && t != "null");
        let fits = says.is_some_and(|t| fill_step(&mut self.step, *field, t, timestamp::LOGS));
        if !fits {
            self.unknown("", key, raw);
        }
    }

    fn unknown(&mut self, _: &str, key: &str, raw: Cow<'de, str>) {
        if !says_nothing(&raw) {
            let mut key = key.to_owned();
            if let Some(first) = key.get_mut(..1) {
                first.make_ascii_lowercase();
            }
            self.odd.push((key, raw));
        }
    }
}

/// Fills a field of a step; false where the text does not fit it.
pub(super) fn fill_step<'de>(
    step: &mut Step<'de>,
    field: StepField,
    text: Cow<'de, str>,
    clock: Clock,
) -> bool {
    let put = |place: &mut Option<Cow<'de, str>>, text| {
        *place = Some(text);
        true
    };
    match field {
        StepField::At => {
            step.step_at = timestamp::parse_by(&text, clock);
            step.step_at.is_some()
        }
        StepField::Succeeded => {
            step.succeeded = boolean(&text);
            step.succeeded.is_some()
        }
        StepField::StatusSequence => {
            step.status_sequence = int(&text);
            step.status_sequence.is_some()
        }
        StepField::RequestSequence => {
            step.request_sequence = int(&text);
            step.request_sequence.is_some()
        }
        StepField::Method => put(&mut step.method, text),
        StepField::MethodDetail => put(&mut step.method_detail, text),
        StepField::ResultDetail => put(&mut step.result_detail, text),
        StepField::Requirement => put(&mut step.requirement, text),
    }
}

fn names(raw: &str) -> Vec<String> {
    let elements = elements(raw).unwrap_or_default();
    let texts = elements.into_iter().map(Cow::Borrowed);
    texts.filter_map(owned).collect()
}

/// Condition names from either form: `"application,users"` or the bit mask 3.
fn conditions(raw: Cow<'_, str>) -> Option<String> {
    if raw.starts_with('"') {
        let words = string(raw)?;
        return words.trim().parse().map(condition_names).ok().or_else(|| {
            let words: Vec<&str> = words.split(',').map(str::trim).collect();
            Some(words.join(",")).filter(|words| !words.is_empty())
        });
    }
    raw.parse().ok().map(condition_names)
}

/// The policies of `appliedConditionalAccessPolicies`; `None` where the value is not a list of
/// objects.
pub(super) fn policies(raw: &str) -> Option<Vec<Policy>> {
    let mut policies = Vec::new();
    for element in elements(raw)? {
        let mut policy = Policy {
            raw: element.to_string(),
            ..Policy::default()
        };
        let whole = each_key(element, |key, raw| match own_key(key).unwrap_or(key) {
            "id" => policy.id = owned(raw).unwrap_or_default(),
            "displayName" => policy.display_name = owned(raw),
            "result" => policy.result = owned(raw),
            "enforcedGrantControls" => policy.grant_controls = names(&raw),
            "enforcedSessionControls" => policy.session_controls = names(&raw),
            "conditionsSatisfied" => policy.conditions_satisfied = conditions(raw),
            "conditionsNotSatisfied" => policy.conditions_not_satisfied = conditions(raw),
            _ => {}
        });
        if !whole {
            return None;
        }
        policies.push(policy);
    }
    Some(policies)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_step_cannot_hold_is_handed_out_with_its_place() {
        let mut odd = Vec::new();
        let raw = r#"[{"authenticationMethod":"Password","x":1},5,{"x":2,"succeeded":"maybe",
            "authenticationStepDateTime":"soon","StatusSequence":null}]"#;
        let mut habits = Habits::default();
        let steps = steps(raw, &mut habits, &mut |key, raw| {
            odd.push(format!("{key}={raw}"))
        })
        .expect("steps");
        assert_eq!(steps.len(), 2);
        assert_eq!(
            odd,
            [
                "[0].x=1",
                "[1]=5",
                "[2].x=2",
                "[2].succeeded=\"maybe\"",
                "[2].authenticationStepDateTime=\"soon\""
            ]
        );
    }

    #[test]
    fn a_thousand_steps_are_kept() {
        let raw = format!("[{}]", vec!["{}"; STEPS_MAX + 5].join(","));
        let mut odd = Vec::new();
        let mut habits = Habits::default();
        let steps = steps(&raw, &mut habits, &mut |key, raw| {
            odd.push(format!("{key}={raw}"))
        })
        .expect("steps");
        assert_eq!(
            (steps.len(), odd.as_slice()),
            (STEPS_MAX, &[".count=1005".to_owned()][..])
        );
    }
}
