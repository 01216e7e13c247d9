//! A file of users: JSON or CSV, whole or cut off.

use crate::decode::directory::{Heard, read};
use crate::signin::schema::UserColumn;
use crate::signin::users::{from_batch, merge, to_batch};

/// Every user has an id or a name, and comes back from a batch; reasons are short.
pub fn run(data: &[u8]) {
    let mut users = Vec::new();
    let _ = read(data, &mut |heard| match heard {
        Heard::User(user) => {
            let named = [UserColumn::UserId, UserColumn::UserPrincipalName];
            assert!(named.iter().any(|column| user.text(*column).is_some()));
            users.push(*user);
        }
        Heard::Reject(line, reason) => assert!(line > 0 && reason.len() < data.len() + 500),
    });
    let read = users.len() as u64;
    let merged = merge(Vec::new(), users);
    assert_eq!(merged.new + merged.duplicates, read);
    let batch = to_batch(&merged.users).expect("a batch");
    assert_eq!(from_batch(&batch), merged.users);
}
