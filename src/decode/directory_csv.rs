//! Users as the portals' downloads write them: a table whose first row names the columns.

use std::io::{BufRead, Read};

use super::directory::{Field, Heard, fault, field, has, set};
use crate::signin::schema::UserColumn;
use crate::signin::users::User;

/// Bytes of the first row at most.
const HEADER_BYTES_MAX: u64 = 1 << 20;
const DELIMITERS: [u8; 3] = [b',', b';', b'\t'];

/// Reads a table of users; the error is of a table that holds none.
pub(super) fn read(mut text: impl BufRead, hear: &mut dyn FnMut(Heard)) -> Result<(), String> {
    let mut first = Vec::new();
    let mut begin = (&mut text).take(HEADER_BYTES_MAX);
    let read = begin.read_until(b'\n', &mut first);
    read.map_err(|e| e.to_string())?;
    let count = |delimiter: &u8| first.iter().filter(|b| *b == delimiter).count();
    let delimiter = DELIMITERS.into_iter().max_by_key(count).unwrap_or(b',');
    let mut rows = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter)
        .from_reader(first.chain(text));
    let mut row = csv::ByteRecord::new();
    let mut columns: Option<Vec<Option<Field>>> = None;
    loop {
        match rows.read_byte_record(&mut row) {
            Ok(true) => {}
            Ok(false) => break,
            Err(e) => {
                hear(Heard::Reject(rows.position().line(), e.to_string()));
                break;
            }
        }
        let line = row.position().map_or(0, csv::Position::line);
        match &columns {
            None => columns = Some(header(&row)?),
            Some(columns) => hear(match user(&row, columns) {
                Ok(user) => Heard::User(Box::new(user)),
                Err(reason) => Heard::Reject(line, reason),
            }),
        }
    }
    columns.map(drop).ok_or_else(|| "is empty".to_owned())
}

/// What the columns are; the error is of a table that holds no users.
fn header(row: &csv::ByteRecord) -> Result<Vec<Option<Field>>, String> {
    let mut columns = Vec::new();
    for cell in row {
        let name = String::from_utf8_lossy(cell);
        let found = field(&name);
        if found == Some(Field::Stranger) {
            return Err(format!("is no table of users: it has a column {name:?}"));
        }
        // Of two columns for one thing the first counts.
        columns.push(found.filter(|f| !columns.contains(&Some(*f))));
    }
    let known = [UserColumn::UserId, UserColumn::UserPrincipalName];
    match known
        .iter()
        .any(|c| columns.contains(&Some(Field::Text(*c))))
    {
        true => Ok(columns),
        false => {
            Err("is no table of users: it has neither a column id nor userPrincipalName".to_owned())
        }
    }
}

fn user(row: &csv::ByteRecord, columns: &[Option<Field>]) -> Result<User, String> {
    if row.len() != columns.len() {
        let (cells, wanted) = (row.len(), columns.len());
        return Err(format!("has {cells} cells, the first row has {wanted}"));
    }
    let mut user = User::default();
    for (cell, field) in row.iter().zip(columns) {
        let Some(field) = field else { continue };
        let text = std::str::from_utf8(cell).map_err(|_| "is not UTF-8".to_owned())?;
        has(&mut user, *field);
        set(&mut user, *field, text);
    }
    fault(&user).map_or(Ok(user), |fault| Err(fault.to_owned()))
}
