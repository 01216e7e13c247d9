//! The organisation's own settings, from `authlake.toml`. Unknown keys are errors with their line.
//!
//! ```toml
//! timezone = "Europe/Berlin"
//!
//! [[codes]]
//! code = 50074
//! title = "Second factor asked for"
//! advice = ["Look at the sign-in's MFA outcome"]
//!
//! [[mfa_results]]
//! text = "approved by the help desk"
//! match = "tail"
//! outcome = "passed"
//!
//! [location]
//! risky_countries = ["KP"]
//! ```
//!
//! Never: knows which words a value may have; whoever does says so with [`Settings::wrong`].

mod location;

use std::path::{Path, PathBuf};

use serde::Deserialize;
pub use toml::Spanned;

pub use location::{AsnRow, Location, NetworkRow};

use crate::error::{Error, Result};

/// Everything that `authlake.toml` can say.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Time zone of days, hours and times without one in saved queries, UTC where it is left out; and
    /// of the location rule's local hours, by longitude where it is left out.
    pub timezone: Option<Spanned<String>>,
    /// Rows that are put over the table of AADSTS codes.
    #[serde(default)]
    pub codes: Vec<CodeRow>,
    /// Rows that are put over the table of MFA result texts.
    #[serde(default)]
    pub mfa_results: Vec<ResultRow>,
    /// Places, networks and points of the location rule.
    #[serde(default)]
    pub location: Location,
}

/// An organisation's own words on a code; what is left out stays as it was.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CodeRow {
    pub code: i32,
    pub name: Option<String>,
    pub kind: Option<Spanned<String>>,
    pub category: Option<String>,
    pub title: Option<String>,
    pub meaning: Option<String>,
    pub not_said: Option<String>,
    pub who_can_fix: Option<String>,
    pub advice: Option<Vec<String>>,
}

/// What a result text says of a second factor, in an organisation's own judgement.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ResultRow {
    pub text: Spanned<String>,
    /// `exact`, `tail` or `prefix`.
    #[serde(rename = "match")]
    pub matching: Spanned<String>,
    pub outcome: Spanned<String>,
    /// `details` where it is left out.
    pub field: Option<Spanned<String>>,
    pub meaning: Option<String>,
}

/// A configuration file as it was read.
#[derive(Debug, Clone)]
pub struct Settings {
    pub config: Config,
    path: PathBuf,
    text: String,
}

impl Settings {
    /// Reads a configuration file.
    pub fn read(path: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(path).map_err(|e| Error::io("read", path, e))?;
        Self::parse(path, text)
    }

    fn parse(path: &Path, text: String) -> Result<Self> {
        let config = toml::from_str(&text).map_err(|e| Error::Config {
            path: path.to_path_buf(),
            reason: e.to_string(),
        })?;
        Ok(Self {
            config,
            path: path.to_path_buf(),
            text,
        })
    }

    /// The error of a value that cannot be used, with its line.
    pub fn wrong<T>(&self, value: &Spanned<T>, reason: &str) -> Error {
        let before = &self.text[..value.span().start.min(self.text.len())];
        let line = before.matches('\n').count() + 1;
        Error::Config {
            path: self.path.clone(),
            reason: format!("line {line}: {reason}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Settings> {
        Settings::parse(Path::new("authlake.toml"), text.to_owned())
    }

    #[test]
    fn unknown_and_missing_keys_are_named_with_their_line() {
        let error = parse("[[codes]]\ncode = 1\ncolour = 2\n").expect_err("an error");
        assert!(error.to_string().contains("line 3"), "{error}");
        let error =
            parse("\n[[mfa_results]]\ntext = 'a'\nmatch = 'exact'\n").expect_err("an error");
        assert!(error.to_string().contains("line 2"), "{error}");
        assert!(error.to_string().contains("`outcome`"), "{error}");
    }

    #[test]
    fn keys_and_values_of_the_location_have_their_lines() {
        let text = "[location]\ntravel_km = 400\n[location.signals]\nhosting = 5\ntravel = 1\n";
        let settings = parse(text).expect("settings");
        let location = &settings.config.location;
        assert_eq!(
            location.travel_km.as_ref().map(|km| *km.get_ref()),
            Some(400.0)
        );
        let line = |error: Error| error.to_string();
        let signals = location.signals.iter();
        let told = signals.map(|(name, points)| {
            (
                line(settings.wrong(name, "x")),
                line(settings.wrong(points, "x")),
            )
        });
        let told: Vec<_> = told.collect();
        assert_eq!(told[0].0, "authlake.toml: line 4: x");
        assert_eq!(told[1].1, "authlake.toml: line 5: x");
        let error = parse("[location]\ntravel_kms = 1\n").expect_err("an error");
        assert!(error.to_string().contains("line 2"), "{error}");
    }

    #[test]
    fn a_wrong_value_is_told_with_its_line() {
        let text = "[[mfa_results]]\ntext = 'é'\nmatch = 'exact'\noutcome = 'won'\n";
        let settings = parse(text).expect("settings");
        let row = &settings.config.mfa_results[0];
        let error = settings.wrong(&row.outcome, "no such outcome");
        assert_eq!(error.to_string(), "authlake.toml: line 4: no such outcome");
    }
}
