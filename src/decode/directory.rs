//! Reads exports of a directory's users: what they name each field, and what is no user.
//!
//! In: the UTF-8 text of one file. Out: users one by one, and what is none with its line and reason.
//! Names of fields are those of Graph (`userPrincipalName`), of PowerShell (`UserPrincipalName`), and
//! of the portals' downloads (`User principal name`): they are compared by letters and digits only.

use std::io::{BufRead, BufReader, Read};

use super::timestamp;
use super::{directory_csv, directory_json};
use crate::signin::schema::UserColumn;
use crate::signin::users::User;

/// What is heard of an export of users.
#[derive(Debug)]
pub enum Heard {
    User(Box<User>),
    /// Line, from 1, and why what stands there is no user.
    Reject(u64, String),
}

/// Reads an export of users, JSON or CSV; the error is of a file that is none.
pub fn read(reader: impl Read, hear: &mut dyn FnMut(Heard)) -> Result<(), String> {
    let mut text = BufReader::new(reader);
    let mut lines_before = 0;
    let first = loop {
        let seen = text.fill_buf().map_err(|e| e.to_string())?;
        let Some(first) = seen.first().copied() else {
            return Err("is empty".to_owned());
        };
        if !first.is_ascii_whitespace() {
            break first;
        }
        lines_before += u64::from(first == b'\n');
        text.consume(1);
    };
    let hear = &mut |heard| {
        hear(match heard {
            Heard::Reject(line, reason) => Heard::Reject(lines_before + line, reason),
            user => user,
        });
    };
    match first {
        b'{' | b'[' => {
            directory_json::read(text, hear);
            Ok(())
        }
        _ => directory_csv::read(text, hear),
    }
}

/// What a field of an export is to a user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Field {
    Text(UserColumn),
    Enabled,
    /// Whether signing in is blocked.
    Blocked,
    Synced,
    Created,
    Roles,
    /// Belongs to something that is no user.
    Stranger,
}

const FIELDS: [(&str, Field); 43] = [
    ("id", Field::Text(UserColumn::UserId)),
    ("objectid", Field::Text(UserColumn::UserId)),
    ("userid", Field::Text(UserColumn::UserId)),
    (
        "userprincipalname",
        Field::Text(UserColumn::UserPrincipalName),
    ),
    ("upn", Field::Text(UserColumn::UserPrincipalName)),
    ("displayname", Field::Text(UserColumn::UserDisplayName)),
    ("usertype", Field::Text(UserColumn::UserType)),
    ("department", Field::Text(UserColumn::Department)),
    ("jobtitle", Field::Text(UserColumn::JobTitle)),
    ("title", Field::Text(UserColumn::JobTitle)),
    ("companyname", Field::Text(UserColumn::CompanyName)),
    ("company", Field::Text(UserColumn::CompanyName)),
    ("officelocation", Field::Text(UserColumn::OfficeLocation)),
    ("office", Field::Text(UserColumn::OfficeLocation)),
    (
        "physicaldeliveryofficename",
        Field::Text(UserColumn::OfficeLocation),
    ),
    ("usagelocation", Field::Text(UserColumn::UsageLocation)),
    ("employeetype", Field::Text(UserColumn::EmployeeType)),
    ("accountenabled", Field::Enabled),
    ("blockcredential", Field::Blocked),
    ("onpremisessyncenabled", Field::Synced),
    ("directorysynced", Field::Synced),
    ("dirsyncenabled", Field::Synced),
    ("createddatetime", Field::Created),
    ("whencreated", Field::Created),
    ("memberof", Field::Roles),
    ("transitivememberof", Field::Roles),
    ("roles", Field::Roles),
    ("directoryroles", Field::Roles),
    // Of sign-ins, audits, groups, applications and devices, which have ids and names too.
    ("correlationid", Field::Stranger),
    ("ipaddress", Field::Stranger),
    ("errorcode", Field::Stranger),
    ("signinerrorcode", Field::Stranger),
    ("conditionalaccessstatus", Field::Stranger),
    ("activitydisplayname", Field::Stranger),
    ("activitydatetime", Field::Stranger),
    ("requestid", Field::Stranger),
    ("operation", Field::Stranger),
    ("auditdata", Field::Stranger),
    ("grouptypes", Field::Stranger),
    ("securityenabled", Field::Stranger),
    ("appid", Field::Stranger),
    ("serviceprincipaltype", Field::Stranger),
    ("operatingsystem", Field::Stranger),
];

impl Field {
    /// The column that the field fills.
    fn column(self) -> Option<UserColumn> {
        Some(match self {
            Self::Text(column) => column,
            Self::Enabled | Self::Blocked => UserColumn::AccountEnabled,
            Self::Synced => UserColumn::IsSynced,
            Self::Created => UserColumn::UserCreatedAt,
            Self::Roles => UserColumn::DirectoryRoles,
            Self::Stranger => return None,
        })
    }
}

/// Notes that an export has a field.
pub(super) fn has(user: &mut User, field: Field) {
    if let Some(column) = field.column() {
        user.has(column);
    }
}

/// What a field is, by its name as written.
pub(super) fn field(name: &str) -> Option<Field> {
    let letters = name.chars().filter(char::is_ascii_alphanumeric);
    let folded: String = letters.map(|c| c.to_ascii_lowercase()).collect();
    let found = FIELDS.iter().find(|(known, _)| *known == folded);
    found.map(|(_, field)| *field)
}

