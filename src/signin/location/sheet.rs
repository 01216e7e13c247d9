//! Reads what the rule wants to know from a batch of `signins`; a column that it lacks is unknown.

use std::cmp::Ordering;
use std::collections::HashMap;

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray};
use arrow::datatypes::{Float64Type, Int64Type, TimestampMicrosecondType};
use arrow::record_batch::RecordBatch;
use serde::Deserialize;

use super::score::Level;
use super::signals::{RowFacts, SignInFacts, entra_reason};
use crate::error::{Error, Result};
use crate::signin::batch::TextReader;
use crate::signin::fold::{is_blank_id, user_of};
use crate::signin::methods::is_phishing_resistant;
use crate::signin::schema::{SIGNINS, Signin};

/// The word for a named location that administrators trust, in every export.
const TRUSTED: &str = "trustedNamedLocation";

/// A batch of `signins`, or of some of its columns.
pub(super) struct Sheet<'a> {
    /// By place in [`SIGNINS`]; none that the batch lacks.
    columns: Vec<Option<&'a ArrayRef>>,
    texts: Vec<TextReader<'a>>,
    times: &'a [i64],
    /// Entra's risk detections, of rows that have any.
    events: HashMap<usize, Vec<String>>,
}

/// One sign-in of a sheet.
pub(super) struct Read<'a> {
    facts: SignInFacts<'a>,
    events: Vec<&'a str>,
}

impl Read<'_> {
    pub(super) fn facts(&self) -> SignInFacts<'_> {
        SignInFacts {
            risk_events: &self.events,
            ..self.facts
        }
    }
}

impl<'a> Sheet<'a> {
    pub(super) fn of(signins: &'a RecordBatch) -> Result<Self> {
        let columns = SIGNINS.iter().map(|c| signins.column_by_name(c.name));
        let columns: Vec<Option<&ArrayRef>> = columns.collect();
        let texts = columns
            .iter()
            .map(|c| c.map_or(TextReader::Nothing, TextReader::of));
        let texts: Vec<TextReader<'_>> = texts.collect();
        let times = signins
            .column_by_name(Signin::StartedAt.column().name)
            .and_then(|times| times.as_primitive_opt::<TimestampMicrosecondType>());
        let no_times = || Error::Internal("sign-ins without times".to_owned());
        let times = times.ok_or_else(no_times)?.values();
        let listed = &texts[Signin::RiskEventTypesV2 as usize];
        let events =
            (0..signins.num_rows()).filter_map(|row| Some((row, events(listed.at(row)?)?)));
        Ok(Self {
            times,
            events: events.collect(),
            columns,
            texts,
        })
    }

    /// The rows in the order in which histories see them.
    pub(super) fn rows_by_time(&self) -> Vec<usize> {
        let id = |row: usize| self.text(Signin::SigninId, row);
        let order = |a: &usize, b: &usize| -> Ordering {
            let times = self.times[*a].cmp(&self.times[*b]);
            times.then_with(|| id(*a).cmp(&id(*b)))
        };
        let mut rows: Vec<usize> = (0..self.times.len()).collect();
        rows.sort_unstable_by(order);
        rows
    }

    /// The tenant and the user of a row: the user's object id, else the name.
    pub(super) fn who(&self, row: usize) -> (&str, &str) {
        let text = |column| self.text(column, row).unwrap_or_default();
        let user = user_of(text(Signin::UserId), text(Signin::UserPrincipalName));
        (text(Signin::TenantId), user)
    }

