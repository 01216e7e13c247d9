//! A stretch of a record that was met before: its bytes, and what reading them came to.
//!
//! Reading most values leaves nothing behind but cells, and the same bytes leave the same ones. Where
//! the bytes of a stretch come again, the cells are set again, without reading. Whatever else a value
//! leaves (a key without a column, a field of the envelope) is handed out to be read each time.

use std::borrow::Cow;
use std::ops::Range;

use super::json::Table;
use super::scan::Quoted;
use super::target::Sink;
use crate::signin::row::{Cell, Hint};
use crate::signin::schema::Record;

/// A cell that was set: by its place in the text, where it is one.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Kept {
    Null,
    Text(Range<usize>, Hint),
    Int(i64),
    Float(f64),
    Bool(bool),
}

impl Kept {
    /// What is kept of a cell that was read from `text`; `None` where it rests on more than the text.
    pub(super) fn of(cell: &Cell<'_>, text: &str) -> Option<Self> {
        Some(match cell {
            Cell::Null => Self::Null,
            Cell::Text(Cow::Borrowed(part)) => Self::Text(place_in(text, part)?, Hint::NONE),
            Cell::Int(v) => Self::Int(*v),
            Cell::Float(v) => Self::Float(*v),
            Cell::Bool(v) => Self::Bool(*v),
            // A time rests on the clock of its file.
            Cell::Text(Cow::Owned(_)) | Cell::Time(_) => return None,
        })
    }
}

impl Kept {
    /// The cell of anything but a text.
    fn number(&self) -> Cell<'static> {
        match self {
            Self::Null | Self::Text(..) => Cell::Null,
            Self::Int(v) => Cell::Int(*v),
            Self::Float(v) => Cell::Float(*v),
            Self::Bool(v) => Cell::Bool(*v),
        }
    }
}

/// Where a part of a text stands in it; `None` where it is no part of it.
fn place_in(text: &str, part: &str) -> Option<Range<usize>> {
    let begin = (part.as_ptr() as usize).checked_sub(text.as_ptr() as usize)?;
    let range = begin..begin + part.len();
    (text.get(range.clone()) == Some(part)).then_some(range)
}

/// What a value leaves behind.
#[derive(Debug, Clone)]
enum Effect {
    Cell(Record, Kept),
    /// The value of the key at this place is to be read again; whether it is a text without escapes.
    Read(usize, Range<usize>, bool),
}

/// A stretch of an object: one or more of its fields with what ends each, or a value.
#[derive(Debug, Clone, Default)]
pub(super) struct Stretch {
    text: Box<str>,
    effects: Box<[Effect]>,
    /// One more than the place of its last key.
    pub(super) after: usize,
}

impl Stretch {
    /// A value, by the cells that it sets.
    pub(super) fn value(text: &str, cells: Vec<(Record, Kept)>) -> Self {
        Self {
            text: text.into(),
            effects: cells.into_iter().map(|(c, k)| Effect::Cell(c, k)).collect(),
            after: 0,
        }
    }

    /// The field of the key at a place: `text` ends with what ends the field, and before that with
    /// its value `raw`, which sets these cells, or must be read each time.
    pub(super) fn field(
        place: usize,
        text: &str,
        raw: &str,
        cells: Option<Vec<(Record, Kept)>>,
    ) -> Self {
        let begin = text.len() - 1 - raw.len();
        let effects: Box<[Effect]> = match cells {
            Some(cells) => cells
                .into_iter()
                .map(|(column, kept)| Effect::Cell(column, kept).moved(begin))
                .collect(),
            None => {
                let plain = raw.starts_with('"') && !raw.contains('\\');
                Box::new([Effect::Read(place, begin..begin + raw.len(), plain)])
            }
        };
        Self {
            text: text.into(),
            effects,
            after: place + 1,
        }
    }

