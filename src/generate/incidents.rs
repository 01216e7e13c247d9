//! Plants what an administrator is called for: a spike of failures, a broken policy, an outage of the
//! service, and text messages that come late.
//!
//! All are posted before the first hour is drawn, each in whole hours of its own, so that place and
//! size depend on the options alone. The sign-ins that are drawn later come on top.

use std::collections::BTreeSet;

use super::attack::moment;
use super::catalog::{APPS, MAIL};
use super::challenge::{blocked_after_mfa, passed_late};
use super::desk::Desk;
use super::instant::{HOUR, Ticks};
use super::plan::{Method, Scene};
use super::policy::Access;
use super::refusal::refused_sign_in;
use super::scenario::Scenario;
use super::sign_in::{Flow, SignIn};
use super::truth::{IncidentFacts, Mfa, Outcome};

/// Exports of fewer days have no incident: what is usual could not be told.
const DAYS_MIN: i64 = 35;
/// The service's own fault: its directory cannot be reached.
const SERVICE_DOWN: u32 = 90_033;
/// Tries to find somebody whose second factor is a text message.
const PATIENCE: u32 = 1_000;

/// Posts all four.
pub(super) fn plant(desk: &mut Desk) {
    let hours = (desk.world.span.end - desk.world.span.start) / HOUR;
    if hours < DAYS_MIN * 24 {
        return;
    }
    let records = desk.room;
    let of = |per: u64, least: u64, most: u64| (records / per).clamp(least, most);
    let planted = [
        incident(
            desk,
            "spike",
            (80, 10, 1),
            of(300, 40, 400),
            |desk, scene, at| {
                let scene = Scene { app: MAIL, ..scene };
                refused_sign_in(desk, scene, at, Scenario::Spike);
            },
        ),
        incident(
            desk,
            "broken_policy",
            (85, 12, 4),
            of(400, 30, 300),
            |desk, scene, at| {
                let scene = Scene { app: MAIL, ..scene };
                blocked_after_mfa(desk, scene, at, Scenario::BrokenPolicy);
            },
        ),
        incident(desk, "outage", (90, 9, 1), of(300, 30, 400), down),
        incident(
            desk,
            "sms_delay",
            (94, 8, 6),
            of(800, 20, 200),
            |desk, scene, at| {
                passed_late(desk, scene, at, Scenario::SmsDelay, (180, 420));
            },
        ),
    ];
    desk.tally.incidents = Some(planted.to_vec());
}

/// One incident: `count` sign-ins within `hours` of the hour of the day that lies `percent` into the
/// export.
fn incident(
    desk: &mut Desk,
    name: &'static str,
    (percent, hour, hours): (i64, i64, i64),
    count: u64,
    mut post: impl FnMut(&mut Desk, Scene, Ticks),
) -> IncidentFacts {
    let from = moment(desk.world, percent, hour);
    let until = from + hours * HOUR;
    let mut users = BTreeSet::new();
    for _ in 0..count {
        // A sign-in must be over when its hours are.
        let at = desk.dice.time(from, until - HOUR / 4);
        let mut scene = desk.scene(at);
        for _ in 0..PATIENCE {
            let method = desk.world.people[scene.who as usize].method;
            if name != "sms_delay" || method == Method::Sms {
                break;
            }
            scene = desk.scene(at);
        }
        users.insert(scene.who);
        post(desk, scene, at);
    }
    IncidentFacts {
        name,
        from: desk.tally.carries.shown(from),
        until: desk.tally.carries.shown(until),
        signins: count,
        users: users.len() as u64,
        app: APPS[usize::from(MAIL)].name,
    }
}

/// One record that the service fails before anything is asked.
fn down(desk: &mut Desk, scene: Scene, at: Ticks) {
    let mut signin = SignIn::new(Scenario::Outage, Outcome::Failure, Mfa::NotRequired);
    let mut flow = Flow::new(&mut desk.dice, scene);
    let plan = flow.record(&mut desk.dice, at, SERVICE_DOWN);
    signin.records.push(plan.access(Access::Unreached));
    desk.post(signin);
}
