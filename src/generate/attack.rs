//! Plants the two attacks of an export: a password spray and an MFA fatigue attack.
//!
//! Both are posted before the first hour is drawn, so that their place and size depend on the
//! options alone. Small exports have neither.

use super::catalog::{MAIL, SCRIPT, STRANGER};
use super::desk::Desk;
use super::everyday::{plain_record, wrong_password};
use super::instant::{DAY, HOUR, MINUTE, Ticks};
use super::life::CALM;
use super::movement::{Movement, Shown};
use super::place::{FATIGUE_NETWORK, HOSTING, SPRAY_NETWORK};
use super::plan::{Device, Method, Scene};
use super::refusal::bombed;
use super::scenario::Scenario;
use super::sign_in::{Flow, SignIn, pause};
use super::tenant::World;
use super::text::Ip;
use super::truth::{FatigueFacts, Mfa, Outcome, Password, SprayFacts};

/// Exports with fewer records have no attack.
const RECORDS_MIN: u64 = 1_500;
/// The most users that a spray tries.
const SPRAYED_MAX: u64 = 400;

/// Posts both attacks.
pub(super) fn plant(desk: &mut Desk) {
    let records = desk.room;
    if records < RECORDS_MIN {
        return;
    }
    let members = desk.world.members();
    let sprayed = (records / 60).min(SPRAYED_MAX).min(members * 3 / 4);
    if sprayed >= 10 {
        spray(desk, sprayed, members);
    }
    let prompts = if records < 2 * RECORDS_MIN {
        desk.dice.between(20, 25)
    } else {
        desk.dice.between(20, 60)
    };
    fatigue(desk, prompts, members);
}

/// The given hour of the day that lies so many percent into the export.
pub(super) fn moment(world: &World, percent: i64, hour: i64) -> Ticks {
    let length = world.span.end - world.span.start;
    let mut into = length / DAY * percent / 100 * DAY;
    if world.lives.is_some() && length > CALM + 2 * DAY {
        into = into.max(CALM);
    }
    world.span.start + into + hour * HOUR
}

/// What an attacker's record says; the victim decides only tenant and account.
fn attacker(desk: &mut Desk, who: u32, base: &Scene) -> Scene {
    Scene {
        tenant: desk.world.people[who as usize].tenant,
        who,
        correlation: desk.dice.guid(),
        session: desk.dice.guid(),
        ..*base
    }
}

/// An attacker's place and program.
fn stage(desk: &mut Desk, network: u32, client: u8, at: Ticks) -> Scene {
    Scene {
        app: MAIL,
        place: Some(desk.dice.pick(&HOSTING)),
        shown: Shown::Whole,
        movement: Movement::Guess,
        network,
        client,
        device: Device::Unknown,
        trusted: false,
        ..desk.scene(at)
    }
}

/// Whether an attack may end with this victim: not with somebody on a journey.
fn at_home(world: &World, who: u32, at: Ticks) -> bool {
    let lives = world.lives.as_ref();
    lives.is_none_or(|lives| lives.lives[who as usize].calm(at - 2 * DAY, at + 2 * DAY))
}

/// The scene of who gets in: from a country that the victim never is in, where people move.
fn inside(world: &World, who: u32, base: Scene) -> Scene {
    let lives = world.lives.as_ref();
    let place = lives.and_then(|lives| {
        let life = &lives.lives[who as usize];
        HOSTING.into_iter().find(|place| !life.knows(*place))
    });
    Scene {
        place: place.or(base.place),
        movement: Movement::Takeover,
        ..base
    }
}

