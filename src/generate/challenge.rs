//! Writes the sign-ins in which somebody is asked for a second factor and nobody refuses it.
//!
//! Every record of a sign-in shares scene and correlation id and follows within 15 minutes; a coin
//! decides whether later records also carry the first one's `originalRequestId`.

use super::desk::Desk;
use super::everyday::PASSWORD_RIGHT;
use super::instant::{MILLI, Ticks};
use super::plan::{Method, Plan, Scene, step};
use super::policy::Access;
use super::scenario::Scenario;
use super::sign_in::{Flow, SignIn, pause};
use super::truth::{Mfa, Outcome, Password};

const REQUIRED: &str = "MFA required in Azure AD";
const COMPLETED: &str = "MFA completed in Azure AD";
/// How a declined prompt is spelled.
pub(super) const DECLINED: [&str; 3] = [
    "MFA denied; user declined the authentication",
    "MFA Denied; user declined the authentication",
    "User denied",
];

/// The record that asks for a second factor.
pub(super) fn asked(flow: &mut Flow, desk: &mut Desk, at: Ticks, method: Method) -> Plan {
    let code = if desk.dice.per_mille(800) {
        50_074
    } else {
        50_076
    };
    let plan = flow
        .record(&mut desk.dice, at, code)
        .multi(Access::Demanded);
    match desk.dice.below(4) {
        0 => plan.note(REQUIRED).with(&[PASSWORD_RIGHT]),
        1 => plan.with(&[
            PASSWORD_RIGHT,
            step(1_200, method, false, "Authentication in progress"),
        ]),
        _ => plan
            .note(REQUIRED)
            .with(&[PASSWORD_RIGHT, step(300, Method::Unnamed, false, REQUIRED)]),
    }
}

/// The record of a flow whose second factor succeeded just before it.
pub(super) fn answered(
    flow: &mut Flow,
    desk: &mut Desk,
    at: Ticks,
    code: u32,
    method: Method,
) -> Plan {
    let plan = flow.record(&mut desk.dice, at, code);
    let texts = ["MFA successfully completed", COMPLETED, "User approved"];
    let known = if method == Method::Push { 3 } else { 2 };
    let password = step(flow.back(at), Method::Password, true, "Correct password");
    let done = step(-900, method, true, texts[desk.dice.index(known)]);
    let access = if code == 53_003 {
        Access::Blocked
    } else {
        Access::Met
    };
    let plan = plan.multi(access);
    let plan = if desk.dice.per_mille(700) && code == 0 {
        plan.note(COMPLETED)
    } else {
        plan
    };
    if method == Method::Push && desk.dice.per_mille(50) {
        let superseded = "MFA denied; duplicate authentication attempt";
        return plan.with(&[password, step(-2_500, method, false, superseded), done]);
    }
    plan.with(&[password, done])
}

/// The second factor that the person usually takes.
pub(super) fn usual_method(desk: &Desk, scene: &Scene) -> Method {
    desk.world.people[scene.who as usize].method
}

/// Asked, then answered: two records.
pub(super) fn passed(desk: &mut Desk, scene: Scene, at: Ticks) {
    let mut flow = Flow::new(&mut desk.dice, scene);
    let (signin, _) = passed_with(&mut flow, desk, at, Scenario::ChallengePassed);
    desk.post(signin);
}

/// Asked, then answered after so many seconds.
pub(super) fn passed_late(
    desk: &mut Desk,
    scene: Scene,
    at: Ticks,
    scenario: Scenario,
    seconds: (u64, u64),
) {
    let mut flow = Flow::new(&mut desk.dice, scene);
    let (signin, _) = answered_after(&mut flow, desk, at, scenario, seconds);
    desk.post(signin);
}

/// A challenge that is answered, and when.
pub(super) fn passed_with(
    flow: &mut Flow,
    desk: &mut Desk,
    at: Ticks,
    scenario: Scenario,
) -> (SignIn, Ticks) {
    answered_after(flow, desk, at, scenario, (5, 90))
}

fn answered_after(
    flow: &mut Flow,
    desk: &mut Desk,
    at: Ticks,
    scenario: Scenario,
    seconds: (u64, u64),
) -> (SignIn, Ticks) {
    let mut signin = SignIn::new(scenario, Outcome::Success, Mfa::Passed)
        .password(Password::Right)
        .prompts(1);
    let method = usual_method(desk, &flow.scene);
    signin.records.push(asked(flow, desk, at, method));
    let later = at + pause(&mut desk.dice, seconds.0, seconds.1);
    signin.records.push(answered(flow, desk, later, 0, method));
    (signin, later)
}