/// Sets a field from its text; roles stand apart by `;`.
pub(super) fn set(user: &mut User, field: Field, text: &str) {
    let flag = || match text.trim().to_ascii_lowercase().as_str() {
        "true" | "yes" | "1" => Some(true),
        "false" | "no" | "0" => Some(false),
        _ => None,
    };
    match field {
        Field::Text(column) => user.set(column, text),
        Field::Enabled => user.account_enabled = flag(),
        Field::Blocked => user.account_enabled = flag().map(|blocked| !blocked),
        Field::Synced => user.is_synced = flag(),
        Field::Created => user.created_at = timestamp::parse(text.trim()),
        Field::Roles => {
            let roles = text.split(';').map(str::trim).filter(|r| !r.is_empty());
            user.directory_roles = Some(roles.map(str::to_owned).collect());
        }
        Field::Stranger => {}
    }
}

/// Why a user of an export cannot be taken, where it cannot.
pub(super) fn fault(user: &User) -> Option<&'static str> {
    let none = |column| user.text(column).is_none();
    (none(UserColumn::UserId) && none(UserColumn::UserPrincipalName))
        .then_some("has neither an id nor a user principal name")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_all(text: &str) -> (Vec<User>, Vec<(u64, String)>) {
        let (mut users, mut rejects) = (Vec::new(), Vec::new());
        // A packed file gives few bytes at a time.
        let (begin, rest) = text.as_bytes().split_at(text.len().min(5));
        let read = read(begin.chain(rest), &mut |heard| match heard {
            Heard::User(user) => users.push(*user),
            Heard::Reject(line, reason) => rejects.push((line, reason)),
        });
        if let Err(reason) = read {
            rejects.push((0, reason));
        }
        (users, rejects)
    }

    fn told(users: &[User]) -> Vec<[Option<&str>; 3]> {
        let told = users.iter().map(|u| {
            [
                u.text(UserColumn::UserId),
                u.text(UserColumn::UserPrincipalName),
                u.text(UserColumn::Department),
            ]
        });
        told.collect()
    }

    #[test]
    fn graph_pages_arrays_and_lines() {
        let one = r##"{"id":"A1","userPrincipalName":"Anna@C.example","department":" IT ","accountEnabled":true,
            "memberOf":[{"@odata.type":"#microsoft.graph.group","displayName":"All"},
                {"@odata.type":"#microsoft.graph.directoryRole","displayName":"Global Reader"}]}"##;
        let two = r#"{"id":"b2","userPrincipalName":null,"department":"Sales"}"#;
        for text in [
            format!(r#"{{"@odata.context":"x","value":[{one},{two}],"@odata.nextLink":"y"}}"#),
            format!("[{one},\n{two}]"),
            format!("\n {one}\n{two}\n"),
            format!(r#"{{"value":[{one}]}} {{"value":[{two}]}}"#),
        ] {
            let (users, rejects) = read_all(&text);
            assert_eq!(rejects, []);
            let anna = [Some("a1"), Some("anna@c.example"), Some("IT")];
            assert_eq!(told(&users), [anna, [Some("b2"), None, Some("Sales")]]);
            assert_eq!(users[0].account_enabled, Some(true));
            assert_eq!(
                users[0].directory_roles,
                Some(vec!["Global Reader".to_owned()])
            );
            assert_eq!(users[1].directory_roles, None);
        }
    }

    #[test]
    fn what_is_no_user_is_named_with_its_line() {
        let text = "[{\"id\":\"1\"},\n5,\n{\"department\":\"IT\"},\n\
            {\"id\":\"r\",\"userPrincipalName\":\"a@c\",\"correlationId\":\"c\"},\n{\"id\":\"2\"}]";
        let (users, rejects) = read_all(text);
        assert_eq!(users.len(), 2);
        let lines: Vec<u64> = rejects.iter().map(|r| r.0).collect();
        assert_eq!(lines, [2, 3, 4]);
        assert!(rejects[2].1.contains("correlationId"), "{rejects:?}");
        let (_, rejects) = read_all(&format!("\n \n{text}"));
        let lines: Vec<u64> = rejects.iter().map(|r| r.0).collect();
        assert_eq!(lines, [4, 5, 6]);
        // A file that was cut off: what stands before it is kept.
        let (users, rejects) = read_all("{\"value\":[{\"id\":\"1\"},\n{\"id\":\"2\"");
        assert_eq!((users.len(), rejects.len(), rejects[0].0), (1, 1, 2));
    }

    #[test]
    fn tables_of_the_portals() {
        let entra = "userPrincipalName,displayName,id,userType,department,accountEnabled\n\
            Anna@c.example,\"Keller, \"\"Anna\"\"\",A1,Member,IT,True\n\
            short,row\n\
            b@c.example,B,b2,Guest,,False\n";
        let (users, rejects) = read_all(entra);
        let anna = [Some("a1"), Some("anna@c.example"), Some("IT")];
        assert_eq!(
            told(&users),
            [anna, [Some("b2"), Some("b@c.example"), None]]
        );
        assert_eq!(
            users[0].text(UserColumn::UserDisplayName),
            Some("Keller, \"Anna\"")
        );
        assert_eq!(rejects.len(), 1);
        assert_eq!(rejects[0].0, 3);
        let admin_centre =
            "Block credential;Department;Object Id;User principal name\nFalse;IT;x;a@c\n";
        let (users, rejects) = read_all(admin_centre);
        assert_eq!((users[0].account_enabled, rejects.len()), (Some(true), 0));
        assert_eq!(told(&users), [[Some("x"), Some("a@c"), Some("IT")]]);
    }

    #[test]
    fn another_table_is_refused() {
        for (text, reason) in [
            ("Date (UTC),Request ID,User\n1,2,3\n", "Request ID"),
            ("name,colour\na,b\n", "column"),
            ("  \n", "empty"),
        ] {
            let (users, rejects) = read_all(text);
            assert_eq!(users, []);
            assert!(rejects[0].1.contains(reason), "{rejects:?}");
        }
    }
}
