//! What to do next, from the tables: by MFA outcome, and by the code that ended the sign-in.
//!
//! A code that is about MFA says less than the MFA outcome (500121 covers declined, unanswered and
//! wrong), and its advice to try again would be wrong for a prompt that the user did not start. So
//! the outcome's advice stands alone there. Where another thing ended the sign-in, the code's comes
//! first.

use super::load::Loaded;
use super::story::{Advice, Policy, Signal};
use crate::signin::aadsts::{Code, CodeTable, Kind};
use crate::signin::advice::advice as by_outcome;
use crate::signin::mfa::{is_failure, is_person};
use crate::signin::schema::Signin;

/// The advice for a sign-in, its policies, and what speaks for and against the user.
pub(super) fn advice(
    loaded: &Loaded,
    codes: &CodeTable,
    policies: &[Policy],
    signals: &[Signal],
) -> Advice {
    let outcome = loaded.signin.word(Signin::MfaOutcome);
    let final_code = loaded.signin.code(Signin::FinalErrorCode);
    let code = final_code.filter(|code| *code != 0);
    let row = code.and_then(|code| codes.get(code));
    let mut advice = Advice::default();
    let succeeded = loaded.signin.word(Signin::Outcome) == "success";
    if succeeded && signals.iter().any(|signal| signal.against) {
        let line = "Somebody got in, and not all of it fits the user (see Look twice): ask them now, over a \
                    channel that you know, whether it was them. If not, take the account for attacked";
        advice.administrator.push(line.to_owned());
    }
    let about_mfa = row.is_some_and(|row| row.mfa_stage != "none");
    match row {
        Some(row) if about_mfa => add_code(&mut advice, row, true),
        Some(row) => {
            add_policies(&mut advice, row, policies);
            add_code(&mut advice, row, false);
        }
        None => {}
    }
    if code.is_some() && row.is_none() {
        let line = "The code is in no table: read the text that the export gives for it, and look the code up at Microsoft";
        advice.administrator.push(line.to_owned());
    }
    let known = by_outcome(&outcome);
    advice.meaning = known.map(|known| known.meaning.clone());
    advice.wrong_if = known.and_then(|known| known.wrong_if.clone());
    let ended_elsewhere = row.is_some() && !about_mfa;
    let service = !is_person(&loaded.signin.word(Signin::EventType));
    if service {
        advice.meaning = None;
        advice.wrong_if = None;
        if code.is_none() {
            let line = "Check that the credential, the address and the resource are those that this service is meant to use";
            advice.administrator.push(line.to_owned());
        }
    } else if let Some(known) = known.filter(|_| !ended_elsewhere || is_failure(&outcome)) {
        // A failed second factor calls for action whatever ended the sign-in.
        advice.user.extend(known.user.iter().cloned());
        advice
            .administrator
            .extend(known.administrator.iter().cloned());
    }
    if advice.user.is_empty() && !service {
        let line =
            "You cannot mend this yourself. Tell the help desk whether it was you who signed in";
        advice.user.push(line.to_owned());
    }
    advice
}

/// Sorts the steps of a code by whom they are for.
fn add_code(advice: &mut Advice, row: &Code, only_developer: bool) {
    for step in &row.advice {
        if let Some(step) = step.strip_prefix("Developer: ") {
            advice.developer.push(sentence(step));
        } else if only_developer {
            continue;
        } else if let Some(step) = step.strip_prefix("User: ") {
            advice.user.push(sentence(step));
        } else {
            advice.administrator.push(step.clone());
        }
    }
}

fn sentence(step: &str) -> String {
    let mut letters = step.chars();
    letters.next().map_or(String::new(), |first| {
        first.to_uppercase().chain(letters).collect()
    })
}

/// Names the policies that failed, where it was policies that ended the sign-in.
fn add_policies(advice: &mut Advice, row: &Code, policies: &[Policy]) {
    if row.category != "conditional_access" || row.kind != Kind::Failure {
        return;
    }
    for policy in policies.iter().filter(|p| p.result == "failure") {
        let controls = match policy.controls.as_slice() {
            [] => "its controls".to_owned(),
            controls => controls.join(", "),
        };
        advice.administrator.push(format!(
            "Open policy “{}”: it failed and names {controls}",
            policy.name
        ));
    }
}
