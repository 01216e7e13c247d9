//! Writes the sign-ins of a normal day in which nobody is asked for a second factor.

use super::catalog::{IMAP, MAIL};
use super::desk::Desk;
use super::instant::{SECOND, Ticks};
use super::plan::{Device, Kind, Method, Plan, Scene, Step, step};
use super::policy::Access;
use super::scenario::Scenario;
use super::sign_in::{Flow, SignIn, pause};
use super::truth::{Mfa, Outcome, Password};

/// The right password, typed as the record begins.
pub(super) const PASSWORD_RIGHT: Step = step(0, Method::Password, true, "Correct password");
/// A wrong password.
pub(super) const PASSWORD_WRONG: Step = step(0, Method::Password, false, "Incorrect password");
/// A token stands for the password.
const FIRST_FACTOR_CLAIM: Step = step(
    0,
    Method::Previous,
    true,
    "First factor requirement satisfied by claim in the token",
);
/// An earlier MFA, kept in the token.
pub(super) const MFA_CLAIM: &str = "MFA requirement satisfied by claim in the token";
/// MFA done by somebody else's provider.
const MFA_CLAIM_OUTSIDE: &str = "MFA requirement satisfied by claim provided by external provider";

/// One record, single factor, success.
pub(super) fn plain(desk: &mut Desk, scene: Scene, at: Ticks, scenario: Scenario) {
    let typed = desk.dice.per_mille(700);
    let password = if typed {
        Password::Right
    } else {
        Password::Untold
    };
    let mut signin = SignIn::new(scenario, Outcome::Success, Mfa::NotRequired).password(password);
    let mut flow = Flow::new(&mut desk.dice, scene);
    signin
        .records
        .push(plain_record(&mut flow, desk, at, typed));
    desk.post(signin);
}

/// The record of a plain success.
pub(super) fn plain_record(flow: &mut Flow, desk: &mut Desk, at: Ticks, typed: bool) -> Plan {
    let first = if typed {
        PASSWORD_RIGHT
    } else {
        FIRST_FACTOR_CLAIM
    };
    flow.record(&mut desk.dice, at, 0).with(&[first])
}

/// One record: MFA was demanded and a claim of an earlier one met it.
pub(super) fn satisfied_by_claim(desk: &mut Desk, scene: Scene, at: Ticks) {
    let mut signin = SignIn::new(
        Scenario::SatisfiedByClaim,
        Outcome::Success,
        Mfa::SatisfiedByClaim,
    );
    let mut flow = Flow::new(&mut desk.dice, scene);
    signin.records.push(claim_record(&mut flow, desk, at));
    desk.post(signin);
}

/// The record of a success by claim; note, step or both tell it.
pub(super) fn claim_record(flow: &mut Flow, desk: &mut Desk, at: Ticks) -> Plan {
    let text = if desk.dice.per_mille(50) {
        MFA_CLAIM_OUTSIDE
    } else {
        MFA_CLAIM
    };
    let claim = step(0, Method::Previous, true, text);
    let plan = flow.record(&mut desk.dice, at, 0).multi(Access::Met);
    match desk.dice.below(3) {
        0 => plan.note(text).with(&[FIRST_FACTOR_CLAIM, claim]),
        1 => plan.with(&[FIRST_FACTOR_CLAIM, claim]),
        _ => plan.note(text).with(&[FIRST_FACTOR_CLAIM]),
    }
}

/// One record: MFA was demanded and a trusted place or device spared it.
pub(super) fn skipped(desk: &mut Desk, scene: Scene, at: Ticks) {
    let mut signin = SignIn::new(Scenario::Skipped, Outcome::Success, Mfa::NotRequired)
        .password(Password::Right);
    let text = match (scene.trusted, scene.device) {
        (true, _) => "MFA requirement skipped due to IP address",
        (false, Device::Laptop | Device::NewLaptop) => {
            "MFA requirement skipped due to registered device"
        }
        (false, _) => "MFA requirement skipped due to remembered device",
    };
    let mut flow = Flow::new(&mut desk.dice, scene);
    let plan = flow
        .record(&mut desk.dice, at, 0)
        .multi(Access::Met)
        .note(text);
    signin.records.push(if desk.dice.coin() {
        plan.with(&[PASSWORD_RIGHT, step(1, Method::Unnamed, true, text)])
    } else {
        plan.with(&[PASSWORD_RIGHT])
    });
    desk.post(signin);
}