    /// Several that follow one another in `text`, each where it begins there.
    pub(super) fn joined<'s>(
        text: &str,
        parts: impl Iterator<Item = (usize, &'s Stretch)>,
    ) -> Self {
        let (mut effects, mut after) = (Vec::new(), 0);
        for (begin, part) in parts {
            let moved = part.effects.iter().map(|e| e.clone().moved(begin));
            effects.extend(moved);
            after = part.after;
        }
        Self {
            text: text.into(),
            effects: effects.into(),
            after,
        }
    }

    /// Gives each text that it sets a hint of its own.
    pub(super) fn hint(&mut self, mut next: impl FnMut() -> Hint) {
        for effect in &mut self.effects {
            if let Effect::Cell(_, Kept::Text(_, hint)) = effect {
                *hint = next();
            }
        }
    }

    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// Whether there is none.
    pub(super) fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// Whether the object ends behind it.
    pub(super) fn ends(&self) -> bool {
        self.text.ends_with('}')
    }

    /// Bytes that it takes in memory.
    pub(super) fn held_bytes(&self) -> usize {
        size_of::<Self>() + self.text.len() + size_of_val(&*self.effects)
    }

    /// Does what reading it would do; `text` is it, as it stands in the record.
    #[inline]
    pub(super) fn again<'de, S: Sink<'de>>(&self, table: Table, text: &'de str, sink: &mut S) {
        for effect in &self.effects {
            match effect {
                Effect::Cell(column, Kept::Text(range, hint)) => {
                    let part = &text[range.clone()];
                    sink.again(*column, Cell::Text(Cow::Borrowed(part)), *hint);
                }
                Effect::Cell(column, kept) => sink.again(*column, kept.number(), Hint::NONE),
                Effect::Read(place, value, plain) => {
                    let (name, target) = &table[*place];
                    let raw = &text[value.clone()];
                    match plain {
                        true => sink.plain_string(target, name, Quoted::whole(raw)),
                        false => sink.known(target, name, Cow::Borrowed(raw)),
                    }
                }
            }
        }
    }
}