/// One or two tries a user within an hour, each a sign-in of its own; the last user's password
/// is found at the end, and no second factor stands in the way.
fn spray(desk: &mut Desk, users: u64, members: u64) {
    let start = moment(desk.world, 40, 2) + desk.dice.time(0, MINUTE);
    let base = stage(desk, SPRAY_NETWORK, SCRIPT, start);
    let first = desk.dice.below(members);
    let last_of = |first: u64| ((first + users - 1) % members) as u32;
    let first = (0..members)
        .map(|i| (first + i) % members)
        .find(|first| at_home(desk.world, last_of(*first), start))
        .unwrap_or(first);
    let base = Scene {
        place: inside(desk.world, last_of(first), base).place,
        ..base
    };
    let mut attempts = 0;
    for i in 0..users {
        let who = ((first + i) % members) as u32;
        let last = i + 1 == users;
        // The first two tries span the time; the others fall between.
        let at = match i {
            0 => start,
            _ => start + desk.dice.time(MINUTE, 38 * MINUTE),
        };
        let again = at + desk.dice.time(12 * MINUTE, 18 * MINUTE);
        let twice = desk.dice.per_mille(300) && !last;
        for at in [Some(at), twice.then_some(again)].into_iter().flatten() {
            let scene = attacker(desk, who, &base);
            let scene = Scene {
                ip: Ip::V4([203, 0, 113, desk.dice.between(1, 40) as u8]),
                ..scene
            };
            let code = if desk.dice.per_mille(40) {
                50_053
            } else {
                50_126
            };
            let mut flow = Flow::new(&mut desk.dice, scene);
            let signin = wrong_password(&mut flow, desk, at, Scenario::Spray, code);
            desk.post(signin);
            attempts += 1;
        }
    }
    let victim = last_of(first);
    let base = inside(desk.world, victim, base);
    let found = start + 58 * MINUTE + desk.dice.time(0, MINUTE);
    let scene = attacker(desk, victim, &base);
    let scene = Scene {
        ip: Ip::V4([203, 0, 113, 7]),
        ..scene
    };
    let mut signin =
        SignIn::new(Scenario::Spray, Outcome::Success, Mfa::NotRequired).password(Password::Right);
    let mut flow = Flow::new(&mut desk.dice, scene);
    signin
        .records
        .push(plain_record(&mut flow, desk, found, true));
    desk.post(signin);
    let carries = desk.tally.carries;
    desk.tally.spray = Some(SprayFacts {
        asn: carries.network.then_some(SPRAY_NETWORK),
        users,
        attempts,
        first_at: carries.shown(start),
        last_at: carries.shown(found),
        success_user: desk.world.user_name(victim),
    });
}

/// Prompt after prompt from one strange device, each under its own ids and so a sign-in of its
/// own, until the victim approves the last.
fn fatigue(desk: &mut Desk, prompts: u64, members: u64) {
    let start = moment(desk.world, 60, 19) + desk.dice.time(0, MINUTE);
    let base = stage(desk, FATIGUE_NETWORK, STRANGER, start);
    let base = Scene {
        ip: Ip::V4([203, 0, 113, 200]),
        ..base
    };
    let from = desk.dice.below(members);
    let victim = (0..members)
        .map(|i| ((from + i) % members) as u32)
        .filter(|who| desk.world.people[*who as usize].method == Method::Push)
        .find(|who| at_home(desk.world, *who, start))
        .unwrap_or(0);
    let base = inside(desk.world, victim, base);
    let mut now = start;
    let mut approved = start;
    for i in 0..prompts {
        let scene = attacker(desk, victim, &base);
        let answer = match (i + 1 == prompts, desk.dice.per_mille(600)) {
            (true, _) => Mfa::Passed,
            (false, true) => Mfa::Denied,
            (false, false) => Mfa::TimedOut,
        };
        approved = now;
        bombed(desk, scene, now, answer);
        now += pause(&mut desk.dice, 60, 200);
    }
    let carries = desk.tally.carries;
    desk.tally.fatigue = Some(FatigueFacts {
        asn: carries.network.then_some(FATIGUE_NETWORK),
        user: desk.world.user_name(victim),
        user_id: desk.world.people[victim as usize].id.to_string(),
        prompts,
        first_at: carries.shown(start),
        approved_at: carries.shown(approved),
    });
}
