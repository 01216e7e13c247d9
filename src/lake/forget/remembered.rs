//! What a lake remembers of what it forgot, so that the same export does not bring it back.
//!
//! Names are kept as hashes with a random salt, times as a day. The salt lies beside the hashes:
//! whoever holds the lake and guesses a name can find it confirmed, and nothing more.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::names::{Names, Salted, first_bits, is_distinctive, salted};
use super::person::{Person, home_name};
use super::words::plain;
use crate::error::{Error, Result};
use crate::lake::layout::Day;

/// What was forgotten, as far as it may be known.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Forgotten {
    /// 32 random bytes, hexadecimal; empty as long as no person was forgotten.
    salt: String,
    /// Events of earlier days are not taken; days since 1970-01-01.
    before: Option<i32>,
    /// Hashes of user ids and user names.
    accounts: BTreeSet<String>,
    /// Hashes of all names, by how many words they have.
    names: BTreeMap<usize, BTreeSet<String>>,
    /// A few bits of the first word of each name.
    firsts: BTreeSet<u16>,
    /// Columns of `records` in which others' records named somebody.
    columns: BTreeSet<String>,
    pub acts: Vec<Act>,
}

/// One request to forget.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Act {
    /// Microseconds since 1970-01-01 UTC.
    pub at: i64,
    /// Number of the commit.
    pub commit: u64,
    /// `user`, or `before YYYY-MM-DD`.
    pub what: String,
    pub records: u64,
    pub signins: u64,
}

impl Forgotten {
    /// Whether nothing was ever forgotten.
    pub fn is_empty(&self) -> bool {
        self.before.is_none() && self.accounts.is_empty()
    }

    /// The day before which nothing is taken.
    pub fn before(&self) -> Option<Day> {
        self.before.map(Day)
    }

    /// Remembers a day.
    pub(super) fn add_day(&mut self, day: Day) {
        self.before = self.before.max(Some(day.0));
    }

    /// Remembers a person, and the columns in which others' records named them.
    pub(super) fn add_person(
        &mut self,
        person: &Person,
        columns: impl Iterator<Item = String>,
    ) -> Result<()> {
        if self.salt.is_empty() {
            let mut salt = [0; 32];
            let made = getrandom::fill(&mut salt);
            made.map_err(|e| Error::Internal(format!("random bytes: {e}")))?;
            self.salt = blake3::Hash::from_bytes(salt).to_hex().to_string();
        }
        let salt = self.salt()?;
        for account in person.ids.iter().chain(&person.user_names) {
            self.accounts.insert(salted(&salt, account));
        }
        for name in person.names().map(plain).filter(|n| !n.is_empty()) {
            let count = name.split(' ').count();
            let hashes = self.names.entry(count).or_default();
            hashes.insert(salted(&salt, &name));
            if is_distinctive(&name) {
                let first = name.split(' ').next().unwrap_or_default();
                self.firsts.insert(first_bits(&salt, first));
            }
        }
        self.columns.extend(columns);
        Ok(())
    }

    /// Whether a user id or user name was forgotten.
    pub fn knows(&self, named: &str) -> bool {
        let named = named.trim().to_lowercase();
        self.salt()
            .is_ok_and(|salt| self.knows_account(&salt, &named, &named))
    }

    fn knows_account(&self, salt: &[u8; 32], id: &str, user_name: &str) -> bool {
        let holds = |text: &str| self.accounts.contains(&salted(salt, text));
        (!id.is_empty() && holds(&id.to_lowercase()))
            || (!user_name.is_empty() && holds(&home_name(user_name)))
    }

    fn salt(&self) -> Result<[u8; 32]> {
        let hash = blake3::Hash::from_hex(&self.salt);
        hash.map(|hash| *hash.as_bytes())
            .map_err(|e| Error::Internal(format!("salt of the journal: {e}")))
    }

    /// Made ready to hold new rows back; `None` if nothing was forgotten.
    pub fn guard(&self) -> Result<Option<Guard>> {
        if self.is_empty() {
            return Ok(None);
        }
        let salt = match self.accounts.is_empty() {
            true => [0; 32],
            false => self.salt()?,
        };
        let names = Names::hashed(
            self.names.keys().copied().collect(),
            Salted {
                salt,
                hashes: self.names.values().flatten().cloned().collect(),
                firsts: self.firsts.iter().copied().collect(),
            },
        );
        Ok(Some(Guard {
            forgotten: self.clone(),
            salt,
            names,
        }))
    }
}

/// Holds back what was forgotten when an export brings it again.
pub struct Guard {
    forgotten: Forgotten,
    salt: [u8; 32],
    pub(super) names: Names,
}

impl std::fmt::Debug for Guard {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Guard").finish_non_exhaustive()
    }
}

impl Guard {
    /// Whether rows of this account are held back.
    pub(super) fn is_forgotten(&self, id: &str, user_name: &str) -> bool {
        let any = !self.forgotten.accounts.is_empty();
        any && self.forgotten.knows_account(&self.salt, id, user_name)
    }

    pub(super) fn before(&self) -> Option<Day> {
        self.forgotten.before()
    }

    /// Whether names are looked for in a column of `records`.
    pub(super) fn searches(&self, column: &str) -> bool {
        self.forgotten.columns.contains(column)
    }
}
