//! Writes the sign-ins in which a second factor is refused, in vain or before a pass.
//!
//! Texts and methods fit each other: codes are mistyped, pushes declined, calls not answered.

use super::challenge::{DECLINED, answered, asked, passed_with, usual_method};
use super::desk::Desk;
use super::instant::Ticks;
use super::plan::{Method, Plan, Scene, step};
use super::policy::Access;
use super::scenario::Scenario;
use super::sign_in::{Flow, SignIn, pause};
use super::truth::{Mfa, Outcome, Password};

/// A Password step says this with `succeeded` false although the password was right.
const LATER_FACTOR_FAILED: &str = "Authentication failed during strong authentication request.";

const FRAUD: [&str; 2] = [
    "MFA denied; Phone App Reported Fraud",
    "SuspiciousActivityReported",
];
const NO_ANSWER: &str = "MFA denied; user did not respond to mobile app notification";
const BROKEN: [&str; 3] = [
    "MFA denied; invalid authentication",
    "unable to send the mobile app notification to the device",
    "service error",
];

/// How a second factor failed: the texts, and a method that fits.
struct Refusal {
    scenario: Scenario,
    mfa: Mfa,
    method: Method,
    text: &'static str,
    /// Seconds until the refusal is written.
    seconds: (u64, u64),
}

fn refusal(desk: &mut Desk, scenario: Scenario, usual: Method) -> Refusal {
    let (mfa, method, text, seconds) = match (scenario, usual) {
        (Scenario::FraudReported, _) => (
            Mfa::FraudReported,
            Method::Push,
            desk.dice.pick(&FRAUD),
            (6, 50),
        ),
        (Scenario::TimedOut | Scenario::TimedOutThenPassed, Method::Call) => {
            let text = ["no phone input - timed out", "phone call went to voicemail"];
            (Mfa::TimedOut, usual, desk.dice.pick(&text), (40, 80))
        }
        (Scenario::TimedOut | Scenario::TimedOutThenPassed, method) if method.typed() => (
            Mfa::TimedOut,
            usual,
            "user never entered the verification code",
            (120, 300),
        ),
        (Scenario::TimedOut | Scenario::TimedOutThenPassed | Scenario::Spike, _) => {
            (Mfa::TimedOut, Method::Push, NO_ANSWER, (61, 75))
        }
        (Scenario::WrongCode | Scenario::WrongCodeThenPassed, method) if method.typed() => (
            Mfa::WrongCode,
            usual,
            "MFA denied; invalid verification code",
            (10, 60),
        ),
        (Scenario::WrongCode | Scenario::WrongCodeThenPassed, _) => {
            let text = "MFA denied; user did not select the correct number";
            (Mfa::WrongCode, Method::Push, text, (6, 40))
        }
        (Scenario::MfaBlocked, _) => (
            Mfa::Blocked,
            Method::Push,
            "MFA denied; user is blocked",
            (5, 9),
        ),
        (Scenario::MfaFailed, _) => (Mfa::Failed, Method::Push, desk.dice.pick(&BROKEN), (5, 40)),
        (_, Method::Call) => {
            let text = "user hung up the phone call without succeeding the authentication";
            (Mfa::Denied, usual, text, (10, 40))
        }
        (_, _) => (
            Mfa::Denied,
            Method::Push,
            desk.dice.pick(&DECLINED),
            (5, 50),
        ),
    };
    Refusal {
        scenario,
        mfa,
        method,
        text,
        seconds,
    }
}

/// The record of a flow whose second factor failed just before it.
fn refused(flow: &mut Flow, desk: &mut Desk, at: Ticks, refusal: &Refusal) -> Plan {
    let plan = flow
        .record(&mut desk.dice, at, 500_121)
        .multi(Access::Demanded);
    let password = if desk.dice.per_mille(300) {
        step(flow.back(at), Method::Password, false, LATER_FACTOR_FAILED)
    } else {
        step(flow.back(at), Method::Password, true, "Correct password")
    };
    // In a record of its own the refusal comes after the password; else just before the record.
    let after = if flow.back(at) == 0 { 9_000 } else { -700 };
    let failed = step(after, refusal.method, false, refusal.text);
    match desk.dice.below(10) {
        0 => plan.note(refusal.text).with(&[step(
            flow.back(at),
            Method::Password,
            true,
            "Correct password",
        )]),
        1..=3 => plan.with(&[password, failed]),
        _ => plan.note(refusal.text).with(&[password, failed]),
    }
}

/// Asked, then refused in one way or another: two records.
pub(super) fn refused_sign_in(desk: &mut Desk, scene: Scene, at: Ticks, scenario: Scenario) {
    let usual = usual_method(desk, &scene);
    let refusal = refusal(desk, scenario, usual);
    let mut signin = SignIn::new(refusal.scenario, Outcome::Failure, refusal.mfa)
        .password(Password::Right)
        .prompts(1);
    let mut flow = Flow::new(&mut desk.dice, scene);
    signin
        .records
        .push(asked(&mut flow, desk, at, refusal.method));
    let later = at + pause(&mut desk.dice, refusal.seconds.0, refusal.seconds.1);
    signin
        .records
        .push(refused(&mut flow, desk, later, &refusal));
    desk.post(signin);
}

/// Asked, refused, asked again within the same sign-in and answered: three records.
pub(super) fn refused_then_passed(desk: &mut Desk, scene: Scene, at: Ticks, scenario: Scenario) {
    let mut signin = SignIn::new(scenario, Outcome::Success, Mfa::Passed)
        .password(Password::Right)
        .prompts(2);
    let usual = usual_method(desk, &scene);
    let refusal = refusal(desk, scenario, usual);
    let mut flow = Flow::new(&mut desk.dice, scene);
    signin
        .records
        .push(asked(&mut flow, desk, at, refusal.method));
    let second = at + pause(&mut desk.dice, refusal.seconds.0, refusal.seconds.1);
    signin
        .records
        .push(refused(&mut flow, desk, second, &refusal));
    let third = second + pause(&mut desk.dice, 8, 60);
    signin
        .records
        .push(answered(&mut flow, desk, third, 0, refusal.method));
    desk.post(signin);
}

/// One try of an MFA fatigue attack, as the victim answers it.
pub(super) fn bombed(desk: &mut Desk, scene: Scene, at: Ticks, answer: Mfa) {
    let mut flow = Flow::new(&mut desk.dice, scene);
    if answer == Mfa::Passed {
        let (signin, _) = passed_with(&mut flow, desk, at, Scenario::Fatigue);
        desk.post(signin);
        return;
    }
    let (text, seconds) = match answer {
        Mfa::TimedOut => (NO_ANSWER, 42),
        _ => (DECLINED[0], 11),
    };
    let refusal = Refusal {
        scenario: Scenario::Fatigue,
        mfa: answer,
        method: Method::Push,
        text,
        seconds: (seconds, seconds + 3),
    };
    let mut signin = SignIn::new(Scenario::Fatigue, Outcome::Failure, answer)
        .password(Password::Right)
        .prompts(1);
    let mut later = at;
    if desk.dice.coin() {
        signin
            .records
            .push(asked(&mut flow, desk, at, Method::Push));
        later = at + pause(&mut desk.dice, refusal.seconds.0, refusal.seconds.1);
    }
    signin
        .records
        .push(refused(&mut flow, desk, later, &refusal));
    desk.post(signin);
}
