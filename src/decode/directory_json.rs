//! Users as JSON: pages of Graph (`{"value": […]}`), arrays, or one object after another.

use std::cell::Cell;
use std::fmt;
use std::io::{BufRead, Read};
use std::rc::Rc;

use serde::Deserializer;
use serde::de::{DeserializeSeed, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

use super::directory::{Field, Heard, fault, field, has, set};
use crate::signin::schema::UserColumn;
use crate::signin::users::User;

/// Reads users to the end of the text, or to where it is no JSON: the rest is a reject.
pub(super) fn read(text: impl BufRead, hear: &mut dyn FnMut(Heard)) {
    let line = Rc::new(Cell::new(1));
    let counted = Lines {
        inner: text,
        line: line.clone(),
    };
    let mut text = serde_json::Deserializer::from_reader(counted);
    while text.end().is_err() {
        let mut page = Page {
            hear,
            line: line.clone(),
        };
        if let Err(e) = (&mut page).deserialize(&mut text) {
            // Its own line counts from where the JSON begins.
            let told = e.to_string();
            let told = told.split(" at line ").next().unwrap_or_default();
            let reason = format!("cannot be read from here on: {told}");
            return hear(Heard::Reject(line.get(), reason));
        }
    }
}

/// Counts the lines of what is read byte by byte.
struct Lines<R> {
    inner: R,
    line: Rc<Cell<u64>>,
}

impl<R: BufRead> Read for Lines<R> {
    fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
        let count = self.inner.read(out)?;
        let ends = out[..count].iter().filter(|b| **b == b'\n').count();
        self.line.set(self.line.get() + ends as u64);
        Ok(count)
    }
}

/// One value of the text: a page of users, an array of them, or one.
struct Page<'a> {
    hear: &'a mut dyn FnMut(Heard),
    line: Rc<Cell<u64>>,
}

impl Page<'_> {
    fn user(&mut self, value: &Value) {
        (self.hear)(match user(value) {
            Ok(user) => Heard::User(Box::new(user)),
            Err(reason) => Heard::Reject(self.line.get(), reason),
        });
    }
}

impl<'de> DeserializeSeed<'de> for &mut Page<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for &mut Page<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("users")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut users: A) -> Result<(), A::Error> {
        while let Some(value) = users.next_element::<Value>()? {
            self.user(&value);
        }
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut page: A) -> Result<(), A::Error> {
        let (mut is_page, mut own) = (false, Map::new());
        while let Some(key) = page.next_key::<String>()? {
            if key == "value" {
                is_page = true;
                page.next_value_seed(&mut *self)?;
            } else if is_page {
                page.next_value::<IgnoredAny>()?;
            } else {
                own.insert(key, page.next_value()?);
            }
        }
        if !is_page {
            self.user(&Value::Object(own));
        }
        Ok(())
    }
}

fn user(value: &Value) -> Result<User, String> {
    let object = value.as_object().ok_or("is no user: not an object")?;
    if let Some(kind) = object.get("@odata.type").and_then(Value::as_str)
        && !kind.ends_with(".user")
    {
        return Err(format!("is no user: {kind:?}"));
    }
    let mut user = User::default();
    for (key, value) in object {
        let field = field(key);
        field.iter().for_each(|field| has(&mut user, *field));
        match field {
            None => {}
            Some(_) if value.is_null() => {}
            Some(Field::Stranger) => return Err(format!("is no user: it has a field {key:?}")),
            Some(Field::Roles) if value.is_array() => user.directory_roles = Some(roles(value)),
            // Another name of a field that is set already.
            Some(Field::Text(column)) if user.text(column).is_some() && !is_own(column, key) => {}
            Some(field) => match value {
                Value::String(text) => set(&mut user, field, text),
                Value::Bool(flag) => set(&mut user, field, &flag.to_string()),
                Value::Number(number) => set(&mut user, field, &number.to_string()),
                Value::Array(_) | Value::Object(_) | Value::Null => {}
            },
        }
    }
    fault(&user).map_or(Ok(user), |fault| Err(fault.to_owned()))
}

/// Whether a field has the name that Graph gives it.
fn is_own(column: UserColumn, key: &str) -> bool {
    column.column().source.eq_ignore_ascii_case(key)
}

/// The names of the roles among what a user is a member of. PowerShell has what Graph says in
/// `AdditionalProperties`.
fn roles(value: &Value) -> Vec<String> {
    let groups = value.as_array().into_iter().flatten();
    let roles = groups.filter_map(|group| {
        if let Some(name) = group.as_str() {
            return Some(name.to_owned());
        }
        let told = group.get("AdditionalProperties").unwrap_or(group);
        let kind = told.get("@odata.type").and_then(Value::as_str)?;
        let name = told.get("displayName").and_then(Value::as_str)?;
        kind.ends_with(".directoryRole").then(|| name.to_owned())
    });
    roles.collect()
}