    /// What a row states.
    pub(super) fn read(&self, row: usize) -> Read<'_> {
        let text = |column| self.text(column, row);
        let passed = text(Signin::MfaOutcome) == Some("passed");
        let method = || text(Signin::MfaMethod).and_then(is_phishing_resistant);
        let events = self.events.get(&row).into_iter().flatten();
        Read {
            facts: SignInFacts {
                time_us: self.times[row],
                signin_id: text(Signin::SigninId).unwrap_or_default(),
                event_type: text(Signin::EventType).unwrap_or("unknown"),
                row: RowFacts {
                    country: text(Signin::Country),
                    ip: text(Signin::IpAddress),
                    latitude: self.float(Signin::Latitude, row),
                    longitude: self.float(Signin::Longitude, row),
                    is_managed: self.device_flag(Signin::IsManaged, row),
                    is_compliant: self.device_flag(Signin::IsCompliant, row),
                    risk_level: self.risk_level(row),
                },
                asn: self.int(Signin::AutonomousSystemNumber, row),
                risk_events: &[],
                trusted_location: text(Signin::NetworkLocationDetails).is_some_and(is_trusted),
                succeeded: text(Signin::Outcome) == Some("success"),
                password_correct: match text(Signin::PasswordCorrect) {
                    Some("yes") => Some(true),
                    Some("no") => Some(false),
                    _ => None,
                },
                phishing_resistant_passed: passed && method() == Some(true),
                device_id: text(Signin::DeviceId),
                operating_system: text(Signin::OperatingSystem),
                browser: text(Signin::Browser),
            },
            events: events.map(String::as_str).collect(),
        }
    }

    /// The higher of Entra's two levels: of the sign-in as it happened, and with what was found out
    /// when the record was written.
    fn risk_level(&self, row: usize) -> Option<&str> {
        let levels = [Signin::RiskLevelDuringSignIn, Signin::RiskLevelAggregated];
        let told = levels.into_iter().filter_map(|c| self.text(c, row));
        // Reasons are in the order of the levels; a word that is none of them says nothing.
        told.max_by_key(|word| entra_reason(word))
    }

    fn text(&self, column: Signin, row: usize) -> Option<&str> {
        self.texts[column as usize].at(row)
    }

    fn float(&self, column: Signin, row: usize) -> Option<f64> {
        let array = self.columns[column as usize]?.as_primitive_opt::<Float64Type>()?;
        (!array.is_null(row)).then(|| array.value(row))
    }

    fn int(&self, column: Signin, row: usize) -> Option<i64> {
        let array = self.columns[column as usize]?.as_primitive_opt::<Int64Type>()?;
        (!array.is_null(row)).then(|| array.value(row))
    }

    pub(super) fn flag(&self, column: Signin, row: usize) -> Option<bool> {
        let array: &BooleanArray = self.columns[column as usize]?.as_boolean_opt()?;
        (!array.is_null(row)).then(|| array.value(row))
    }

    /// A flag of the device. Some exports say `false` of a device that they do not know.
    fn device_flag(&self, column: Signin, row: usize) -> Option<bool> {
        let flag = self.flag(column, row)?;
        let id = self.text(Signin::DeviceId, row).unwrap_or_default();
        (flag || !is_blank_id(id)).then_some(flag)
    }

    /// The level that a row was given when it was scored.
    pub(super) fn level(&self, row: usize) -> Option<Level> {
        self.text(Signin::LocationRiskLevel, row)
            .and_then(Level::parse)
    }
}

/// The names in a JSON list; `None` for an empty one, and for what is no list of texts.
fn events(text: &str) -> Option<Vec<String>> {
    if text == "[]" {
        return None;
    }
    let listed: Vec<String> = serde_json::from_str(text).ok()?;
    (!listed.is_empty()).then_some(listed)
}

#[derive(Deserialize)]
struct NamedLocation {
    #[serde(rename = "networkType", alias = "NetworkType", default)]
    kind: String,
}

/// Whether a JSON list of matched locations holds a trusted one.
fn is_trusted(text: &str) -> bool {
    // Cheap first: hardly any row names one, and the names in the list are free text.
    let listed = || serde_json::from_str::<Vec<NamedLocation>>(text).unwrap_or_default();
    text.contains(TRUSTED) && listed().iter().any(|location| location.kind == TRUSTED)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_location_is_trusted_by_its_type_never_by_its_name() {
        let yes = r#"[{"networkType":"trustedNamedLocation","networkNames":["HQ"]}]"#;
        assert!(is_trusted(yes));
        for no in [
            r#"[{"networkType":"namedNetwork","networkNames":["trustedNamedLocation"]}]"#,
            "[]",
            "",
            "trustedNamedLocation",
        ] {
            assert!(!is_trusted(no), "{no}");
        }
    }
}
