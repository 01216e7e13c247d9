//! Scores batches of `signins`, day after day, with what the days before taught.
//!
//! In: all sign-ins of some users on one UTC day, in any order; days in ascending order. Out: the
//! columns of [`SCORE_COLUMNS`]. What is held is the history of each user of the baseline and the
//! facts of each tenant's days in it, whatever the number of sign-ins.

use std::collections::BTreeMap;
use std::hash::BuildHasher;
use std::sync::{Arc, LazyLock};

use arrow::array::{
    ArrayRef, BooleanArray, Float64Array, Int32Array, ListBuilder, StringArray, StringBuilder,
};
use arrow::datatypes::{Schema, SchemaRef};
use arrow::record_batch::RecordBatch;
use foldhash::fast::{FixedState, RandomState};
use hashbrown::HashMap;

use super::history::{Scored, UserHistory};
use super::settings::Settings;
use super::sheet::Sheet;
use super::signals::SignInFacts;
use super::tenant::{TenantDay, TenantFacts, in_baseline};
use crate::error::{Error, Result};
use crate::signin::batch::TextReader;
use crate::signin::fold::user_of;
use crate::signin::schema::{SIGNINS_SCHEMA, Signin};

/// The columns of `signins` that a score fills.
pub const SCORE_COLUMNS: &[Signin] = &[
    Signin::LocationRisk,
    Signin::LocationRiskLevel,
    Signin::LocationRiskReasons,
    Signin::KmFromPrevious,
    Signin::MinutesFromPrevious,
    Signin::NewCountryForUser,
    Signin::NewAsnForUser,
    Signin::SharedEgress,
];

/// The columns of `signins` that a history is made from.
pub static LEARNED_SCHEMA: LazyLock<SchemaRef> = LazyLock::new(|| {
    let columns = [
        Signin::SigninId,
        Signin::TenantId,
        Signin::EventType,
        Signin::StartedAt,
        Signin::Outcome,
        Signin::PasswordCorrect,
        Signin::UserId,
        Signin::UserPrincipalName,
        Signin::IpAddress,
        Signin::AutonomousSystemNumber,
        Signin::Country,
        Signin::Latitude,
        Signin::Longitude,
        Signin::DeviceId,
        Signin::OperatingSystem,
        Signin::Browser,
        Signin::LocationRiskLevel,
        Signin::SharedEgress,
    ];
    let fields = columns.map(|c| SIGNINS_SCHEMA.field(c as usize).clone());
    Arc::new(Schema::new(fields.to_vec()))
});

/// What one day taught so far, and what the days before did.
pub struct Scorer {
    settings: Arc<Settings>,
    /// By tenant and user.
    users: HashMap<String, UserHistory, RandomState>,
    /// By tenant and day.
    days: BTreeMap<String, BTreeMap<i32, TenantDay>>,
    today: i32,
    /// What each tenant's closed days say today.
    facts: HashMap<String, TenantFacts, RandomState>,
}

impl Scorer {
    /// A scorer that knows nothing yet.
    pub fn new(settings: Arc<Settings>) -> Self {
        Self {
            settings,
            users: HashMap::default(),
            days: BTreeMap::new(),
            today: i32::MIN,
            facts: HashMap::default(),
        }
    }

    /// Begins a day, in days since 1970-01-01 UTC; the one before is closed.
    pub fn begin(&mut self, day: i32) {
        if self.today == day {
            return;
        }
        let before = std::mem::replace(&mut self.today, day);
        self.facts.clear();
        let settings = &self.settings;
        for days in self.days.values_mut() {
            days.get_mut(&before).into_iter().for_each(TenantDay::close);
            days.retain(|known, _| in_baseline(*known, day, settings));
        }
        self.days.retain(|_, days| !days.is_empty());
        let is_known = |last: i32| in_baseline(last, day, settings);
        self.users
            .retain(|_, user| user.last_day().is_some_and(is_known));
    }

    /// Learns from sign-ins of the day that were scored before.
    pub fn learn(&mut self, signins: &RecordBatch) -> Result<()> {
        let sheet = Sheet::of(signins)?;
        self.each(&sheet, |history, facts, _, settings, row| {
            let shared_egress = sheet.flag(Signin::SharedEgress, row);
            history.learn(facts, sheet.level(row), shared_egress, settings);
        });
        Ok(())
    }

