//! Finds out who is meant: every account and name of a person, from one user id or user name.
//!
//! Accounts that share an id or a user name are one person: an account made anew has another id, a
//! person who married has another name. A guest's `anna_contoso.com#EXT#@…` is `anna@contoso.com`.
//! Memory: every distinct account of the lake.

use std::borrow::Cow;
use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

use arrow::datatypes::{Schema, SchemaRef};
use arrow::record_batch::RecordBatch;

use super::super::Lake;
use super::super::layout::Table;
use super::super::read::batches;
use crate::error::Result;
use crate::signin::batch::text_at;
use crate::signin::fold::is_blank_id;
use crate::signin::schema::RECORDS_SCHEMA;

/// What the lake knows a person by.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Person {
    /// Tenant and user id; empty where there is none.
    pub accounts: BTreeSet<(String, String)>,
    /// User ids, in lower case.
    pub ids: BTreeSet<String>,
    /// User names, in lower case and as a guest's home writes them.
    pub user_names: BTreeSet<String>,
    /// Other writings of the user names, and further addresses.
    pub other_names: BTreeSet<String>,
    pub display_names: BTreeSet<String>,
    /// Display names that others bear too: these stay where others use them.
    pub shared_names: BTreeSet<String>,
}

/// One account as records show it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
struct Account {
    tenant: String,
    id: String,
    user_name: String,
    written: String,
    display: String,
    other: String,
}

/// A user name in lower case, a guest's as its home writes it.
pub(super) fn home_name(user_name: &str) -> Cow<'_, str> {
    let lower = user_name.trim().to_lowercase();
    if let Some((mangled, _)) = lower.split_once("#ext#")
        && let Some((local, domain)) = mangled.rsplit_once('_')
    {
        return Cow::Owned(format!("{local}@{domain}"));
    }
    Cow::Owned(lower)
}

impl Person {
    /// Everything the lake knows of whom this user id or user name names; `None` if nobody.
    pub fn find(lake: &Lake, named: &str) -> Result<Option<Self>> {
        let accounts = accounts(lake)?;
        Ok(Self::among(&accounts, named))
    }

    fn among(accounts: &HashSet<Account>, named: &str) -> Option<Self> {
        let named = named.trim().to_lowercase();
        if is_blank_id(&named) {
            return None;
        }
        let mut person = Self::default();
        person.ids.insert(named.clone());
        person.user_names.insert(home_name(&named).into_owned());
        let mut known = 0;
        while known < person.ids.len() + person.user_names.len() {
            known = person.ids.len() + person.user_names.len();
            for account in accounts {
                if person.is(&account.id, &account.user_name) {
                    person.take(account);
                }
            }
        }
        if person.accounts.is_empty() {
            return None;
        }
        // What was asked for is one of both.
        let is_id = accounts.iter().any(|a| a.id.to_lowercase() == named);
        if is_id {
            person.user_names.remove(&named);
        } else {
            person.ids.remove(&named);
        }
        let others = accounts.iter().filter(|a| !person.is(&a.id, &a.user_name));
        let others: HashSet<String> = others.map(|a| a.display.to_lowercase()).collect();
        let shared = |name: &String| others.contains(&name.to_lowercase());
        person.shared_names = person
            .display_names
            .iter()
            .filter(|n| shared(n))
            .cloned()
            .collect();
        Some(person)
    }

    fn take(&mut self, account: &Account) {
        self.accounts
            .insert((account.tenant.clone(), account.id.clone()));
        if !is_blank_id(&account.id) {
            self.ids.insert(account.id.to_lowercase());
        }
        // A name without a domain is whatever somebody typed: it links nobody.
        if account.user_name.contains('@') {
            self.user_names
                .insert(home_name(&account.user_name).into_owned());
            self.other_names.insert(account.user_name.to_lowercase());
        }
        for name in [&account.written, &account.other] {
            if name.contains('@') {
                self.other_names.insert(name.to_lowercase());
            }
        }
        if !account.display.trim().is_empty() {
            self.display_names.insert(account.display.trim().to_owned());
        }
    }

