//! Holds one sign-in while its scenario writes it: first its truth, then the records that tell it.

use super::dice::Dice;
use super::instant::{MILLI, Ticks};
use super::plan::{Kind, Plan, Scene};
use super::scenario::Scenario;
use super::text::Guid;
use super::truth::{Mfa, Outcome, Password};

/// A sign-in: what is true of it, and its records.
pub(super) struct SignIn {
    pub(super) scenario: Scenario,
    pub(super) outcome: Outcome,
    pub(super) mfa: Mfa,
    pub(super) password: Password,
    pub(super) prompts: u32,
    /// Distinct records, each as it stands after its copies are merged.
    pub(super) records: Vec<Plan>,
    /// Further rows of the same ids: earlier states and halves of policy lists.
    pub(super) completions: Vec<Plan>,
    /// Whether a late copy changes nothing; false where the order of delivery decides.
    pub(super) may_repeat: bool,
}

impl SignIn {
    /// A sign-in that ends so; no password is typed and nobody is prompted unless said.
    pub(super) fn new(scenario: Scenario, outcome: Outcome, mfa: Mfa) -> Self {
        Self {
            scenario,
            outcome,
            mfa,
            password: Password::Untold,
            prompts: 0,
            records: Vec::with_capacity(2),
            completions: Vec::new(),
            may_repeat: true,
        }
    }

    /// What is known of the password.
    pub(super) fn password(mut self, password: Password) -> Self {
        self.password = password;
        self
    }

    /// How often a second factor is asked for.
    pub(super) fn prompts(mut self, prompts: u32) -> Self {
        self.prompts = prompts;
        self
    }
}

/// The requests of one sign-in: they share a scene, and either the first request's id
/// (`originalRequestId`) or only correlation id, session and address.
pub(super) struct Flow {
    pub(super) scene: Scene,
    kind: Kind,
    first: Option<Guid>,
    shares_original: bool,
    began: Ticks,
}

impl Flow {
    /// An interactive flow; a coin decides whether its later records point to the first.
    pub(super) fn new(dice: &mut Dice, scene: Scene) -> Self {
        Self {
            scene,
            kind: Kind::Interactive,
            first: None,
            shares_original: dice.coin(),
            began: 0,
        }
    }

    /// A flow whose later records always point to the first.
    pub(super) fn bound(scene: Scene) -> Self {
        Self {
            scene,
            kind: Kind::Interactive,
            first: None,
            shares_original: true,
            began: 0,
        }
    }

    /// The next record of the flow.
    pub(super) fn record(&mut self, dice: &mut Dice, at: Ticks, code: u32) -> Plan {
        let plan = Plan::new(self.kind, self.scene, at, code, dice.request_id());
        match self.first {
            None => {
                self.first = Some(plan.id);
                self.began = at;
                plan
            }
            Some(first) if self.shares_original => plan.following(first),
            Some(_) => plan,
        }
    }

    /// Milliseconds from `at` back to the flow's first record, where the password was typed.
    pub(super) fn back(&self, at: Ticks) -> i32 {
        ((self.began - at) / MILLI) as i32
    }
}

/// A pause of whole milliseconds, so that steps of two records can name the same instant.
pub(super) fn pause(dice: &mut Dice, low_s: u64, high_s: u64) -> Ticks {
    dice.between(low_s * 1_000, high_s * 1_000) as Ticks * MILLI
}
