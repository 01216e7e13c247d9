//! What only the whole of a file can tell: the order of day and month, and the one tenant.

use std::borrow::Cow;
use std::collections::BTreeSet;

use super::facts::{FileFacts, Reading};
use super::json::{Table, walk};
use super::page::page_of;
use super::target::{Sink, StepField, Target, text};
use super::timestamp::{DateOrder, Evidence, evidence};
use crate::signin::schema::Record;

/// The keys of a JSON record that are looked at, whatever their case.
const LOOKED_AT: Table = &[
    ("createdDateTime", Target::Time(Record::CreatedAt)),
    ("resourceTenantId", Target::Text(Record::ResourceTenantId)),
    ("homeTenantId", Target::Text(Record::HomeTenantId)),
];

/// What the records of a file have shown so far.
#[derive(Debug, Default)]
pub struct Survey {
    /// Tenants that are home or resource of every record.
    tenants: Option<BTreeSet<String>>,
    day_first: bool,
    month_first: bool,
    open: bool,
}

/// What the dates of a file say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dates {
    /// There are no dates whose order must be known.
    Plain,
    Settled(DateOrder),
    /// No date settles it.
    Undecided,
    /// Some dates have the day first, others the month.
    Contradictory,
}

impl Survey {
    /// Looks at one piece of the file.
    pub fn note(&mut self, piece: &str, facts: &FileFacts) {
        match &facts.reading {
            Reading::Row(binding) => {
                let mut sight = Sight::default();
                binding.each_cell(piece, &mut |target, cell| sight.see(target, &cell));
                self.add(sight);
            }
            Reading::List(binding) => {
                let mut sight = Sight::default();
                binding.each_value(piece, &mut |target, cell| sight.see(target, &cell));
                self.add(sight);
            }
            Reading::Json(_) => match page_of(piece) {
                Some(records) => records.iter().for_each(|r| self.record(r)),
                None => self.record(piece),
            },
        }
    }

    fn record(&mut self, record: &str) {
        let mut sight = Sight::default();
        if walk(record, LOOKED_AT, &mut sight).is_ok() {
            self.add(sight);
        }
    }

    fn add(&mut self, sight: Sight) {
        match sight.date {
            Some(Evidence::Settles(DateOrder::DayFirst)) => self.day_first = true,
            Some(Evidence::Settles(DateOrder::MonthFirst)) => self.month_first = true,
            Some(Evidence::Open) => self.open = true,
            Some(Evidence::None) | None => {}
        }
        self.tenants = Some(match self.tenants.take() {
            Some(common) => common.intersection(&sight.tenants).cloned().collect(),
            None => sight.tenants,
        });
    }

    /// The one tenant that is home or resource of every record.
    pub fn tenant(&self) -> Option<String> {
        let tenants = self.tenants.as_ref().filter(|t| t.len() == 1)?;
        tenants.first().cloned()
    }

    /// What the dates say together.
    pub fn dates(&self) -> Dates {
        match (self.day_first, self.month_first) {
            (true, true) => Dates::Contradictory,
            (true, false) => Dates::Settled(DateOrder::DayFirst),
            (false, true) => Dates::Settled(DateOrder::MonthFirst),
            (false, false) if self.open => Dates::Undecided,
            (false, false) => Dates::Plain,
        }
    }
}

/// What one record shows.
#[derive(Default)]
struct Sight {
    tenants: BTreeSet<String>,
    date: Option<Evidence>,
}

impl Sight {
    fn see(&mut self, target: &Target, value: &str) {
        match target {
            Target::Text(Record::HomeTenantId | Record::ResourceTenantId) if !value.is_empty() => {
                self.tenants.insert(value.to_owned());
            }
            Target::Time(_) | Target::StepField(StepField::At) => {
                let own = evidence(value);
                let settled = matches!(self.date, Some(Evidence::Settles(_)));
                if own != Evidence::None && !settled {
                    self.date = Some(own);
                }
            }
            _ => {}
        }
    }
}

impl<'de> Sink<'de> for Sight {
    fn known(&mut self, target: &Target, _: &'static str, raw: Cow<'de, str>) {
        if let Some(value) = text(raw).filter(|value| value != "null") {
            self.see(target, &value);
        }
    }

    fn unknown(&mut self, _: &str, _: &str, _: Cow<'de, str>) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    fn survey(records: &[&str]) -> Survey {
        let mut survey = Survey::default();
        let facts = FileFacts::default();
        records.iter().for_each(|r| survey.note(r, &facts));
        survey
    }

    #[test]
    fn the_one_tenant_is_home_or_resource_of_every_record() {
        let own = r#"{"homeTenantId":"a","resourceTenantId":"a"}"#;
        let guest = r#"{"HomeTenantId":"b","ResourceTenantId":"a"}"#;
        assert_eq!(survey(&[own, guest]).tenant().as_deref(), Some("a"));
        assert_eq!(survey(&[guest]).tenant(), None);
        assert_eq!(survey(&[own, r#"{"homeTenantId":"b"}"#]).tenant(), None);
        assert_eq!(survey(&[]).tenant(), None);
    }

    #[test]
    fn dates_are_judged_together() {
        let at = |text: &str| format!(r#"{{"CreatedDateTime":"{text}"}}"#);
        let (open, day, month) = (
            at("1/2/2026 8:00:00"),
            at("15/2/2026 8:00:00"),
            at("2/15/2026 8:00:00"),
        );
        assert_eq!(survey(&[&open]).dates(), Dates::Undecided);
        assert_eq!(
            survey(&[&open, &day]).dates(),
            Dates::Settled(DateOrder::DayFirst)
        );
        assert_eq!(
            survey(&[&month, &open]).dates(),
            Dates::Settled(DateOrder::MonthFirst)
        );
        assert_eq!(survey(&[&month, &day]).dates(), Dates::Contradictory);
        assert_eq!(survey(&[&at("2026-02-15T08:00:00Z")]).dates(), Dates::Plain);
    }
}
