//! The people of a directory: rows of `users`, and how a later export of them meets an earlier one.
//!
//! A person is known by the object id, where an export has none by the user name. What a later export
//! says of a person replaces what an earlier one said; of what it says nothing (it has no such column),
//! the earlier one counts. Who is not in it stays, because sign-ins of people who left are asked about. A user name is that of one row of a tenant: whoever had it
//! before keeps the id and loses the name. Memory: every person once, some 2 KB each.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, ListBuilder, StringArray, StringBuilder,
    TimestampMicrosecondArray,
};
use arrow::datatypes::TimestampMicrosecondType;
use arrow::record_batch::RecordBatch;

use super::batch::text_at;
use super::schema::{Kind, USER_COLUMNS, USERS_SCHEMA, UserColumn};
use crate::error::{Error, Result};

/// One person of a directory.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct User {
    /// By [`UserColumn`]; `None` also in the columns that are no text.
    texts: [Option<Box<str>>; USER_COLUMNS],
    pub account_enabled: Option<bool>,
    pub is_synced: Option<bool>,
    /// Microseconds since 1970-01-01 UTC, like all times.
    pub created_at: Option<i64>,
    pub imported_at: i64,
    /// `None` where the export does not tell roles.
    pub directory_roles: Option<Vec<String>>,
    /// Columns that the export has, a bit each by [`UserColumn`].
    has: u32,
}

impl User {
    /// The text of a column.
    pub fn text(&self, column: UserColumn) -> Option<&str> {
        self.texts[column as usize].as_deref()
    }

    /// Notes that the export has a column, whatever it says in it.
    pub fn has(&mut self, column: UserColumn) {
        self.has |= 1 << column as u32;
    }

    /// Takes from what was known of the person whatever this export has no column for.
    fn completed_from(&mut self, known: &Self) {
        // A person who was met by name keeps the id.
        let id = UserColumn::UserId as usize;
        if self.texts[id].is_none() {
            self.texts[id].clone_from(&known.texts[id]);
        }
        for column in UserColumn::ALL {
            if self.has & (1 << *column as u32) != 0 {
                continue;
            }
            match column {
                UserColumn::AccountEnabled => self.account_enabled = known.account_enabled,
                UserColumn::IsSynced => self.is_synced = known.is_synced,
                UserColumn::UserCreatedAt => self.created_at = known.created_at,
                UserColumn::DirectoryRoles => {
                    self.directory_roles.clone_from(&known.directory_roles);
                }
                UserColumn::ImportedAt | UserColumn::TenantId | UserColumn::UserId => {}
                text => {
                    let known = &known.texts[*text as usize];
                    self.texts[*text as usize].clone_from(known);
                }
            }
        }
    }

    /// Sets a text; blank is none. Ids, user names and user types are kept in lower case.
    pub fn set(&mut self, column: UserColumn, text: &str) {
        let text = text.trim();
        let lower = matches!(
            column,
            UserColumn::UserId
                | UserColumn::TenantId
                | UserColumn::UserPrincipalName
                | UserColumn::UserType
        );
        self.texts[column as usize] = match text {
            "" => None,
            _ if lower => Some(text.to_lowercase().into()),
            _ => Some(text.into()),
        };
    }

    /// Whether two exports say the same of a person, whenever they were read.
    fn says_the_same(&self, other: &Self) -> bool {
        self.texts == other.texts
            && self.directory_roles == other.directory_roles
            && (self.account_enabled, self.is_synced, self.created_at)
                == (other.account_enabled, other.is_synced, other.created_at)
    }
}

/// What an import came to. `new + changed + same + duplicates` is what was read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Merged {
    pub users: Vec<User>,
    pub new: u64,
    pub changed: u64,
    pub same: u64,
    /// People who were in the export before: the last row counts.
    pub duplicates: u64,
    /// People of earlier imports who lost their user name to somebody of this one.
    pub renamed: u64,
}

impl Merged {
    /// Whether the table is another one afterwards.
    pub fn changes(&self) -> bool {
        self.new + self.changed + self.renamed > 0
    }
}

/// Puts an export over what is known; sorted by name, then id.
pub fn merge(known: Vec<User>, told: Vec<User>) -> Merged {
    let mut merged = Merged::default();
    let mut places = Places::default();
    let mut users = known;
    users
        .iter()
        .enumerate()
        .for_each(|(place, user)| places.add(user, place));
    // Of everybody who is told of, what was known of them.
    let mut before: HashMap<usize, Option<Box<User>>> = HashMap::new();
    for mut user in told {
        let Some(place) = places.of(&user, &users) else {
            merged.new += 1;
            places.add(&user, users.len());
            before.insert(users.len(), None);
            users.push(user);
            continue;
        };
        user.completed_from(&users[place]);
        places.add(&user, place);
        let old = std::mem::replace(&mut users[place], user);
        match before.entry(place) {
            Entry::Occupied(_) => merged.duplicates += 1,
            Entry::Vacant(entry) => drop(entry.insert(Some(Box::new(old)))),
        }
    }
    drop(places);
    for (place, old) in &before {
        let Some(old) = old else { continue };
        let user = &mut users[*place];
        match user.says_the_same(old) {
            true => {
                user.imported_at = old.imported_at;
                merged.same += 1;
            }
            false => merged.changed += 1,
        }
    }
    let is_told = |place: usize| before.contains_key(&place);
    merged.renamed = one_holder(&mut users, &is_told);
    users.iter_mut().for_each(|user| user.has = 0);
    users.sort_by(|a, b| key(a).cmp(&key(b)));
    merged.users = users;
    merged
}