    /// Whether a record's user id and user name are this person's.
    pub fn is(&self, id: &str, user_name: &str) -> bool {
        (!is_blank_id(id) && self.ids.contains(&id.to_lowercase()))
            || (!user_name.is_empty() && self.user_names.contains(home_name(user_name).as_ref()))
    }

    /// Every name to look for in what others' records say.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        let own = self.display_names.difference(&self.shared_names);
        let accounts = self
            .ids
            .iter()
            .chain(&self.user_names)
            .chain(&self.other_names);
        accounts.chain(own).map(String::as_str)
    }
}

const COLUMNS: [&str; 6] = [
    "tenant_id",
    "user_id",
    "user_principal_name",
    "user_principal_name_raw",
    "user_display_name",
    "alternate_sign_in_name",
];

/// Every distinct account of a lake.
fn accounts(lake: &Lake) -> Result<HashSet<Account>> {
    let fields = COLUMNS
        .iter()
        .filter_map(|c| RECORDS_SCHEMA.field_with_name(c).ok());
    let schema: SchemaRef = Arc::new(Schema::new(fields.cloned().collect::<Vec<_>>()));
    let mut found = HashSet::new();
    let mut last = Account::default();
    // Whoever never signed in is known by an import only.
    for table in [Table::Records, Table::Waiting, Table::Users] {
        for file in lake.manifest().table(table) {
            for batch in batches(&lake.find(&file.path), &schema)? {
                let batch = batch?;
                for row in 0..batch.num_rows() {
                    let account = account(&batch, row);
                    // Sorted by user: most rows are like the one before.
                    if account != last {
                        last = account.clone();
                        found.insert(account);
                    }
                }
            }
        }
    }
    found.retain(|a| !(is_blank_id(&a.id) && a.user_name.is_empty()));
    Ok(found)
}

fn account(batch: &RecordBatch, row: usize) -> Account {
    let text = |place: usize| {
        text_at(batch.column(place), row)
            .unwrap_or_default()
            .to_owned()
    };
    Account {
        tenant: text(0),
        id: text(1),
        user_name: text(2),
        written: text(3),
        display: text(4),
        other: text(5),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account(id: &str, user_name: &str, display: &str) -> Account {
        Account {
            tenant: "t".to_owned(),
            id: id.to_owned(),
            user_name: user_name.to_owned(),
            display: display.to_owned(),
            ..Account::default()
        }
    }

    #[test]
    fn one_person_has_every_account_that_shares_an_id_or_a_name() {
        let accounts = HashSet::from([
            account("1", "anna@c.example", "Anna Keller"),
            account("1", "anna.berg@c.example", "Anna Berg"),
            account("2", "anna.berg@c.example", "Anna Berg"),
            account("3", "anna_c.example#EXT#@d.example", "Anna Keller"),
            account("", "anna@c.example", ""),
            account("4", "other@c.example", "Anna Berg"),
            account("00000000-0000-0000-0000-000000000000", "nobody", ""),
            account("", "anna", ""),
        ]);
        let all: BTreeSet<String> = ["1", "2", "3"].map(str::to_owned).into();
        for named in ["1", "ANNA@c.example", "anna.berg@c.example", "3"] {
            let person = Person::among(&accounts, named).expect("a person");
            assert_eq!(person.ids, all, "{named}");
            assert_eq!(
                person.shared_names,
                BTreeSet::from(["Anna Berg".to_owned()])
            );
            assert!(!person.is("4", "other@c.example") && !person.is("", "anna"));
            assert!(person.is("", "Anna@C.example"));
        }
        assert_eq!(Person::among(&accounts, "nobody@c.example"), None);
        assert_eq!(Person::among(&accounts, ""), None);
    }
}
