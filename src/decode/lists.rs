//! Reads the nested lists of a sign-in: authentication steps and Conditional Access policies.

use std::borrow::Cow;

use super::json::{Table, elements, string, walk};
use super::target::{Sink, Target, boolean, int, says_nothing, text};
use super::timestamp;
use crate::signin::policy::{Policy, condition_names};
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
fn each_key(raw: &str, mut f: impl FnMut(&str, Cow<'_, str>)) -> bool {
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

/// The steps of `authenticationDetails`, at most [`STEPS_MAX`]; `None` where the value is no list.
/// What has no column, or does not fit it, is handed to `unknown` with its place: `[1].key`.
pub(super) fn steps(
    raw: &str,
    unknown: &mut dyn FnMut(String, Cow<'_, str>),
) -> Option<Vec<Step<'static>>> {
    let elements = elements(raw)?;
    let count = elements.len();
    let mut steps = Vec::with_capacity(count.min(STEPS_MAX));
    for (place, element) in elements.iter().take(STEPS_MAX).enumerate() {
        let mut odd = Vec::new();
        match step(element, &mut |key, raw| {
            odd.push((key.to_owned(), raw.into_owned()))
        }) {
            Some(step) => {
                steps.push(step);
                for (key, raw) in odd {
                    unknown(format!("[{place}].{key}"), Cow::Owned(raw));
                }
            }
            None => unknown(format!("[{place}]"), Cow::Borrowed(*element)),
        }
    }
    if count > STEPS_MAX {
        unknown(".count".to_owned(), Cow::Owned(count.to_string()));
    }
    Some(steps)
}

/// One step; `None` where the value is no object.
fn step(raw: &str, unknown: &mut dyn FnMut(&str, Cow<'_, str>)) -> Option<Step<'static>> {
    let mut step = Step::default();
    let whole = each_key(raw, |key, raw| {
        if says_nothing(&raw) {
            return;
        }
        let fits = match key {
            "authenticationStepDateTime" => {
                step.step_at = text(raw.clone()).and_then(|t| timestamp::parse(&t));
                step.step_at.is_some()
            }
            "authenticationMethod" => put(&mut step.method, &raw),
            "authenticationMethodDetail" => put(&mut step.method_detail, &raw),
            "succeeded" => {
                step.succeeded = boolean(&raw);
                step.succeeded.is_some()
            }
            "authenticationStepResultDetail" => put(&mut step.result_detail, &raw),
            "authenticationStepRequirement" => put(&mut step.requirement, &raw),
            "statusSequence" => {
                step.status_sequence = int(&raw);
                step.status_sequence.is_some()
            }
            "requestSequence" => {
                step.request_sequence = int(&raw);
                step.request_sequence.is_some()
            }
            _ => false,
        };
        if !fits {
            unknown(key, raw);
        }
    });
    whole.then_some(step)
}

/// Fills a text of a step; false where the value is no text.
fn put(place: &mut Option<Cow<'static, str>>, raw: &str) -> bool {
    *place = owned(Cow::Borrowed(raw)).map(Cow::Owned);
    place.is_some()
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
            Some(words.join(","))
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
        let whole = each_key(element, |key, raw| match key {
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
        let steps = steps(raw, &mut |key, raw| odd.push(format!("{key}={raw}"))).expect("steps");
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
        let steps = steps(&raw, &mut |key, raw| odd.push(format!("{key}={raw}"))).expect("steps");
        assert_eq!(
            (steps.len(), odd.as_slice()),
            (STEPS_MAX, &[".count=1005".to_owned()][..])
        );
    }
}
