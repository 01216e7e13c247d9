//! Plays what is planted for people who move, and for the strangers who use their passwords.

use super::background::silent_of;
use super::challenge::{blocked_after_mfa, passed, registration};
use super::desk::Desk;
use super::draw::Schedule;
use super::everyday::{blocked_without_mfa, plain, satisfied_by_claim};
use super::instant::Ticks;
use super::plan::Scene;
use super::plot::{Act, Event};
use super::refusal::refused_sign_in;
use super::scenario::Scenario;
use super::stranger::{self, Entry};
use super::whereabouts::Want;

/// Plays one event of an hour.
pub(super) fn play(schedule: &Schedule, desk: &mut Desk, event: &Event, hour: usize) {
    let world = desk.world;
    let Some(lives) = &world.lives else {
        return;
    };
    let (at, who) = (event.at, event.who);
    if let Act::Stranger(raid) = &event.act {
        let scene = stranger::scene(world, &mut desk.dice, who, raid);
        return enter(schedule, desk, scene, at, raid.entry, hour);
    }
    let want = match event.act {
        Act::Person(want) => want,
        _ => Want::Indoors,
    };
    let Some(scene) = lives.scene_of(world, &mut desk.dice, who, at, want) else {
        return;
    };
    match (event.act, desk.dice.below(100)) {
        (Act::Register, _) => registration(desk, scene, at, true),
        (Act::Person(Want::Unpacked), _) | (_, 75..) => passed(desk, scene, at),
        (_, 45..) => satisfied_by_claim(desk, scene, at),
        _ => plain(desk, scene, at, Scenario::Plain),
    }
}

fn enter(schedule: &Schedule, desk: &mut Desk, scene: Scene, at: Ticks, entry: Entry, hour: usize) {
    match entry {
        Entry::Passed => passed(desk, scene, at),
        Entry::Claimed => satisfied_by_claim(desk, scene, at),
        Entry::Open => plain(desk, scene, at, Scenario::Plain),
        Entry::Blocked => blocked_without_mfa(desk, scene, at),
        Entry::BlockedAfterMfa => blocked_after_mfa(desk, scene, at, Scenario::BlockedAfterMfa),
        Entry::Refused(scenario) => refused_sign_in(desk, scene, at, scenario),
        Entry::LeftAlone => schedule.left_alone(desk, scene, at, hour),
        Entry::Silent => silent_of(desk, scene, at),
    }
}