impl Effect {
    /// The same where its text stands so many bytes further on.
    fn moved(self, by: usize) -> Self {
        let moved = |range: Range<usize>| range.start + by..range.end + by;
        match self {
            Self::Cell(column, Kept::Text(range, hint)) => {
                Self::Cell(column, Kept::Text(moved(range), hint))
            }
            Self::Read(place, value, plain) => Self::Read(place, moved(value), plain),
            cell => cell,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use crate::decode::fields::ENVELOPE;
    use crate::decode::found::Found;
    use crate::decode::habits::Habits;
    use crate::decode::json::{walk, walk_knowing};
    use crate::decode::timestamp::LOGS;
    use crate::signin::row::Hint;

    /// All that a walk left, to be compared.
    fn told(found: &Found<'_>, whole: &Result<(), String>) -> String {
        let cells = found.row.filled();
        let cells: Vec<String> = cells
            .map(|(c, cell, _)| format!("{c:?}={cell:?}"))
            .collect();
        let cells: BTreeMap<String, ()> = cells.into_iter().map(|c| (c, ())).collect();
        format!(
            "{whole:?} {:?} {:?} {:?} {:?} {} {}",
            cells.keys(),
            found.envelope,
            found.extra,
            found.steps,
            found.respelt,
            found.undecided,
        )
    }

    /// Records that nearly always say the same, and each time something else for once.
    fn record(n: usize) -> String {
        let mut parts = [
            r#""time":"2026-01-05T00:02:25Z""#,
            r#""category":"SignInLogs""#,
            r#""tenantId":"t1""#,
            r#""Level":4"#,
        ]
        .map(str::to_owned)
        .to_vec();
        let mut fields = [
            r#""id":"a""#,
            r#""userPrincipalName":"A@b.c""#,
            r#""status":{"errorCode":0,"failureReason":null}"#,
            r#""deviceDetail":{"deviceId":"0946aad5-7437-45be-82be-6d1ed6ba8ff1","isManaged":true,"browser":"Edge"}"#,
            r#""location":{"city":"Sydney","countryOrRegion":"AU","geoCoordinates":{"latitude":-33.5,"longitude":151}}"#,
            r#""riskDetail":"none""#,
            r#""riskState":"none""#,
            r#""riskEventTypes":[]"#,
            r#""userType":"Member""#,
            r#""isInteractive":true"#,
            r#""tenantId":"t2""#,
            r#""createdDateTime":"2026-01-05T00:02:25Z""#,
            r#""rngcStatus":0"#,
        ]
        .map(str::to_owned)
        .to_vec();
        let odd = [
            r#""riskState":"at\u0020risk""#,
            r#""riskState":null"#,
            r#""riskState" : "none""#,
            r#""riskDetail":"" "#,
            r#""riskEventTypes":["x","}"]"#,
            r#""riskEventTypes":"[1]""#,
            r#""deviceDetail":{"deviceId":"0946aad5-7437-45be-82be-6d1ed6ba8ff1","isManaged":false,"browser":"Edge"}"#,
            r#""deviceDetail":{"deviceId":"0946aad5-7437-45be-82be-6d1ed6ba8ff1","isManaged":true,"browser":"Edge","new":1}"#,
            r#""deviceDetail":{"DeviceId":"0946aad5-7437-45be-82be-6d1ed6ba8ff1","isManaged":true}"#,
            r#""deviceDetail":{"deviceId":"0946aad5-7437-45be-82be-6d1ed6ba8ff1","deviceId":"","isManaged":true}"#,
            r#""deviceDetail":null"#,
            r#""location":{"city":null,"countryOrRegion":"AU","geoCoordinates":{"latitude":0,"longitude":0}}"#,
            r#""location":{}"#,
            r#""status":50126"#,
            r#""status":{"errorCode":99999999999}"#,
            r#""newKey":{"a":[1]}"#,
            r#""tenantId":"""#,
            r#""tenantId":null"#,
            r#""createdDateTime":"01/02/2026 10:00:00""#,
            r#""rngcStatus":"0""#,
            r#""rngcStatus":0,"rngcStatus":null"#,
            r#""userType":"GUEST""#,
            r#""authenticationDetails":[{"succeeded":true}]"#,
            r#""riskState":"none","#,
            r#""riskState""#,
        ];
        // Once in three records something differs, and each of these comes several times in a row.
        if n.is_multiple_of(3) && n > 100 {
            let at = n * 7 % fields.len();
            fields.insert(at, odd[n / 9 % odd.len()].to_owned());
        }
        if n % 50 > 46 {
            fields.reverse();
        }
        if n % 31 == 5 {
            parts.pop();
        }
        let separator = if n % 40 < 37 { "," } else { " , " };
        parts.push(format!("\"properties\":{{{}}}", fields.join(separator)));
        if n % 290 < 40 {
            let tenants = [r#""t3""#, "null", r#""""#];
            parts.push(format!(
                r#""location":"AU","tenantId":{}"#,
                tenants[n / 290 % tenants.len()]
            ));
        }
        format!("{{ {}}}", parts.join(", "))
    }

    #[test]
    fn what_comes_again_leaves_what_it_left() {
        let mut habits = Habits::default();
        let mut hinted = 0;
        for n in 0..3_000 {
            let text = record(n);
            let (mut plain, mut knowing) = (Found::new(LOGS), Found::new(LOGS));
            let whole = walk(&text, ENVELOPE, &mut plain);
            let known = walk_knowing(&text, ENVELOPE, &mut knowing, &mut habits);
            assert_eq!(told(&knowing, &known), told(&plain, &whole), "{text}");
            let hints = knowing.row.filled().filter(|(.., h)| *h != Hint::NONE);
            hinted += hints.count();
        }
        // It was not for want of being remembered.
        assert!(hinted > 10_000, "{hinted}");
    }
}
