//! Renders the Conditional Access lists that user records carry, once per distinct list.
//!
//! A list depends on tenant, kind of user, kind of application and how far the request came, so a
//! whole export knows at most 160 lists of a length, as a real tenant knows few. Diagnostic logs
//! write conditions as bit masks, Graph as words, and its v1.0 leaves them out.

use super::dice::Dice;
use super::format::Format;
use super::plan::Part;
use super::text::{push, push_guid, push_number};

/// How far a request came, as its policies saw it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Access {
    /// The first factor failed: nothing was evaluated.
    Unreached = 0,
    /// Single-factor access that no demand applied to.
    Open = 1,
    /// A demand was met.
    Met = 2,
    /// A demand is not met yet: a challenge goes out.
    Demanded = 3,
    /// A policy blocked the request.
    Blocked = 4,
}

/// Kinds of access.
const ACCESSES: usize = 5;
/// Groups of applications.
const GROUPS: usize = 4;
/// Kinds of users.
pub(super) const CLASSES: usize = 4;

/// How an element of a list is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dialect {
    Diagnostic,
    Beta,
    V1,
}

impl From<Format> for Dialect {
    fn from(format: Format) -> Self {
        match format {
            Format::Graph
            | Format::PortalJson
            | Format::PowerShell
            | Format::ExtractorSuite
            | Format::SofElk => Self::Beta,
            Format::GraphV1 => Self::V1,
            _ => Self::Diagnostic,
        }
    }
}

/// A rendered list: the elements without their brackets.
pub(super) struct PolicyList {
    elements: Vec<u8>,
    /// Length of the first half, and start of the second.
    halves: (usize, usize),
    pub(super) status: &'static str,
}

impl PolicyList {
    /// The elements that a row carries.
    pub(super) fn part(&self, part: Part) -> &[u8] {
        match part {
            Part::Whole => &self.elements,
            Part::First => &self.elements[..self.halves.0],
            Part::Second => &self.elements[self.halves.1..],
        }
    }
}

/// All lists of an export.
pub(super) struct PolicyLists(Vec<PolicyList>);

impl PolicyLists {
    /// Renders the lists of two tenants with `count` policies each.
    pub(super) fn new(dice: &mut Dice, count: u32, dialect: Dialect) -> Self {
        let mut lists = Vec::with_capacity(2 * CLASSES * GROUPS * ACCESSES);
        for _tenant in 0..2 {
            let policies: Vec<Policy> = (0..count).map(|i| Policy::new(dice, i)).collect();
            for class in 0..CLASSES {
                for group in 0..GROUPS {
                    for access in [
                        Access::Unreached,
                        Access::Open,
                        Access::Met,
                        Access::Demanded,
                        Access::Blocked,
                    ] {
                        lists.push(render(&policies, class, group, access, dialect));
                    }
                }
            }
        }
        Self(lists)
    }

