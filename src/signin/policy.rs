//! One Conditional Access policy as a record applied it, in one form for every export.
//!
//! Exports write the satisfied conditions as comma-separated names (Graph, portal) or as a bit
//! mask (diagnostic logs); both come out as names, so that copies of one record agree.

use std::collections::BTreeMap;

use serde_json::Value;

/// Keys that have a field of their own.
const OWN_KEYS: [&str; 7] = [
    "id",
    "displayName",
    "result",
    "enforcedGrantControls",
    "enforcedSessionControls",
    "conditionsSatisfied",
    "conditionsNotSatisfied",
];

/// Bit 0 is `application`; the order is that of Graph's `conditionalAccessConditions`.
const CONDITIONS: [&str; 17] = [
    "application",
    "users",
    "devicePlatform",
    "location",
    "clientType",
    "signInRisk",
    "userRisk",
    "time",
    "deviceState",
    "client",
    "ipAddressSeenByAzureAD",
    "ipAddressSeenByResourceProvider",
    "unknownFutureValue",
    "servicePrincipals",
    "servicePrincipalRisk",
    "authenticationFlows",
    "insiderRisk",
];

/// One entry of `appliedConditionalAccessPolicies`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Hash)]
pub struct Policy {
    pub id: String,
    pub display_name: Option<String>,
    pub result: Option<String>,
    pub grant_controls: Vec<String>,
    pub session_controls: Vec<String>,
    /// Names in the order of the bits, joined by commas; `none` for 0.
    pub conditions_satisfied: Option<String>,
    pub conditions_not_satisfied: Option<String>,
    /// The JSON text as written.
    pub raw: String,
}

/// The names of a bit mask of conditions; bits without a name keep their number.
pub fn condition_names(mask: u64) -> String {
    if mask == 0 {
        return "none".to_owned();
    }
    let names: Vec<String> = (0..64)
        .filter(|bit| mask & (1 << bit) != 0)
        .map(|bit| match CONDITIONS.get(bit as usize) {
            Some(name) => (*name).to_owned(),
            None => format!("bit{bit}"),
        })
        .collect();
    names.join(",")
}

/// The key with a field of its own that this is, in whatever case it is written.
pub fn own_key(key: &str) -> Option<&'static str> {
    let mut own = OWN_KEYS.iter().copied();
    own.find(|own| own.eq_ignore_ascii_case(key))
}

impl Policy {
    /// What the policy says under keys that have no field here, as one JSON object with sorted
    /// keys; values that say nothing (null, an empty text, list or object) are left out, because
    /// some exports write them and others do not.
    fn other(&self) -> String {
        let all: BTreeMap<String, Value> = serde_json::from_str(&self.raw).unwrap_or_default();
        let others = all.into_iter().filter_map(|(key, value)| {
            let mut letters = key.chars();
            let first = letters.next()?.to_ascii_lowercase();
            let key: String = std::iter::once(first).chain(letters).collect();
            (own_key(&key).is_none() && !is_empty(&value)).then_some((key, value))
        });
        let others: BTreeMap<String, Value> = others.collect();
        if others.is_empty() {
            return String::new();
        }
        serde_json::to_string(&others).unwrap_or_default()
    }
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(fields) => fields.values().all(is_empty),
        Value::Bool(_) | Value::Number(_) => false,
    }
}

/// The key of a list of policies: equal for equal content whatever form the export gave it.
pub fn set_id(policies: &[Policy]) -> i64 {
    let mut hasher = blake3::Hasher::new();
    let mut put = |text: &str| {
        hasher.update(&(text.len() as u64).to_le_bytes());
        hasher.update(text.as_bytes());
    };
    for policy in policies {
        put(&policy.id);
        let texts = [
            &policy.display_name,
            &policy.result,
            &policy.conditions_satisfied,
            &policy.conditions_not_satisfied,
        ];
        for text in texts {
            put(text.as_deref().unwrap_or("\u{0}"));
        }
        for controls in [&policy.grant_controls, &policy.session_controls] {
            put(&controls.join("\u{1}"));
        }
        put(&policy.other());
    }
    let mut head = [0; 8];
    head.copy_from_slice(&hasher.finalize().as_bytes()[..8]);
    i64::from_le_bytes(head)
}

/// How much a result says, for policies that two copies of a record judge differently.
fn weight(policy: &Policy) -> u8 {
    match policy.result.as_deref() {
        Some("failure") => 3,
        Some("success") => 2,
        Some(result) if result.starts_with("reportOnly") => 1,
        _ => 0,
    }
}

/// The union of two lists, by policy id. Where both hold a policy with another content, the
/// weightier result stands (failure, success, report-only, the rest), so that the union does not
/// depend on which list came first.
pub fn unite(a: &[Policy], b: &[Policy]) -> Vec<Policy> {
    let mut united: Vec<Policy> = a.iter().chain(b).cloned().collect();
    united.sort_by(|x, y| {
        let order = |p: &Policy| {
            (
                weight(p),
                p.result.clone(),
                p.display_name.clone(),
                p.raw.clone(),
            )
        };
        x.id.cmp(&y.id).then_with(|| order(y).cmp(&order(x)))
    });
    united
        .dedup_by(|later, first| later == first || (!later.id.is_empty() && later.id == first.id));
    united
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn masks_and_names_agree() {
        assert_eq!(condition_names(3), "application,users");
        assert_eq!(condition_names(0), "none");
        assert_eq!(condition_names(1 << 40), "bit40");
    }

    #[test]
    fn lists_that_differ_in_any_key_have_keys_of_their_own() {
        let policy = |raw: &str| Policy {
            id: "p".to_owned(),
            raw: raw.to_owned(),
            ..Policy::default()
        };
        let key = |raw: &str| set_id(&[policy(raw)]);
        let plain = key(r#"{"id":"p","result":"success"}"#);
        assert_eq!(
            plain,
            key(r#"{"Id":"p","excludeRulesSatisfied":[],"authenticationStrength":null}"#)
        );
        let ruled = key(r#"{"id":"p","includeRulesSatisfied":[{"ruleSatisfied":"allUsers"}]}"#);
        assert_ne!(plain, ruled);
        assert_eq!(
            ruled,
            key(r#"{ "id":"p", "includeRulesSatisfied": [ { "ruleSatisfied" : "allUsers" } ] }"#)
        );
    }
}
