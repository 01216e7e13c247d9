//! Writes the records that no person waits for: silent refreshes, services, machines, AD FS.
//!
//! Each of them is a sign-in of its own.

use super::desk::Desk;
use super::everyday::{MFA_CLAIM, PASSWORD_RIGHT, PASSWORD_WRONG};
use super::instant::Ticks;
use super::movement::{Movement, Shown};
use super::plan::{Kind, Method, Plan, Scene, step};
use super::policy::Access;
use super::scenario::Scenario;
use super::sign_in::SignIn;
use super::text::Ip;
use super::truth::{Mfa, Outcome, Password};

/// A code of no published table: nobody can know whether it is a failure.
const UNHEARD_CODE: u32 = 9_999_991;

/// One silent request of a person's program.
pub(super) fn silent(desk: &mut Desk, at: Ticks, tenant: Option<u8>) {
    let scene = desk.world.scene(&mut desk.dice, at, tenant, true);
    silent_of(desk, scene, at);
}

/// One silent request of this scene.
pub(super) fn silent_of(desk: &mut Desk, scene: Scene, at: Ticks) {
    let id = desk.dice.request_id();
    let new = |code| Plan::new(Kind::NonInteractive, scene, at, code, id);
    let (scenario, outcome, mfa, plan) = match desk.dice.below(1_000) {
        0..=639 => (
            Scenario::SilentPlain,
            Outcome::Success,
            Mfa::NotRequired,
            new(0),
        ),
        640..=909 => {
            let claim = step(0, Method::Previous, true, MFA_CLAIM);
            let plan = new(0).multi(Access::Met).note(MFA_CLAIM);
            let plan = if desk.dice.coin() {
                plan.with(&[claim])
            } else {
                plan
            };
            (
                Scenario::SilentClaim,
                Outcome::Success,
                Mfa::SatisfiedByClaim,
                plan,
            )
        }
        // Nobody is asked: the request is turned away and the program must come back.
        910..=949 => {
            let code = desk.dice.pick(&[50_076, 50_076, 50_076, 50_079, 50_158]);
            let plan = new(code).multi(Access::Demanded);
            (
                Scenario::SilentChallenge,
                Outcome::Interrupted,
                Mfa::NotPrompted,
                plan,
            )
        }
        950..=987 => {
            let (code, outcome) = desk.dice.pick(&[
                (700_082, Outcome::Failure),
                (700_082, Outcome::Failure),
                (50_173, Outcome::Failure),
                (70_043, Outcome::Interrupted),
                (50_058, Outcome::Interrupted),
            ]);
            let plan = new(code).access(Access::Unreached);
            (Scenario::SilentExpired, outcome, Mfa::NotRequired, plan)
        }
        988..=997 => {
            let plan = new(53_003).access(Access::Blocked);
            (
                Scenario::SilentBlocked,
                Outcome::Failure,
                Mfa::NotRequired,
                plan,
            )
        }
        _ => {
            let plan = new(UNHEARD_CODE).access(Access::Unreached);
            (
                Scenario::SilentUnheardCode,
                Outcome::Unknown,
                Mfa::NotRequired,
                plan,
            )
        }
    };
    one(desk, scenario, outcome, mfa, plan);
}

/// One request of a service: principals 2 of 3, managed identities, and Microsoft's own.
pub(super) fn service(desk: &mut Desk, at: Ticks) {
    let world = desk.world;
    let kind = match desk.dice.below(150) {
        0..=101 => Kind::ServicePrincipal,
        102..=141 => Kind::ManagedIdentity,
        _ => Kind::FirstParty,
    };
    let list = match kind {
        Kind::ManagedIdentity => &world.identities,
        _ => &world.principals,
    };
    let who = desk.dice.index(list.len());
    let scene = list[who].scene(who as u32, &mut desk.dice);
    let (scenario, outcome, code) = match (kind, desk.dice.below(1_000)) {
        (Kind::ServicePrincipal, 0..=24) => (
            Scenario::ServicePrincipalSecret,
            Outcome::Failure,
            7_000_215,
        ),
        (Kind::ServicePrincipal, 25..=39) => (
            Scenario::ServicePrincipalSecret,
            Outcome::Failure,
            7_000_222,
        ),
        (Kind::ServicePrincipal, _) => (Scenario::ServicePrincipal, Outcome::Success, 0),
        // 7000232 occurs in real logs and in no published table, so its kind is unknown.
        (Kind::ManagedIdentity, 0..=14) => (
            Scenario::ManagedIdentityRefused,
            Outcome::Unknown,
            7_000_232,
        ),
        (Kind::ManagedIdentity, _) => (Scenario::ManagedIdentity, Outcome::Success, 0),
        _ => (Scenario::FirstParty, Outcome::Success, 0),
    };
    let plan = Plan::new(kind, scene, at, code, desk.dice.request_id());
    one(desk, scenario, outcome, Mfa::NotRequired, plan);
}

/// One record of the federation server: a private address and no place.
pub(super) fn adfs(desk: &mut Desk, at: Ticks) {
    let person = desk.world.scene(&mut desk.dice, at, Some(0), false);
    let scene = Scene {
        place: None,
        shown: Shown::Whole,
        movement: Movement::Home,
        ip: Ip::V4([
            10,
            20,
            desk.dice.below(4) as u8,
            desk.dice.between(1, 254) as u8,
        ]),
        network: 0,
        ..person
    };
    let id = desk.dice.request_id();
    let wrong = desk.dice.per_mille(80);
    let (outcome, password, code, first) = if wrong {
        (Outcome::Failure, Password::Wrong, 50_126, PASSWORD_WRONG)
    } else {
        (Outcome::Success, Password::Right, 0, PASSWORD_RIGHT)
    };
    let plan = Plan::new(Kind::Adfs, scene, at, code, id).with(&[first]);
    let mut signin = SignIn::new(Scenario::Adfs, outcome, Mfa::NotRequired).password(password);
    signin.records.push(plan);
    desk.post(signin);
}

fn one(desk: &mut Desk, scenario: Scenario, outcome: Outcome, mfa: Mfa, plan: Plan) {
    let mut signin = SignIn::new(scenario, outcome, mfa);
    signin.records.push(plan);
    desk.post(signin);
}
