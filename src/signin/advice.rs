//! The table of advice by MFA outcome: what it means, what to do next, what makes it look wrong.
//!
//! The facts stand in `data/mfa_advice.csv`. Never: decides an outcome; that is `mfa`'s.

use std::sync::LazyLock;

use super::table;

const COLUMNS: &[&str] = &[
    "outcome",
    "title",
    "meaning",
    "user",
    "administrator",
    "wrong_if",
];

/// What is known of one MFA outcome.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MfaAdvice {
    /// A word of `signins.mfa_outcome`.
    pub outcome: String,
    /// One short sentence without its full stop.
    pub title: String,
    pub meaning: String,
    /// Steps for the person who signed in, in order.
    pub user: Vec<String>,
    /// Steps for an administrator, in order.
    pub administrator: Vec<String>,
    /// Ends the sentence "It is not what it seems if …"; `None` where the outcome decides nothing.
    pub wrong_if: Option<String>,
}

static ADVICE: LazyLock<Vec<MfaAdvice>> = LazyLock::new(|| {
    let text = include_str!("../../data/mfa_advice.csv");
    let rows = table::read("mfa_advice.csv", text, COLUMNS).unwrap_or_default();
    rows.into_iter().filter_map(advice_of).collect()
});

fn advice_of(row: Vec<String>) -> Option<MfaAdvice> {
    let [outcome, title, meaning, user, administrator, wrong_if] = row.try_into().ok()?;
    let steps = |text: String| text.split(" | ").map(str::to_owned).collect();
    Some(MfaAdvice {
        outcome,
        title,
        meaning,
        user: steps(user),
        administrator: steps(administrator),
        wrong_if: Some(wrong_if).filter(|text| !text.is_empty()),
    })
}

/// What is known of an MFA outcome; `None` for a word that is none.
pub fn advice(outcome: &str) -> Option<&'static MfaAdvice> {
    ADVICE.iter().find(|a| a.outcome == outcome)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signin::schema::Signin;

    #[test]
    fn every_outcome_has_advice() {
        let words = Signin::MfaOutcome.column().meaning.replace(" or ", ", ");
        let words: Vec<&str> = words.split(", ").collect();
        assert_eq!(words.len(), ADVICE.len());
        for word in words {
            let found = advice(word).expect(word);
            let whole = !found.title.is_empty() && !found.meaning.is_empty();
            let undecided = matches!(word, "pending" | "unknown");
            assert!(whole && found.wrong_if.is_none() == undecided, "{word}");
            let steps = found.user.iter().chain(&found.administrator);
            assert!(steps.clone().count() >= 2, "{word}");
            assert!(steps.clone().all(|s| !s.trim().is_empty()), "{word}");
        }
    }

    #[test]
    fn nobody_is_told_to_approve() {
        for row in ADVICE.iter().filter(|a| a.outcome != "passed") {
            for step in row.user.iter().chain(&row.administrator) {
                let mut words = step.to_lowercase();
                for harmless in ["approve nothing", "do not tell them to approve"] {
                    words = words.replace(harmless, "");
                }
                assert!(!words.contains("approve"), "{}: {step}", row.outcome);
            }
        }
    }
}
