//! Says why the MFA outcome of a sign-in is what it is: the rule in words, with its evidence.
//!
//! The rule itself is `signin::mfa`'s. It is applied again to the records, which gives the place of
//! the evidence and shows whether the stored outcome still follows from the tables of today.

use super::clock::{span, time_of_day};
use super::load::Loaded;
use super::story::Ruling;
use crate::signin::mfa::{Decision, Evidence, decide};
use crate::signin::row::Row;
use crate::signin::schema::{Record, Signin};
use crate::signin::tables::Tables;

/// The rule applied again.
pub(super) fn again(loaded: &Loaded, tables: &Tables) -> Decision {
    let event_type = loaded.signin.word(Signin::EventType);
    let evidence: Vec<Evidence<'_>> = loaded.records.iter().map(evidence_of).collect();
    // Whether the data reaches far enough was decided by the ingest, which knows all of it.
    let settled = loaded.signin.word(Signin::MfaOutcome) == "abandoned";
    decide(&evidence, &event_type, tables, &|_| settled)
}

fn evidence_of<'a>(record: &'a Row<'static>) -> Evidence<'a> {
    Evidence {
        created_at: record.time(Record::CreatedAt).unwrap_or(0),
        error_code: record
            .int(Record::ErrorCode)
            .and_then(|c| i32::try_from(c).ok()),
        additional_details: record.text(Record::AdditionalDetails).unwrap_or_default(),
        failure_reason: record.text(Record::FailureReason).unwrap_or_default(),
        authentication_requirement: record
            .text(Record::AuthenticationRequirement)
            .unwrap_or_default(),
        mfa_auth_method: record.text(Record::MfaAuthMethod).unwrap_or_default(),
        steps: record.steps.clone(),
    }
}

/// The ruling of a sign-in, given the rule applied again.
pub(super) fn ruling(loaded: &Loaded, again: &Decision) -> Ruling {
    let rule = loaded.signin.word(Signin::DecidedBy);
    let because = because(&rule, loaded, again).unwrap_or_else(|| format!("The rule is: {rule}."));
    let confirmed =
        again.mfa_outcome == loaded.signin.word(Signin::MfaOutcome) && again.decided_by == rule;
    Ruling {
        rule,
        because,
        confirmed,
    }
}

fn because(rule: &str, loaded: &Loaded, again: &Decision) -> Option<String> {
    let signin = &loaded.signin;
    let (place, at) = again.evidence;
    let when = time_of_day(at);
    let code = loaded
        .records
        .get(place)
        .and_then(|r| r.int(Record::ErrorCode))
        .unwrap_or_default();
    let challenge = signin.int(Signin::ChallengeCode);
    let challenge = challenge.map_or("a challenge".to_owned(), |c| {
        format!("the challenge AADSTS{c}")
    });
    let details = loaded
        .records
        .get(place)
        .and_then(|r| r.text(Record::AdditionalDetails));
    let details = details.map_or(String::new(), |t| format!(": “{t}”"));
    let skip = signin
        .text(Signin::MfaSkipReason)
        .map_or(String::new(), |t| format!(": “{t}”"));
    Some(match rule {
        "last decisive step" => format!(
            "The last step of a second factor that tells a result is the one of {when}; what came before it in the same sign-in does not count."
        ),
        "status text" => format!("No step of the record of {when} tells a result, but its status text does{details}."),
        "success after a challenge" => format!(
            "The success (code 0) of {when} follows {challenge} in the same sign-in, so the second factor was given. No step says how."
        ),
        "got past a challenge" => format!(
            "AADSTS{code} of {when} follows {challenge} in the same sign-in and only comes once all factors were given, so the second factor was. No step says how."
        ),
        "code of a failed second factor" => format!(
            "Neither a step nor a status text tells a result, but AADSTS{code} is only written when a second factor failed."
        ),
        "code of a declined second factor" => format!("Neither a step nor a status text tells a result, but AADSTS{code} is written when a second factor is declined."),
        "code of a throttled second factor" => format!("Neither a step nor a status text tells a result, but AADSTS{code} is written when the MFA service refuses more tries."),
        "silent request turned away" => format!(
            "The record is not interactive: an app asked in the background and got AADSTS{code}. Nobody sat there to be asked."
        ),
        "no person signs in" => "A service signed in; no person can be asked for a second factor.".to_owned(),
        "registration asked, nothing after it" => format!("The user was sent to register a method at {when}, and no later record of this sign-in is in the lake."),
        "challenge, perhaps to a silent request" => format!(
            "AADSTS{code} asks for a second factor, but the export does not say whether a person or a background request got it."
        ),
        "challenge without an answer" => format!(
            "AADSTS{code} of {when} asked for a second factor, no later record of this sign-in came, and the data reaches far enough beyond it."
        ),
        "challenge without an answer yet" => format!(
            "AADSTS{code} of {when} asked for a second factor, and the data does not reach far enough beyond it to know the answer."
        ),
        "challenge, then stopped by something else" => format!(
            "A second factor was asked for, then AADSTS{code} ended the sign-in {} after its begin. No record says what became of the factor.",
            span(signin.ended_at() - signin.started_at())
        ),
        "claim accepted" => "A step or status text says that an earlier second factor, or another provider's word for one, was accepted.".to_owned(),
        "single factor" => "The record says that a single factor was enough, and shows no step of a second one.".to_owned(),
        "skipped" => format!("The record says that the second factor was skipped{skip}."),
        "stopped at the password" => format!("AADSTS{code} ended the sign-in at the password, before a second factor could be asked for."),
        "text not in the table" => "A step or status text is in no table of MFA results, and nothing else decides. It is not guessed.".to_owned(),
        "the export does not say" => "The records carry no step, status text or code that tells what became of a second factor.".to_owned(),
        _ => return None,
    })
}