/// Takes user names from those who had them before; how many lost theirs.
fn one_holder(users: &mut [User], is_told: &dyn Fn(usize) -> bool) -> u64 {
    let mut holders: HashMap<Name, usize> = HashMap::new();
    for (place, user) in users.iter().enumerate() {
        let Some(name) = name_of(user) else { continue };
        let rank = |place: usize| (is_told(place), users[place].imported_at, place);
        let holder = holders.entry(name).or_insert(place);
        if rank(place) > rank(*holder) {
            *holder = place;
        }
    }
    let mut renamed = 0;
    for (place, user) in users.iter_mut().enumerate() {
        let holds = name_of(user).is_none_or(|name| holders.get(&name) == Some(&place));
        if !holds {
            // Two rows with one name have ids: a row without one was met by its name.
            user.texts[UserColumn::UserPrincipalName as usize] = None;
            renamed += 1;
        }
    }
    renamed
}

type Name = (Option<Box<str>>, Box<str>);

fn name_of(user: &User) -> Option<Name> {
    let name = user.texts[UserColumn::UserPrincipalName as usize].clone()?;
    Some((user.texts[UserColumn::TenantId as usize].clone(), name))
}

/// The sort order of the table.
fn key(user: &User) -> (Option<&str>, Option<&str>, Option<&str>) {
    let text = |column| user.text(column);
    (
        text(UserColumn::UserPrincipalName),
        text(UserColumn::UserId),
        text(UserColumn::TenantId),
    )
}

/// Where people stand, by id and by name.
#[derive(Default)]
struct Places {
    by_id: HashMap<Box<str>, usize>,
    by_name: HashMap<Name, usize>,
}

impl Places {
    fn add(&mut self, user: &User, place: usize) {
        if let Some(id) = &user.texts[UserColumn::UserId as usize] {
            self.by_id.insert(id.clone(), place);
        }
        if let Some(name) = name_of(user) {
            self.by_name.insert(name, place);
        }
    }

    /// The row of a person: of the id; where one of both has none, of the user name.
    fn of(&self, user: &User, users: &[User]) -> Option<usize> {
        let id = user.texts[UserColumn::UserId as usize].as_ref();
        if let Some(place) = id.and_then(|id| self.by_id.get(id)) {
            return Some(*place);
        }
        let place = *self.by_name.get(&name_of(user)?)?;
        let named = &users[place];
        let same_name =
            named.text(UserColumn::UserPrincipalName) == user.text(UserColumn::UserPrincipalName);
        let no_id = id.is_none() || named.text(UserColumn::UserId).is_none();
        (same_name && no_id).then_some(place)
    }
}

/// The people as one batch of `users`.
pub fn to_batch(users: &[User]) -> Result<RecordBatch> {
    let columns = UserColumn::ALL.iter().map(|column| -> ArrayRef {
        let times = |of: fn(&User) -> Option<i64>| {
            let times: TimestampMicrosecondArray = users.iter().map(of).collect();
            Arc::new(times.with_timezone("UTC"))
        };
        let flags = |of: fn(&User) -> Option<bool>| {
            let flags: BooleanArray = users.iter().map(of).collect();
            Arc::new(flags)
        };
        match column {
            UserColumn::AccountEnabled => flags(|u| u.account_enabled),
            UserColumn::IsSynced => flags(|u| u.is_synced),
            UserColumn::UserCreatedAt => times(|u| u.created_at),
            UserColumn::ImportedAt => times(|u| Some(u.imported_at)),
            UserColumn::DirectoryRoles => roles(users),
            _ => {
                let texts: StringArray = users.iter().map(|u| u.text(*column)).collect();
                Arc::new(texts)
            }
        }
    });
    RecordBatch::try_new(USERS_SCHEMA.clone(), columns.collect())
        .map_err(|e| Error::Internal(format!("users: {e}")))
}

fn roles(users: &[User]) -> ArrayRef {
    let mut lists = ListBuilder::new(StringBuilder::new());
    for user in users {
        match &user.directory_roles {
            None => lists.append_null(),
            Some(roles) => {
                roles
                    .iter()
                    .for_each(|role| lists.values().append_value(role));
                lists.append(true);
            }
        }
    }
    Arc::new(lists.finish())
}

