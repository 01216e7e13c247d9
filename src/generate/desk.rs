//! Takes sign-ins from the scenarios, counts them, and keeps their rows until delivery.
//!
//! Rows wait in one bucket for each hour of delivery. A scenario of an hour never delivers before
//! that hour, so a bucket is complete once its hour is drawn; what waits is a few hours of plans.
//! Formats that hold each record once get its final state, by the hour of the event; late copies,
//! earlier states and halves of a policy list are left out. The same dice fall for every format, so
//! that one seed gives one tenant, whatever it is exported as.

use super::dice::Dice;
use super::instant::{HOUR, MINUTE, SECOND, Ticks};
use super::plan::{Part, Plan, Scene};
use super::sign_in::SignIn;
use super::tally::Tally;
use super::tenant::World;

/// Late copies come at most this long after the first delivery.
const LATE_MAX: Ticks = 13 * HOUR;
/// Out of a thousand records, how many are delivered again.
const REPEATED_PER_MILLE: u64 = 30;

/// Where scenarios hand in their sign-ins.
pub(super) struct Desk<'w> {
    pub(super) world: &'w World,
    pub(super) dice: Dice,
    pub(super) tally: Tally,
    /// Records still to be drawn.
    pub(super) room: u64,
    /// Interactive records drawn by quota, attacks not counted.
    pub(super) interactive: u64,
    /// Whether copies and earlier states are delivered too.
    repeats: bool,
    buckets: Vec<Vec<Plan>>,
}

impl<'w> Desk<'w> {
    /// An empty desk for `records` records.
    pub(super) fn new(
        world: &'w World,
        dice: Dice,
        records: u64,
        repeats: bool,
        tally: Tally,
    ) -> Self {
        let hours = (world.span.end - world.span.start + 2 * LATE_MAX) / HOUR + 1;
        Self {
            world,
            dice,
            tally,
            room: records,
            interactive: 0,
            repeats,
            buckets: vec![Vec::new(); hours as usize],
        }
    }

    /// Someone who is at a keyboard at `at`.
    pub(super) fn scene(&mut self, at: Ticks) -> Scene {
        self.world.scene(&mut self.dice, at, None, false)
    }

    /// Counts a sign-in and lets its rows wait for delivery.
    pub(super) fn post(&mut self, mut signin: SignIn) {
        self.room = self.room.saturating_sub(signin.records.len() as u64);
        let split = signin.completions.iter().any(|c| c.part != Part::Whole);
        let mut copies = Vec::new();
        for plan in &mut signin.records {
            debug_assert!(
                plan.created >= self.world.span.start && plan.created < self.world.span.end
            );
            if plan.delivered == 0 {
                plan.delivered = plan.created + self.dice.time(30 * SECOND, 400 * SECOND);
            }
            if signin.may_repeat && self.dice.per_mille(REPEATED_PER_MILLE) {
                self.repeat(plan, &mut copies);
            }
            if split && !self.repeats {
                plan.part = Part::Whole;
            }
        }
        if !self.tally.carries.holds(&signin) {
            return;
        }
        self.tally.count(&signin, self.world);
        for plan in &signin.records {
            self.wait(*plan);
        }
        if self.repeats {
            self.tally.late_copies += copies.len() as u64;
            self.tally.completions += signin.completions.len() as u64;
            for plan in copies.into_iter().chain(signin.completions) {
                self.wait(plan);
            }
        }
    }

    /// One to three further deliveries of the same record.
    fn repeat(&mut self, plan: &Plan, copies: &mut Vec<Plan>) {
        for _ in 0..=self.dice.weighted(&[85, 10, 5]) {
            let delay = if self.dice.per_mille(600) {
                self.dice.time(20 * SECOND, HOUR)
            } else {
                self.dice.time(HOUR, LATE_MAX - 10 * MINUTE)
            };
            copies.push(Plan {
                delivered: plan.delivered + delay,
                ..*plan
            });
        }
    }

    fn wait(&mut self, plan: Plan) {
        let at = if self.repeats {
            plan.delivered
        } else {
            plan.created
        };
        let hour = ((at - self.world.span.start) / HOUR).max(0) as usize;
        let last = self.buckets.len() - 1;
        self.buckets[hour.min(last)].push(plan);
    }

    /// How many hours can hold a delivery.
    pub(super) fn hours(&self) -> usize {
        self.buckets.len()
    }

    /// The rows delivered in an hour, which nobody may add to any more.
    pub(super) fn take(&mut self, hour: usize) -> Vec<Plan> {
        self.buckets
            .get_mut(hour)
            .map(std::mem::take)
            .unwrap_or_default()
    }
}