    /// The list of a record.
    pub(super) fn of(&self, tenant: u8, class: u8, group: u8, access: Access) -> &PolicyList {
        let row =
            (usize::from(tenant) * CLASSES + usize::from(class)) * GROUPS + usize::from(group);
        &self.0[row * ACCESSES + access as usize]
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    On,
    ReportOnly,
    Off,
}

struct Policy {
    id: super::text::Guid,
    number: u32,
    model: &'static Model,
}

/// What a policy is about; long lists repeat the models under other numbers.
struct Model {
    name: &'static str,
    grant: &'static str,
    session: &'static str,
    state: State,
    /// Group of applications it covers, 9 for all.
    group: u8,
    /// Kind of user it covers, 9 for all.
    class: u8,
    blocks: bool,
}

const fn model(
    name: &'static str,
    controls: (&'static str, &'static str),
    state: State,
    group: u8,
    class: u8,
) -> Model {
    Model {
        name,
        grant: controls.0,
        session: controls.1,
        state,
        group,
        class,
        blocks: matches!(controls.0.as_bytes(), br#""Block""#),
    }
}

const ALL: u8 = 9;
const MFA: &str = r#""Mfa""#;
const BLOCK: &str = r#""Block""#;

#[rustfmt::skip]
static MODELS: [Model; 14] = [
    model("Require MFA for all users", (MFA, ""), State::On, ALL, ALL),
    model("Block access from countries outside the list", (BLOCK, ""), State::On, ALL, ALL),
    model("Require compliant device for administration", (r#""RequireCompliantDevice""#, ""), State::ReportOnly, 1, ALL),
    model("Require MFA for guests", (MFA, ""), State::On, ALL, 3),
    model("Sign-in frequency for administrators", ("", r#""SignInFrequency""#), State::On, 1, 1),
    model("Block legacy authentication", (BLOCK, ""), State::On, 3, ALL),
    model("Microsoft-managed: Multifactor authentication and reauthentication for risky sign-ins",
        (MFA, r#""SignInFrequency""#), State::ReportOnly, ALL, ALL),
    model("Pilot: MFA für Außendienst", (MFA, ""), State::Off, 2, 2),
    model("Require approved app on telephones", (r#""RequireApprovedApp""#, ""), State::ReportOnly, 3, ALL),
    model("Terms of use for partners", (r#""FederatedMultiFactor""#, ""), State::Off, ALL, 3),
    model("Persistent browser never", ("", r#""PersistentBrowserSessionMode""#), State::On, 2, ALL),
    model("Require hybrid joined device for finance", (r#""RequireDomainJoinedDevice""#, ""), State::ReportOnly, 2, 2),
    model("Block high-risk sign-ins", (BLOCK, ""), State::On, ALL, ALL),
    model("App-enforced restrictions in SharePoint", ("", r#""AppEnforcedRestrictions""#), State::On, 0, ALL),
];

impl Policy {
    fn new(dice: &mut Dice, number: u32) -> Self {
        Self {
            id: dice.guid(),
            number,
            model: &MODELS[number as usize % MODELS.len()],
        }
    }

    /// Result, conditions satisfied and not satisfied (bit masks).
    fn result(&self, class: usize, group: usize, access: Access) -> (&'static str, u64, u64) {
        let model = self.model;
        let covers_app = model.group == ALL || usize::from(model.group) == group;
        let covers_user = model.class == ALL || usize::from(model.class) == class;
        let (yes, no) = match (covers_app, covers_user) {
            (true, true) => (3, 0),
            (true, false) => (1, 2),
            (false, _) => (0, 1),
        };
        let applies = no == 0;
        match (model.state, access) {
            (State::Off, _) => ("notEnabled", 0, 0),
            (State::ReportOnly, Access::Unreached) => ("reportOnlyNotApplied", 0, 0),
            (State::On, Access::Unreached) => ("notApplied", 0, 0),
            (State::ReportOnly, _) if !applies => ("reportOnlyNotApplied", yes, no),
            (State::ReportOnly, Access::Met) => ("reportOnlySuccess", yes, no),
            (State::ReportOnly, Access::Open) => ("reportOnlyFailure", yes, no),
            (State::ReportOnly, _) => ("reportOnlyInterrupted", yes, no),
            (State::On, _) if !applies => ("notApplied", yes, no),
            (State::On, Access::Blocked) if self.number == 1 => ("failure", 11, 0),
            (State::On, _) if model.blocks => ("notApplied", 3, 8),
            (State::On, Access::Open) => ("notApplied", 1, 8),
            (State::On, Access::Demanded) if model.grant == MFA => ("failure", yes, no),
            (State::On, _) => ("success", yes, no),
        }
    }
}

fn render(
    policies: &[Policy],
    class: usize,
    group: usize,
    access: Access,
    dialect: Dialect,
) -> PolicyList {
    let mut out = Vec::with_capacity(policies.len() * 280);
    let mut halves = (0, 0);
    for (i, policy) in policies.iter().enumerate() {
        if i == policies.len() / 2 {
            halves.0 = out.len();
        }
        if i > 0 {
            out.push(b',');
        }
        if i == policies.len() / 2 {
            halves.1 = out.len();
        }
        push_policy(
            &mut out,
            policy,
            policy.result(class, group, access),
            dialect,
        );
    }
    PolicyList {
        elements: out,
        halves,
        status: match access {
            Access::Unreached | Access::Open => "notApplied",
            Access::Met => "success",
            Access::Demanded | Access::Blocked => "failure",
        },
    }
}

fn push_policy(
    out: &mut Vec<u8>,
    policy: &Policy,
    (result, yes, no): (&str, u64, u64),
    dialect: Dialect,
) {
    push(out, r#"{"id":""#);
    push_guid(out, policy.id);
    push(out, r#"","displayName":"CA"#);
    push_number(out, u64::from(100 + policy.number));
    push(out, " - ");
    push(out, policy.model.name);
    push(out, r#"","enforcedGrantControls":["#);
    push(out, policy.model.grant);
    push(out, r#"],"enforcedSessionControls":["#);
    push(out, policy.model.session);
    if dialect == Dialect::Beta {
        push(out, r#"],"sessionControlsNotSatisfied":["#);
    }
    push(out, r#"],"result":""#);
    push(out, result);
    match dialect {
        Dialect::V1 => out.push(b'"'),
        Dialect::Beta => {
            push(out, r#"","conditionsSatisfied":""#);
            push_conditions(out, yes);
            push(out, r#"","conditionsNotSatisfied":""#);
            push_conditions(out, no);
            push(
                out,
                r#"","authenticationStrength":null,"includeRulesSatisfied":[],"excludeRulesSatisfied":[]"#,
            );
        }
        Dialect::Diagnostic => {
            push(out, r#"","conditionsSatisfied":"#);
            push_number(out, yes);
            push(out, r#","conditionsNotSatisfied":"#);
            push_number(out, no);
        }
    }
    out.push(b'}');
}

/// Writes the names of the bits of a mask, as Graph does.
fn push_conditions(out: &mut Vec<u8>, mask: u64) {
    let names = [(1, "application"), (2, "users"), (8, "location")];
    let start = out.len();
    for (bit, name) in names {
        if mask & bit > 0 {
            if out.len() > start {
                out.push(b',');
            }
            push(out, name);
        }
    }
    if out.len() == start {
        push(out, "none");
    }
}