/// The people of a batch of `users`.
pub fn from_batch(batch: &RecordBatch) -> Vec<User> {
    let column = |column: UserColumn| batch.column(column as usize);
    let flag = |of: UserColumn, row: usize| {
        let flags: &BooleanArray = column(of).as_boolean();
        flags.is_valid(row).then(|| flags.value(row))
    };
    let time = |of: UserColumn, row: usize| {
        let times: &TimestampMicrosecondArray =
            column(of).as_primitive::<TimestampMicrosecondType>();
        times.is_valid(row).then(|| times.value(row))
    };
    let roles = column(UserColumn::DirectoryRoles).as_list::<i32>();
    let user = |row: usize| {
        let mut user = User {
            account_enabled: flag(UserColumn::AccountEnabled, row),
            is_synced: flag(UserColumn::IsSynced, row),
            created_at: time(UserColumn::UserCreatedAt, row),
            imported_at: time(UserColumn::ImportedAt, row).unwrap_or_default(),
            ..User::default()
        };
        for of in UserColumn::ALL {
            if of.column().kind == Kind::Text {
                user.texts[*of as usize] = text_at(column(*of), row).map(Into::into);
            }
        }
        user.directory_roles = roles.is_valid(row).then(|| {
            let names = roles.value(row);
            let names = names.as_string::<i32>().iter().flatten();
            names.map(str::to_owned).collect()
        });
        user
    };
    (0..batch.num_rows()).map(user).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn user(id: &str, name: &str, department: &str, at: i64) -> User {
        let mut user = User {
            imported_at: at,
            ..User::default()
        };
        user.set(UserColumn::UserId, id);
        user.set(UserColumn::UserPrincipalName, name);
        user.set(UserColumn::Department, department);
        user.has(UserColumn::UserPrincipalName);
        user.has(UserColumn::Department);
        user
    }

    #[test]
    fn a_batch_gives_back_its_users() {
        let mut users = vec![
            User {
                account_enabled: Some(false),
                created_at: Some(5),
                directory_roles: Some(vec!["Global Administrator".to_owned()]),
                ..user("A", "Anna@C.example", "IT", 7)
            },
            User {
                directory_roles: Some(Vec::new()),
                is_synced: Some(true),
                ..user("", "x@c.example", "", 7)
            },
        ];
        users.iter_mut().for_each(|user| user.has = 0);
        assert_eq!(from_batch(&to_batch(&users).expect("a batch")), users);
        assert_eq!(users[0].text(UserColumn::UserId), Some("a"));
    }

    #[test]
    fn the_later_export_counts_and_who_is_not_in_it_stays() {
        let first = merge(
            Vec::new(),
            vec![
                user("1", "a@c", "IT", 1),
                user("2", "b@c", "Sales", 1),
                user("1", "a@c", "HR", 1),
            ],
        );
        assert_eq!((first.new, first.duplicates), (2, 1));
        let told = vec![user("1", "a@c", "HR", 2), user("3", "b@c", "Law", 2)];
        let second = merge(first.users, told.clone());
        assert_eq!((second.new, second.same, second.renamed), (1, 1, 1));
        let rows: Vec<_> = second
            .users
            .iter()
            .map(|u| (key(u), u.imported_at))
            .collect();
        assert_eq!(
            rows,
            [
                ((None, Some("2"), None), 1),
                ((Some("a@c"), Some("1"), None), 1),
                ((Some("b@c"), Some("3"), None), 2),
            ]
        );
        // Once more: nothing is new.
        let third = merge(second.users.clone(), told);
        assert_eq!((third.new, third.changed, third.same), (0, 0, 2));
        assert_eq!(third.users, second.users);
    }

    #[test]
    fn an_export_without_a_column_leaves_what_was_known() {
        let mut first = user("1", "a@c", "IT", 1);
        first.directory_roles = Some(vec!["Global Reader".to_owned()]);
        let first = merge(Vec::new(), vec![first]);
        let mut bare = user("1", "a@c", "", 2);
        bare.has = 0;
        bare.has(UserColumn::UserPrincipalName);
        assert_eq!(merge(first.users.clone(), vec![bare]).same, 1);
        // An empty cell says that there is none.
        let second = merge(first.users, vec![user("1", "a@c", "", 2)]);
        assert_eq!(second.users[0].text(UserColumn::Department), None);
        assert!(second.users[0].directory_roles.is_some());
    }

    #[test]
    fn an_export_without_ids_meets_one_with_ids_by_name() {
        let first = merge(Vec::new(), vec![user("", "a@c", "IT", 1)]);
        let second = merge(first.users, vec![user("1", "A@c", "IT", 2)]);
        assert_eq!((second.users.len(), second.changed), (1, 1));
        let third = merge(second.users, vec![user("", "a@c", "HR", 3)]);
        assert_eq!(third.users.len(), 1);
        assert_eq!(third.users[0].text(UserColumn::UserId), Some("1"));
        assert_eq!(third.users[0].text(UserColumn::Department), Some("HR"));
    }
}
