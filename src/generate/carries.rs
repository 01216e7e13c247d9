//! Says what each format can tell, and what a perfect reader of it therefore knows of a sign-in.
//!
//! The truth of an export is the planted truth minus what its format cannot carry. This is the one
//! place where that is decided; nothing here looks at a written text.
//!
//! | format | kinds | tenants | original request | steps | note | network | place | type | finest time |
//! | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |
//! | azure_monitor, event_hub | all six | both | yes | yes | yes | yes | yes | named | µs |
//! | graph, portal_json, powershell, extractor_suite, sof_elk | people, services, identities | first | yes | yes | yes | yes | yes | named | s |
//! | portal_csv | people, services, identities | first | no | yes | yes | yes | yes | by file | s |
//! | graph_v1 | interactive people | first | no | no | yes | no | yes | all interactive | s |
//! | log_analytics_* | people, services, identities | first | yes | yes | yes | yes | yes | by table | µs, CSV ms |
//! | unified_audit_* | people | first | no | no | no | no | no | untold | s |
//!
//! "note" is `status.additionalDetails`. Formats that ask one tenant's API carry the first tenant;
//! federation servers' records have a category of their own in diagnostic logs only, and those of
//! Microsoft's own services come by no API. One file of a Log Analytics table holds `SigninLogs`.
//!
//! Judgements, where SEMANTICS leaves room:
//! - Without steps, a code 0 tells of MFA only if a challenge (50074, 50076) came before it in the
//!   sign-in, or if its note tells; else MFA is `unknown`. A demand to register (50072, 50079) can be
//!   put off, so a code 0 after it tells nothing.
//! - 500121 without a note is `failed`: the code proves that MFA failed and hides the reason.
//! - 50126 and 50053 are `not_required` even without details: the first factor ended the attempt.
//! - 53003 after a challenge, and every other last code, is `unknown` without details.
//! - A challenge with nothing after it is abandoned or pending only if the format tells that
//!   somebody sat there; in the unified audit log the type is untold, so it is `unknown`.
//! - A password is right where steps say so or a code proves it; in the unified audit log a
//!   challenge or a block may be a silent request's and proves nothing. A code 0 proves no password.
//! - Without `originalRequestId`, what follows a code 0 is a sign-in of its own: the halves of a
//!   policy list under two ids are two sign-ins.
//! - How often somebody was asked is known from steps alone.

use super::format::Format;
use super::instant::{MILLI, SECOND, Ticks, shown};
use super::plan::{Kind, Plan};
use super::sign_in::SignIn;
use super::truth::{Mfa, Outcome, Password};

/// How a format tells the event type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Types {
    /// By a key, a category, a table or a file name; or all records are interactive.
    Told,
    /// Interactive and silent records of people look alike.
    Untold,
}

/// What a format can tell.
#[derive(Debug, Clone, Copy)]
pub(super) struct Carries {
    pub(super) kinds: &'static [Kind],
    /// Only records of the first tenant.
    pub(super) one_tenant: bool,
    pub(super) types: Types,
    pub(super) original_request: bool,
    /// `authenticationDetails`; every format that has them also has the requirement and the note.
    pub(super) steps: bool,
    pub(super) note: bool,
    /// The autonomous system number.
    pub(super) network: bool,
    pub(super) place: bool,
    /// Records of services have no event time of their own, only that of their arrival.
    pub(super) services_by_arrival: bool,
    /// The finest time that the format and the truth can show, in ticks.
    pub(super) unit: Ticks,
}

const ALL: &[Kind] = &[
    Kind::Interactive,
    Kind::NonInteractive,
    Kind::ServicePrincipal,
    Kind::ManagedIdentity,
    Kind::FirstParty,
    Kind::Adfs,
];
const BY_API: &[Kind] = &[
    Kind::Interactive,
    Kind::NonInteractive,
    Kind::ServicePrincipal,
    Kind::ManagedIdentity,
];
const PEOPLE: &[Kind] = &[Kind::Interactive, Kind::NonInteractive];
const AT_KEYBOARD: &[Kind] = &[Kind::Interactive];

/// Microsoft Graph beta, and all that is made of it.
const BETA: Carries = Carries {
    kinds: BY_API,
    one_tenant: true,
    types: Types::Told,
    original_request: true,
    steps: true,
    note: true,
    network: true,
    place: true,
    services_by_arrival: false,
    unit: SECOND,
};

