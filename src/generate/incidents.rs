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
    let spike = Incident {
        percent: 80,
        hour: 10,
        ..Incident::of("spike", of(300, 40, 400))
    };
    let broken_policy = Incident {
        percent: 85,
        hour: 12,
        hours: 4,
        ..Incident::of("broken_policy", of(400, 30, 300))
    };
    let outage = Incident::of("outage", of(300, 30, 400));
    let sms_delay = Incident {
        percent: 94,
        hour: 8,
        hours: 6,
        method: Some(Method::Sms),
        ..Incident::of("sms_delay", of(800, 20, 200))
    };
    let in_mail = |scene: Scene| Scene { app: MAIL, ..scene };
    let app = Some(APPS[usize::from(MAIL)].name);
    let planted = [
        IncidentFacts {
            app,
            ..spike.post(desk, |desk, scene, at| {
                refused_sign_in(desk, in_mail(scene), at, Scenario::Spike);
            })
        },
        IncidentFacts {
            app,
            ..broken_policy.post(desk, |desk, scene, at| {
                blocked_after_mfa(desk, in_mail(scene), at, Scenario::BrokenPolicy);
            })
        },
        outage.post(desk, down),
        sms_delay.post(desk, |desk, scene, at| {
            passed_late(desk, scene, at, Scenario::SmsDelay, (180, 420));
        }),
    ];
    desk.tally.incidents = Some(planted.to_vec());
}

/// One incident: so many sign-ins within some hours.
struct Incident {
    name: &'static str,
    /// How far into the export its day lies.
    percent: i64,
    /// The hour of the day it begins with, and how many there are.
    hour: i64,
    hours: i64,
    count: u64,
    /// The second factor that the people in it have.
    method: Option<Method>,
}

impl Incident {
    fn of(name: &'static str, count: u64) -> Self {
        Self {
            name,
            percent: 90,
            hour: 9,
            hours: 1,
            count,
            method: None,
        }
    }

    fn post(self, desk: &mut Desk, mut post: impl FnMut(&mut Desk, Scene, Ticks)) -> IncidentFacts {
        let from = moment(desk.world, self.percent, self.hour);
        let until = from + self.hours * HOUR;
        let mut users = BTreeSet::new();
        for _ in 0..self.count {
            // A sign-in must be over when its hours are.
            let at = desk.dice.time(from, until - HOUR / 4);
            let scene = self.scene(desk, at);
            users.insert(scene.who);
            post(desk, scene, at);
        }
        IncidentFacts {
            name: self.name,
            from: desk.tally.carries.shown(from),
            until: desk.tally.carries.shown(until),
            signins: self.count,
            users: users.len() as u64,
            app: None,
        }
    }

    /// Somebody with the second factor that is wanted.
    fn scene(&self, desk: &mut Desk, at: Ticks) -> Scene {
        let mut scene = desk.scene(at);
        for _ in 0..PATIENCE {
            let method = desk.world.people[scene.who as usize].method;
            if self.method.is_none_or(|wanted| wanted == method) {
                break;
            }
            scene = desk.scene(at);
        }
        scene
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
