//! Plans one record: all that its JSON will say, in 300 bytes instead of 6,000.
//!
//! Plans wait for their delivery, not rendered bytes; that is what keeps memory bounded. A late
//! copy is the same plan with a later delivery, so its `properties` come out byte for byte.

use super::instant::Ticks;
use super::movement::{Movement, Shown};
use super::place::{PLACES, Place};
use super::policy::Access;
use super::text::{Guid, Ip};

/// Which log a record belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Interactive = 0,
    NonInteractive = 1,
    ServicePrincipal = 2,
    ManagedIdentity = 3,
    /// Microsoft's own services; their event type is that of service principals.
    FirstParty = 4,
    Adfs = 5,
}

/// What a device tells about itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Device {
    Unknown,
    Phone,
    /// The person's managed, compliant laptop.
    Laptop,
    /// The laptop that comes after it.
    NewLaptop,
}

/// How a step of authentication was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Method {
    /// The step names no method.
    Unnamed,
    Password,
    Previous,
    Push,
    Totp,
    Sms,
    Fido,
    Call,
}

impl Method {
    /// The name in `authenticationMethod`; empty when the key is missing.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Unnamed => "",
            Self::Password => "Password",
            Self::Previous => "Previously satisfied",
            Self::Push => "Mobile app notification",
            Self::Totp => "OATH verification code",
            Self::Sms => "Text message",
            Self::Fido => "FIDO2 security key",
            Self::Call => "Phone call approval (Authentication phone)",
        }
    }

    /// Whether this is a second factor.
    pub(super) fn second(self) -> bool {
        !matches!(self, Self::Unnamed | Self::Password | Self::Previous)
    }

    /// The person types a code.
    pub(super) fn typed(self) -> bool {
        matches!(self, Self::Totp | Self::Sms)
    }
}

/// One entry of `authenticationDetails`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Step {
    /// When, in milliseconds after the record's `createdDateTime`; may be before it.
    pub(super) after_ms: i32,
    pub(super) method: Method,
    pub(super) succeeded: bool,
    pub(super) detail: &'static str,
}

impl Step {
    /// The words of `authenticationStepRequirement`; none for a second factor.
    pub(super) fn requirement(&self) -> &'static str {
        if self.method == Method::Unnamed || self.method.second() {
            ""
        } else {
            "Primary authentication"
        }
    }
}

/// A step.
pub(super) const fn step(
    after_ms: i32,
    method: Method,
    succeeded: bool,
    detail: &'static str,
) -> Step {
    Step {
        after_ms,
        method,
        succeeded,
        detail,
    }
}

/// Which part of the policy list a row carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    Whole,
    First,
    Second,
}

/// Who, where and with what: shared by the records of a sign-in.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scene {
    pub(super) tenant: u8,
    /// Index of the person, service principal or managed identity.
    pub(super) who: u32,
    pub(super) app: u16,
    pub(super) place: Option<u8>,
    /// What the record tells of the place.
    pub(super) shown: Shown,
    /// What the place is in truth; not written.
    pub(super) movement: Movement,
    pub(super) ip: Ip,
    pub(super) network: u32,
    pub(super) client: u8,
    pub(super) device: Device,
    /// Inside a named, trusted network.
    pub(super) trusted: bool,
    pub(super) session: Guid,
    pub(super) correlation: Guid,
}

impl Scene {
    /// The place that the record tells, if it tells any.
    pub(super) fn told_place(&self) -> Option<&'static Place> {
        let place = self.place.filter(|_| self.shown != Shown::Nowhere);
        place.map(|place| &PLACES[usize::from(place)])
    }

    /// City, state and country that the record tells; "" for what it does not.
    pub(super) fn told_names(&self) -> (&'static str, &'static str, &'static str) {
        match self.told_place() {
            None => ("", "", ""),
            Some(place) if self.shown == Shown::Country => ("", "", place.country),
            Some(place) => (place.city, place.state, place.country),
        }
    }

    /// Latitude and longitude that the record tells; `nowhere` for both where there is no place.
    pub(super) fn told_position(
        &self,
        nowhere: &'static str,
    ) -> Option<(&'static str, &'static str)> {
        match (self.shown, self.told_place()) {
            (Shown::NoPosition | Shown::Nowhere, _) => None,
            (Shown::Whole, Some(place)) => Some((place.latitude, place.longitude)),
            (Shown::Country, Some(place)) => place.middle().or(Some((nowhere, nowhere))),
            _ => Some((nowhere, nowhere)),
        }
    }
}