impl Carries {
    /// What a format carries in one file, or in a `folder`.
    pub(super) fn of(format: Format, folder: bool) -> Self {
        match format {
            Format::AzureMonitor | Format::EventHub => Self {
                kinds: ALL,
                one_tenant: false,
                unit: MILLI / 1_000,
                ..BETA
            },
            Format::Graph
            | Format::PortalJson
            | Format::PowerShell
            | Format::ExtractorSuite
            | Format::SofElk => BETA,
            Format::PortalCsv => Self {
                original_request: false,
                ..BETA
            },
            Format::GraphV1 => Self {
                kinds: AT_KEYBOARD,
                original_request: false,
                steps: false,
                network: false,
                ..BETA
            },
            Format::LogAnalyticsCsv | Format::LogAnalyticsTables | Format::LogAnalyticsJson => {
                let lines = format == Format::LogAnalyticsJson;
                let csv = format == Format::LogAnalyticsCsv;
                Self {
                    kinds: if folder || lines { BY_API } else { AT_KEYBOARD },
                    services_by_arrival: true,
                    unit: if csv { MILLI } else { MILLI / 1_000 },
                    ..BETA
                }
            }
            Format::UnifiedAuditCsv | Format::UnifiedAuditJson | Format::UnifiedAuditSearch => {
                Self {
                    kinds: PEOPLE,
                    types: Types::Untold,
                    original_request: false,
                    steps: false,
                    note: false,
                    network: false,
                    place: false,
                    ..BETA
                }
            }
        }
    }

    /// Whether a sign-in's records are in the export; all of them are, or none.
    pub(super) fn holds(&self, signin: &SignIn) -> bool {
        signin.records.first().is_some_and(|first| {
            self.kinds.contains(&first.kind) && !(self.one_tenant && first.scene.tenant > 0)
        })
    }

    /// When a record happened, as the format tells it.
    pub(super) fn time(&self, plan: &Plan) -> Ticks {
        let service = matches!(plan.kind, Kind::ServicePrincipal | Kind::ManagedIdentity);
        let at = if service && self.services_by_arrival {
            plan.delivered
        } else {
            plan.created
        };
        self.cut(at)
    }

    /// An instant as the truth of this format shows it.
    pub(super) fn shown(&self, at: Ticks) -> String {
        shown(self.cut(at))
    }

    fn cut(&self, at: Ticks) -> Ticks {
        at - at.rem_euclid(self.unit)
    }

    /// The sign-ins that a perfect reader sees in one planted sign-in.
    pub(super) fn told<'a>(&self, signin: &'a SignIn) -> Vec<Told<'a>> {
        let pieces: Vec<&[Plan]> = if self.original_request {
            vec![&signin.records]
        } else {
            signin.records.split_inclusive(|r| r.code == 0).collect()
        };
        let told = pieces.into_iter().map(|records| {
            let mfa = self.mfa(signin, records);
            Told {
                records,
                outcome: signin.outcome,
                mfa,
                password: self.password(signin, records, mfa),
            }
        });
        told.collect()
    }

    fn mfa(&self, signin: &SignIn, records: &[Plan]) -> Mfa {
        if self.steps {
            return signin.mfa;
        }
        let Some((last, before)) = records.split_last() else {
            return Mfa::Unknown;
        };
        let noted = self.note && !last.note.is_empty();
        match last.code {
            0 if before.iter().any(challenges) => Mfa::Passed,
            0 | 500_121 if noted => signin.mfa,
            500_121 => Mfa::Failed,
            50_126 | 50_053 => Mfa::NotRequired,
            50_072 | 50_079 => Mfa::RegistrationRequired,
            50_074 | 50_076 if self.types == Types::Told => signin.mfa,
            _ => Mfa::Unknown,
        }
    }

    fn password(&self, signin: &SignIn, records: &[Plan], mfa: Mfa) -> Password {
        if self.steps || signin.password != Password::Right {
            return signin.password;
        }
        let told = self.types == Types::Told;
        let proof = |record: &Plan| match record.code {
            50_055 | 500_121 => true,
            53_003 => told,
            _ => told && asks(record),
        };
        if mfa.second_factor() || records.iter().any(proof) {
            Password::Right
        } else {
            Password::Untold
        }
    }
}

/// Whether a record asks for a second factor.
fn challenges(record: &Plan) -> bool {
    matches!(record.code, 50_074 | 50_076)
}

/// Whether a record asks for a second factor or for its registration.
fn asks(record: &Plan) -> bool {
    challenges(record) || matches!(record.code, 50_072 | 50_079)
}

/// What a perfect reader knows of one sign-in.
pub(super) struct Told<'a> {
    pub(super) records: &'a [Plan],
    pub(super) outcome: Outcome,
    pub(super) mfa: Mfa,
    pub(super) password: Password,
}