    /// Scores all sign-ins of some users on the day, and learns from them. The batch has the
    /// columns of `signins`; it comes back with the scores.
    pub fn score(&mut self, signins: &RecordBatch) -> Result<RecordBatch> {
        let sheet = Sheet::of(signins)?;
        let mut scored: Vec<Option<Scored>> = vec![None; signins.num_rows()];
        self.each(&sheet, |history, facts, tenant, settings, row| {
            scored[row] = Some(history.score(facts, tenant, settings));
        });
        let mut columns = signins.columns().to_vec();
        for column in SCORE_COLUMNS {
            columns[*column as usize] = array_of(*column, &scored);
        }
        RecordBatch::try_new(signins.schema(), columns)
            .map_err(|e| Error::Internal(format!("scores: {e}")))
    }

    /// Shows each sign-in, in the order of time, to the history of its user, and adds it to the
    /// tenant's day.
    fn each(
        &mut self,
        sheet: &Sheet<'_>,
        mut visit: impl FnMut(&mut UserHistory, &SignInFacts<'_>, &TenantFacts, &Settings, usize),
    ) {
        let mut key = String::new();
        for row in sheet.rows_by_time() {
            let (tenant, user) = sheet.who(row);
            let read = sheet.read(row);
            let facts = read.facts();
            if !self.facts.contains_key(tenant) {
                let of_today = self.facts_of(tenant);
                self.facts.insert(tenant.to_owned(), of_today);
            }
            let of_tenant = &self.facts[tenant];
            let settings = &*self.settings;
            if user.is_empty() {
                // Nobody in particular has no past.
                visit(
                    &mut UserHistory::default(),
                    &facts,
                    of_tenant,
                    settings,
                    row,
                );
                continue;
            }
            key.clear();
            key.extend([tenant, "\0", user]);
            let history = self.users.entry_ref(key.as_str()).or_default();
            visit(history, &facts, of_tenant, settings, row);
            if !facts.is_interactive() {
                continue;
            }
            let days = match self.days.get_mut(tenant) {
                Some(days) => days,
                None => self.days.entry(tenant.to_owned()).or_default(),
            };
            days.entry(self.today).or_default().add(user, &facts);
        }
    }

    fn facts_of(&self, tenant: &str) -> TenantFacts {
        let days = self.days.get(tenant).into_iter().flatten();
        TenantFacts::of(days.map(|(day, of)| (*day, of)), self.today, &self.settings)
    }
}

/// A hash of whose history each sign-in belongs to.
pub fn user_hashes(signins: &RecordBatch) -> Vec<u64> {
    let columns = [Signin::TenantId, Signin::UserId, Signin::UserPrincipalName];
    let columns = columns.map(|column| TextReader::named(signins, column.column().name));
    let hashes = (0..signins.num_rows()).map(|row| {
        let [tenant, id, name] = columns.map(|texts| texts.at(row).unwrap_or_default());
        FixedState::default().hash_one((tenant, user_of(id, name)))
    });
    hashes.collect()
}

fn array_of(column: Signin, scored: &[Option<Scored>]) -> ArrayRef {
    let each = || scored.iter().map(Option::as_ref);
    let points = |s: &Scored| i32::from(s.score.points);
    match column {
        Signin::LocationRisk => Arc::new(Int32Array::from_iter(each().map(|s| s.map(points)))),
        Signin::LocationRiskLevel => {
            let levels = each().map(|s| s.map(|s| s.score.level.name()));
            Arc::new(StringArray::from_iter(levels))
        }
        Signin::LocationRiskReasons => {
            let mut lists = ListBuilder::new(StringBuilder::new());
            for scored in each() {
                let texts = scored.into_iter().flat_map(|s| s.score.texts());
                texts.for_each(|text| lists.values().append_value(text));
                lists.append(scored.is_some());
            }
            Arc::new(lists.finish())
        }
        Signin::KmFromPrevious => numbers(scored, |s| s.km_from_previous),
        Signin::MinutesFromPrevious => numbers(scored, |s| s.minutes_from_previous),
        Signin::NewCountryForUser => flags(scored, |s| s.new_country_for_user),
        Signin::NewAsnForUser => flags(scored, |s| s.new_asn_for_user),
        _ => flags(scored, |s| s.shared_egress),
    }
}

fn numbers(scored: &[Option<Scored>], value: fn(&Scored) -> Option<f64>) -> ArrayRef {
    let values = scored.iter().map(|s| s.as_ref().and_then(value));
    Arc::new(Float64Array::from_iter(values))
}

fn flags(scored: &[Option<Scored>], value: fn(&Scored) -> Option<bool>) -> ArrayRef {
    let values = scored.iter().map(|s| s.as_ref().and_then(value));
    Arc::new(BooleanArray::from_iter(values))
}