/// A record of a legacy protocol, which knows no second factor.
pub(super) fn legacy_mail(desk: &mut Desk, scene: Scene, at: Ticks) {
    let scene = Scene {
        client: IMAP,
        device: Device::Unknown,
        app: MAIL,
        ..scene
    };
    let mut flow = Flow::new(&mut desk.dice, scene);
    let signin = if desk.dice.per_mille(300) {
        let mut signin = SignIn::new(Scenario::LegacyMail, Outcome::Success, Mfa::NotRequired)
            .password(Password::Right);
        signin.records.push(plain_record(&mut flow, desk, at, true));
        signin
    } else {
        wrong_password(&mut flow, desk, at, Scenario::LegacyMail, 50_126)
    };
    desk.post(signin);
}

/// A sign-in of one record that fails for its password or a locked account.
pub(super) fn wrong_password(
    flow: &mut Flow,
    desk: &mut Desk,
    at: Ticks,
    scenario: Scenario,
    code: u32,
) -> SignIn {
    let password = if code == 50_126 {
        Password::Wrong
    } else {
        Password::Untold
    };
    let mut signin = SignIn::new(scenario, Outcome::Failure, Mfa::NotRequired).password(password);
    let plan = flow
        .record(&mut desk.dice, at, code)
        .access(Access::Unreached);
    signin.records.push(match code {
        50_126 => plan.with(&[PASSWORD_WRONG]),
        _ => plan,
    });
    signin
}

/// One record: the account is locked.
pub(super) fn locked_out(desk: &mut Desk, scene: Scene, at: Ticks) {
    let mut flow = Flow::new(&mut desk.dice, scene);
    let signin = wrong_password(&mut flow, desk, at, Scenario::LockedOut, 50_053);
    desk.post(signin);
}

/// One record: a policy blocks a single-factor request.
pub(super) fn blocked_without_mfa(desk: &mut Desk, scene: Scene, at: Ticks) {
    let mut signin = SignIn::new(
        Scenario::BlockedWithoutMfa,
        Outcome::Failure,
        Mfa::NotRequired,
    )
    .password(Password::Right);
    let mut flow = Flow::new(&mut desk.dice, scene);
    let plan = flow.record(&mut desk.dice, at, 53_003);
    signin
        .records
        .push(plan.access(Access::Blocked).with(&[PASSWORD_RIGHT]));
    desk.post(signin);
}

/// One record that ends on an interrupt which has nothing to do with MFA.
pub(super) fn other_interrupt(desk: &mut Desk, scene: Scene, at: Ticks) {
    let mut signin = SignIn::new(
        Scenario::OtherInterrupt,
        Outcome::Interrupted,
        Mfa::NotRequired,
    )
    .password(Password::Right);
    let code = desk.dice.pick(&[65_001, 50_055]);
    let mut flow = Flow::new(&mut desk.dice, scene);
    let plan = flow.record(&mut desk.dice, at, code);
    signin
        .records
        .push(plan.access(Access::Unreached).with(&[PASSWORD_RIGHT]));
    desk.post(signin);
}

/// A plain sign-in and, seconds later, a silent token request under the same correlation id and
/// session: two sign-ins, because silent records are never joined.
pub(super) fn silent_follow_up(desk: &mut Desk, scene: Scene, at: Ticks) {
    let mut flow = Flow::new(&mut desk.dice, scene);
    let mut signin = SignIn::new(Scenario::SilentFollowUp, Outcome::Success, Mfa::NotRequired)
        .password(Password::Right);
    signin.records.push(plain_record(&mut flow, desk, at, true));
    desk.post(signin);
    let later = at + pause(&mut desk.dice, 2, 20) + SECOND / 7;
    let mut silent = SignIn::new(Scenario::SilentFollowUp, Outcome::Success, Mfa::NotRequired);
    let id = desk.dice.request_id();
    silent
        .records
        .push(Plan::new(Kind::NonInteractive, scene, later, 0, id));
    desk.post(silent);
}
