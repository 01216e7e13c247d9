//! Writes sign-ins that the log tells twice, in parts, or under somebody else's correlation id.
//!
//! How many sign-ins each of these is follows from SEMANTICS section 2, and is said at each
//! function; identifiers and times keep clear of every edge of those rules.

use super::catalog::STRANGER;
use super::challenge::{answered, asked, passed_with};
use super::desk::Desk;
use super::everyday::{claim_record, plain_record, wrong_password};
use super::instant::{DAY, MINUTE, SECOND, Ticks};
use super::movement::{Movement, Shown};
use super::place::{HOSTING, REUSE_NETWORK};
use super::plan::{Device, Method, Part, Plan, Scene, step};
use super::policy::Access;
use super::scenario::Scenario;
use super::sign_in::{Flow, SignIn, pause};
use super::text::Ip;
use super::truth::{Mfa, Outcome, Password};

/// One to three wrong passwords, then the right one, in one flow: **one** sign-in.
///
/// Every record shares the correlation id and the scene, seconds apart, and nothing closes the
/// sign-in before its last record; half of them share the first request's id as well.
pub(super) fn wrong_password_folded(desk: &mut Desk, scene: Scene, at: Ticks) {
    let mut flow = Flow::new(&mut desk.dice, scene);
    let with_mfa = desk.dice.per_mille(400);
    let mfa = if with_mfa {
        Mfa::Passed
    } else {
        Mfa::NotRequired
    };
    let mut signin = SignIn::new(Scenario::WrongPasswordFolded, Outcome::Success, mfa)
        .password(Password::Right)
        .prompts(u32::from(with_mfa));
    let mut now = at;
    for _ in 0..desk.dice.between(1, 3) {
        let failed = wrong_password(&mut flow, desk, now, Scenario::WrongPasswordFolded, 50_126);
        signin.records.extend(failed.records);
        now += pause(&mut desk.dice, 5, 40);
    }
    if with_mfa {
        // The steps of the next two records name the instant of the right password.
        let method = desk.world.people[scene.who as usize].method;
        let challenge = asked(&mut flow, desk, now, method);
        signin.records.push(challenge);
        let typed = now;
        now += pause(&mut desk.dice, 5, 60);
        let last = answered(&mut flow, desk, now, 0, method);
        let mut steps = last.steps().to_vec();
        steps[0].after_ms = ((typed - now) / (SECOND / 1_000)) as i32;
        signin.records.push(last.with(&steps));
    } else {
        signin
            .records
            .push(plain_record(&mut flow, desk, now, true));
    }
    desk.post(signin);
}

/// One to three wrong passwords and a success, each under its own correlation and request id:
/// **as many sign-ins as records**, however close they lie.
pub(super) fn wrong_password_apart(desk: &mut Desk, scene: Scene, at: Ticks) {
    let mut now = at;
    for _ in 0..desk.dice.between(1, 3) {
        let own = apart(scene, desk);
        let mut flow = Flow::new(&mut desk.dice, own);
        let signin = wrong_password(&mut flow, desk, now, Scenario::WrongPasswordApart, 50_126);
        desk.post(signin);
        now += pause(&mut desk.dice, 5, 60);
    }
    let own = apart(scene, desk);
    let mut flow = Flow::new(&mut desk.dice, own);
    let mut signin = SignIn::new(
        Scenario::WrongPasswordApart,
        Outcome::Success,
        Mfa::NotRequired,
    )
    .password(Password::Right);
    signin
        .records
        .push(plain_record(&mut flow, desk, now, true));
    desk.post(signin);
}

/// The same scene under a correlation id of its own.
fn apart(scene: Scene, desk: &mut Desk) -> Scene {
    Scene {
        correlation: desk.dice.guid(),
        ..scene
    }
}

/// Two rows of one id: first a bare challenge, minutes later the finished state. **One** record,
/// one sign-in; the copy received later leads.
pub(super) fn states_of_one_id(desk: &mut Desk, scene: Scene, at: Ticks) {
    let mut signin = SignIn::new(Scenario::StatesOfOneId, Outcome::Success, Mfa::Passed)
        .password(Password::Right)
        .prompts(1);
    signin.may_repeat = false;
    let method = desk.world.people[scene.who as usize].method;
    let mut flow = Flow::bound(scene);
    let base = flow
        .record(&mut desk.dice, at, 50_074)
        .multi(Access::Demanded);
    let early = Plan {
        delivered: at + desk.dice.time(30 * SECOND, 300 * SECOND),
        ..base
    };
    let steps = [
        step(0, Method::Password, true, "Correct password"),
        step(12_000, method, true, "MFA successfully completed"),
    ];
    let finished = Plan {
        code: 0,
        delivered: early.delivered + desk.dice.time(2 * MINUTE, 20 * MINUTE),
        ..base
    };
    let finished = finished
        .multi(Access::Met)
        .note("MFA completed in Azure AD")
        .with(&steps);
    signin.records.push(finished);
    signin.completions.push(early);
    desk.post(signin);
}