/// One record whose steps hold a decline and then a pass.
pub(super) fn denied_then_passed_in_one_record(desk: &mut Desk, scene: Scene, at: Ticks) {
    let mut signin = SignIn::new(
        Scenario::DeniedThenPassedInOneRecord,
        Outcome::Success,
        Mfa::Passed,
    )
    .password(Password::Right)
    .prompts(2);
    let mut flow = Flow::new(&mut desk.dice, scene);
    let declined = desk.dice.pick(&DECLINED);
    let plan = flow
        .record(&mut desk.dice, at, 0)
        .multi(Access::Met)
        .note(COMPLETED);
    signin.records.push(plan.with(&[
        PASSWORD_RIGHT,
        step(8_000, Method::Push, false, declined),
        step(35_000, Method::Push, true, "MFA successfully completed"),
    ]));
    desk.post(signin);
}

/// One challenge and nothing after it; `mfa` says whether the export reaches far enough to tell.
pub(super) fn left_alone(desk: &mut Desk, scene: Scene, at: Ticks, mfa: Mfa) {
    let scenario = if mfa == Mfa::Pending {
        Scenario::Pending
    } else {
        Scenario::Abandoned
    };
    let mut signin = SignIn::new(scenario, Outcome::Interrupted, mfa)
        .password(Password::Right)
        .prompts(1);
    let mut flow = Flow::new(&mut desk.dice, scene);
    let method = usual_method(desk, &scene);
    signin.records.push(asked(&mut flow, desk, at, method));
    desk.post(signin);
}

/// The user must register first; `done` adds the record of a finished registration.
pub(super) fn registration(desk: &mut Desk, scene: Scene, at: Ticks, done: bool) {
    let mut signin = if done {
        SignIn::new(Scenario::RegistrationDone, Outcome::Success, Mfa::Passed).prompts(1)
    } else {
        SignIn::new(
            Scenario::RegistrationLeft,
            Outcome::Interrupted,
            Mfa::RegistrationRequired,
        )
    }
    .password(Password::Right);
    let mut flow = Flow::new(&mut desk.dice, scene);
    let code = desk.dice.pick(&[50_072, 50_072, 50_079]);
    let plan = flow
        .record(&mut desk.dice, at, code)
        .multi(Access::Demanded);
    signin.records.push(plan.with(&[PASSWORD_RIGHT]));
    if done {
        let later = at + pause(&mut desk.dice, 60, 400);
        let method = usual_method(desk, &scene);
        signin
            .records
            .push(answered(&mut flow, desk, later, 0, method));
    }
    desk.post(signin);
}

/// "Stay signed in?" between the last factor and the success, with or without MFA before it.
pub(super) fn stay_signed_in(desk: &mut Desk, scene: Scene, at: Ticks) {
    let mut flow = Flow::new(&mut desk.dice, scene);
    if desk.dice.coin() {
        let mut signin = SignIn::new(Scenario::StaySignedIn, Outcome::Success, Mfa::NotRequired)
            .password(Password::Right);
        let asked = flow.record(&mut desk.dice, at, 50_140);
        signin.records.push(asked.with(&[PASSWORD_RIGHT]));
        let later = at + pause(&mut desk.dice, 2, 10);
        let password = step(flow.back(later), Method::Password, true, "Correct password");
        signin
            .records
            .push(flow.record(&mut desk.dice, later, 0).with(&[password]));
        desk.post(signin);
        return;
    }
    let mut signin = SignIn::new(Scenario::StaySignedIn, Outcome::Success, Mfa::Passed)
        .password(Password::Right)
        .prompts(1);
    let method = usual_method(desk, &scene);
    signin.records.push(asked(&mut flow, desk, at, method));
    let second = at + pause(&mut desk.dice, 8, 60);
    let interrupted = answered(&mut flow, desk, second, 50_140, method);
    signin.records.push(interrupted);
    let third = second + pause(&mut desk.dice, 2, 10);
    let since = ((third - second) / MILLI) as i32;
    let mut steps = interrupted.steps().to_vec();
    for step in &mut steps {
        step.after_ms -= since;
    }
    let last = flow.record(&mut desk.dice, third, 0);
    signin
        .records
        .push(last.multi(Access::Met).note(COMPLETED).with(&steps));
    desk.post(signin);
}

/// A policy blocks what MFA had opened: the factor passed, the sign-in failed.
pub(super) fn blocked_after_mfa(desk: &mut Desk, scene: Scene, at: Ticks, scenario: Scenario) {
    let mut signin = SignIn::new(scenario, Outcome::Failure, Mfa::Passed)
        .password(Password::Right)
        .prompts(1);
    let mut flow = Flow::new(&mut desk.dice, scene);
    let method = usual_method(desk, &scene);
    signin.records.push(asked(&mut flow, desk, at, method));
    let later = at + pause(&mut desk.dice, 5, 90);
    signin
        .records
        .push(answered(&mut flow, desk, later, 53_003, method));
    desk.post(signin);
}