/// The most steps of one record.
const STEPS_MAX: usize = 4;

/// One record to be written.
#[derive(Debug, Clone, Copy)]
pub(super) struct Plan {
    pub(super) kind: Kind,
    pub(super) scene: Scene,
    pub(super) created: Ticks,
    /// The envelope's `time`; 0 until the record is posted.
    pub(super) delivered: Ticks,
    pub(super) id: Guid,
    pub(super) original: Guid,
    pub(super) code: u32,
    /// `status.additionalDetails`; empty when missing.
    pub(super) note: &'static str,
    /// `authenticationRequirement` is multi-factor.
    pub(super) multi: bool,
    pub(super) access: Access,
    pub(super) part: Part,
    pub(super) latency_ms: u16,
    pub(super) steps: [Step; STEPS_MAX],
    pub(super) step_count: u8,
}

impl Plan {
    /// A record that asks for nothing: single factor, whole list, no steps, its own first request.
    pub(super) fn new(kind: Kind, scene: Scene, created: Ticks, code: u32, id: Guid) -> Self {
        Self {
            kind,
            scene,
            created,
            delivered: 0,
            id,
            original: id,
            code,
            note: "",
            multi: false,
            access: Access::Open,
            part: Part::Whole,
            latency_ms: 40 + u16::from(id.0[1]),
            steps: [step(0, Method::Unnamed, false, ""); STEPS_MAX],
            step_count: 0,
        }
    }

    /// With `status.additionalDetails`.
    pub(super) fn note(mut self, note: &'static str) -> Self {
        self.note = note;
        self
    }

    /// With a multi-factor requirement and what the policies made of it.
    pub(super) fn multi(mut self, access: Access) -> Self {
        self.multi = true;
        self.access = access;
        self
    }

    /// With what the policies made of it.
    pub(super) fn access(mut self, access: Access) -> Self {
        self.access = access;
        self
    }

    /// With these steps, at most [`STEPS_MAX`] of them.
    pub(super) fn with(mut self, steps: &[Step]) -> Self {
        let count = steps.len().min(STEPS_MAX);
        self.steps[..count].copy_from_slice(&steps[..count]);
        self.step_count = count as u8;
        self
    }

    /// As a later request of the flow that `original` began.
    pub(super) fn following(mut self, original: Guid) -> Self {
        self.original = original;
        self
    }

    /// The steps.
    pub(super) fn steps(&self) -> &[Step] {
        &self.steps[..usize::from(self.step_count)]
    }

    /// The last step that was a second factor.
    pub(super) fn second_factor(&self) -> Option<&Step> {
        self.steps().iter().rev().find(|s| s.method.second())
    }

    /// The last digits of the telephone that a second factor went to, if it went to one.
    pub(super) fn telephone(&self, step: &Step) -> Option<u64> {
        matches!(step.method, Method::Sms | Method::Call)
            .then(|| u64::from(self.scene.who % 90 + 10))
    }

    /// The value of `authenticationRequirement`.
    pub(super) fn requirement(&self) -> &'static str {
        if self.multi {
            "multiFactorAuthentication"
        } else {
            "singleFactorAuthentication"
        }
    }

    /// The value of `incomingTokenType`.
    pub(super) fn incoming_token(&self) -> &'static str {
        match (self.kind, self.scene.device) {
            (Kind::NonInteractive, Device::Laptop | Device::NewLaptop) => "primaryRefreshToken",
            (Kind::NonInteractive, _) => "refreshToken",
            _ => "none",
        }
    }
}