/// Two rows of one id, each with half of the policies: **one** record after the merge.
pub(super) fn policies_split_one_id(desk: &mut Desk, scene: Scene, at: Ticks) {
    let mut signin = SignIn::new(
        Scenario::PoliciesSplitOneId,
        Outcome::Success,
        Mfa::SatisfiedByClaim,
    );
    signin.may_repeat = false;
    let mut flow = Flow::bound(scene);
    let whole = claim_record(&mut flow, desk, at);
    let delivered = at + desk.dice.time(30 * SECOND, 300 * SECOND);
    signin.records.push(Plan {
        part: Part::First,
        delivered,
        ..whole
    });
    signin.completions.push(Plan {
        part: Part::Second,
        delivered: delivered + desk.dice.time(0, 30 * SECOND),
        ..whole
    });
    desk.post(signin);
}

/// The same split under two ids with one `originalRequestId` and one `createdDateTime`:
/// **two** records, one sign-in.
pub(super) fn policies_split_two_ids(desk: &mut Desk, scene: Scene, at: Ticks) {
    let mut signin = SignIn::new(
        Scenario::PoliciesSplitTwoIds,
        Outcome::Success,
        Mfa::SatisfiedByClaim,
    );
    let mut flow = Flow::bound(scene);
    let first = claim_record(&mut flow, desk, at);
    let second = Plan {
        id: desk.dice.request_id(),
        part: Part::Second,
        ..first
    };
    signin.records.push(Plan {
        part: Part::First,
        ..first
    });
    signin.records.push(second);
    desk.post(signin);
}

/// Two finished sign-ins 8 to 50 minutes apart under one correlation id: **two** sign-ins, for
/// the success of the first closes it and the second has its own first request.
pub(super) fn reused_at_once(desk: &mut Desk, scene: Scene, at: Ticks) {
    let mut now = at;
    for _ in 0..2 {
        if desk.dice.coin() {
            let mut flow = Flow::new(&mut desk.dice, scene);
            let (signin, end) =
                passed_with(&mut flow, desk, now, Scenario::CorrelationReusedAtOnce);
            desk.post(signin);
            now = end;
        } else {
            finished(desk, scene, now, Scenario::CorrelationReusedAtOnce);
        }
        now += pause(&mut desk.dice, 480, 3_000);
    }
}

/// The same correlation id three weeks later: **two** sign-ins.
pub(super) fn reused_weeks_later(desk: &mut Desk, scene: Scene, at: Ticks) {
    finished(desk, scene, at, Scenario::CorrelationReusedWeeksLater);
    let later = at + 21 * DAY + desk.dice.time(0, 20 * MINUTE);
    finished(desk, scene, later, Scenario::CorrelationReusedWeeksLater);
}

fn finished(desk: &mut Desk, scene: Scene, at: Ticks, scenario: Scenario) {
    let mut signin =
        SignIn::new(scenario, Outcome::Success, Mfa::NotRequired).password(Password::Right);
    let mut flow = Flow::new(&mut desk.dice, scene);
    signin.records.push(plain_record(&mut flow, desk, at, true));
    desk.post(signin);
}

/// While the victim's challenge is open, an attacker fails under the victim's correlation id from
/// another session, device, address and network: **two** sign-ins, for nothing else agrees. The
/// victim's own two records share their first request's id.
pub(super) fn reused_by_attacker(desk: &mut Desk, scene: Scene, at: Ticks) {
    let mut victim = SignIn::new(
        Scenario::CorrelationReusedByAttacker,
        Outcome::Success,
        Mfa::Passed,
    )
    .password(Password::Right)
    .prompts(1);
    let method = desk.world.people[scene.who as usize].method;
    let mut flow = Flow::bound(scene);
    victim.records.push(asked(&mut flow, desk, at, method));
    let end = at + pause(&mut desk.dice, 60, 90);
    victim
        .records
        .push(answered(&mut flow, desk, end, 0, method));
    desk.post(victim);
    let attacker = Scene {
        place: Some(desk.dice.pick(&HOSTING)),
        ip: Ip::V4([203, 0, 113, desk.dice.between(100, 150) as u8]),
        shown: Shown::Whole,
        movement: Movement::Guess,
        network: REUSE_NETWORK,
        client: STRANGER,
        device: Device::Unknown,
        trusted: false,
        session: desk.dice.guid(),
        ..scene
    };
    let during = at + pause(&mut desk.dice, 15, 45);
    let mut theirs = Flow::new(&mut desk.dice, attacker);
    let signin = wrong_password(
        &mut theirs,
        desk,
        during,
        Scenario::CorrelationReusedByAttacker,
        50_126,
    );
    desk.post(signin);
}
