//! Reads the nested lists of a sign-in: authentication steps and Conditional Access policies.

use std::borrow::Cow;

use super::json::{Table, elements, string, walk};
use super::target::{Sink, Target, boolean, int, text};
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

fn each_key(raw: &str, mut f: impl FnMut(&str, Cow<'_, str>)) -> bool {
    walk(raw, NO_TABLE, &mut Keys(&mut f)).is_ok()
}

fn owned(raw: Cow<'_, str>) -> Option<String> {
    text(raw)
        .map(Cow::into_owned)
        .filter(|t| !t.is_empty() && t != "null")
}

/// The steps of `authenticationDetails`; `None` where the value is not a list of objects. Keys of
/// a step that have no column are handed to `unknown`.
pub(super) fn steps(
    raw: &str,
    unknown: &mut dyn FnMut(&str, Cow<'_, str>),
) -> Option<Vec<Step<'static>>> {
    let mut steps = Vec::new();
    for element in elements(raw)? {
        let mut step = Step::default();
        let whole = each_key(&element, |key, raw| match key {
            "authenticationStepDateTime" => {
                step.step_at = text(raw).and_then(|t| timestamp::parse(&t));
            }
            "authenticationMethod" => step.method = owned(raw).map(Cow::Owned),
            "authenticationMethodDetail" => step.method_detail = owned(raw).map(Cow::Owned),
            "succeeded" => step.succeeded = boolean(&raw),
            "authenticationStepResultDetail" => step.result_detail = owned(raw).map(Cow::Owned),
            "authenticationStepRequirement" => step.requirement = owned(raw).map(Cow::Owned),
            "StatusSequence" | "statusSequence" => step.status_sequence = int(&raw),
            "RequestSequence" | "requestSequence" => step.request_sequence = int(&raw),
            key => unknown(key, raw),
        });
        if !whole {
            return None;
        }
        steps.push(step);
    }
    Some(steps)
}

fn names(raw: &str) -> Vec<String> {
    let elements = elements(raw).unwrap_or_default();
    elements.into_iter().filter_map(owned).collect()
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
        let whole = each_key(&element, |key, raw| match key {
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
