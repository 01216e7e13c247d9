//! What a worker has learned of the writer whose records it reads: which key follows which, the stretches
//! that stay the same from record to record, and the values and policies that come again and again.
//!
//! A serialiser writes its keys in one order, many fields nearly always say the same, and devices,
//! places and policies are few beside the records. What was met before is read by comparing bytes. An
//! object, and a field with the comma or bracket behind it, say themselves where they end: where the
//! bytes are those of a known one, it ends where the known one did.

use std::hash::BuildHasher;

use foldhash::fast::RandomState;

use super::json::Table;
use super::known_lists::{List, Lists};
use super::known_values::Values;
use super::scan::{Fault, Scanner};
use super::stretch::{Kept, Stretch};
use crate::signin::row::Hint;
use crate::signin::schema::Record;

/// Longest field, and longest stretch of fields, that is remembered.
const FIELD_BYTES_MAX: usize = 256;
const RUN_BYTES_MAX: usize = 4_096;
/// After so many looks it is decided whether a field often is what it was; where it is not, the next
/// so many are not looked at.
const TRIES: u16 = 64;
const REST: u16 = 4_096;
/// Other values in a row after which the last one is remembered instead.
const MISSES: u8 = 2;
/// What a hit adds to how steady something is, and what a miss takes: steady is what hits in four of
/// five looks, and only that is joined to longer stretches.
const HIT: u8 = 1;
const MISS: u8 = 4;
const STEADY: u8 = 24;
const STEADIEST: u8 = 32;
/// Bytes of values that are remembered; beyond it the memory starts anew.
const VALUE_BYTES_MAX: usize = 8 << 20;

/// What was learned.
#[derive(Default)]
pub(super) struct Habits {
    objects: Vec<Object>,
    lists: Lists,
    hints: u32,
    hasher: RandomState,
    /// Bytes of the values of all objects.
    value_bytes: usize,
}

/// A kind of object, by the table of its keys.
struct Object {
    table: Table,
    /// Each key of the table as serialisers write it, with its colon; nothing behind the last.
    keys: Vec<Box<str>>,
    /// What follows the beginning, and each key.
    slots: Vec<Slot>,
    /// For each key, the lists and objects that were met as its value.
    values: Vec<Values>,
    /// The steady fields that were met one after another up to here: the slot of each, and where it
    /// began.
    streak: Vec<(usize, usize)>,
}

/// What follows a key of an object, or its beginning.
#[derive(Default)]
struct Slot {
    /// The place of the key that came last.
    place: usize,
    /// The field that came last; empty where none is remembered.
    field: Stretch,
    steady: u8,
    tries: u16,
    hits: u16,
    rest: u16,
    misses: u8,
    /// The hash of a field that came once.
    once: u64,
    /// Several steady fields; empty where none are remembered.
    run: Stretch,
    run_steady: u8,
}

/// A kind of object whose fields are being read.
#[derive(Debug, Clone, Copy)]
pub(super) struct Kind(usize);

/// What was gone over.
pub(super) enum Next<'h> {
    /// Whole fields that were met before, with what ends them.
    Known(&'h Stretch),
    /// The key at this place, with its colon.
    Key(usize),
    Nothing,
}

impl Habits {
    /// The kind of object whose keys a table lists.
    pub(super) fn kind(&mut self, table: Table) -> Kind {
        let known = self
            .objects
            .iter()
            .position(|o| std::ptr::eq(o.table, table));
        let kind = known.unwrap_or_else(|| {
            self.objects.push(Object::new(table));
            self.objects.len() - 1
        });
        self.objects[kind].streak.clear();
        Kind(kind)
    }

    /// Goes over what is likely to follow; `after` is one more than the place of the last key.
    #[inline]
    pub(super) fn next(
        &mut self,
        kind: Kind,
        after: usize,
        scanner: &mut Scanner<'_>,
    ) -> Next<'_> {
        let object = &mut self.objects[kind.0];
        let slot = &mut object.slots[after];
        let begin = scanner.place();
        if !slot.run.is_empty() {
            if scanner.take_text(slot.run.text()) {
                slot.run_steady = steadier(slot.run_steady);
                object.end_streak(scanner);
                return Next::Known(&object.slots[after].run);
            }
            slot.run_steady = slot.run_steady.saturating_sub(MISS);
            if slot.run_steady == 0 {
                slot.run = Stretch::default();
            }
        }
        if slot.takes_field(scanner) {
            match slot.steady >= STEADY {
                true => object.streak.push((after, begin)),
                false => object.end_streak(scanner),
            }
            return Next::Known(&object.slots[after].field);
        }
        object.end_streak(scanner);
        let place = object.slots[after].place;
        match object.keys.get(place) {
            Some(key) if !key.is_empty() && scanner.take_text(key) => Next::Key(place),
            _ => Next::Nothing,
        }
    }

    /// The object ends here.
    pub(super) fn ends(&mut self, kind: Kind, scanner: &Scanner<'_>) {
        self.objects[kind.0].end_streak(scanner);
    }

    /// Remembers which key of the table followed.
    pub(super) fn came(&mut self, kind: Kind, after: usize, place: usize) {
        self.objects[kind.0].slots[after].place = place;
    }

    /// Whether a field that came after another is worth remembering: it came twice.
    #[inline]
    pub(super) fn wants(&mut self, kind: Kind, after: usize, text: &str) -> bool {
        let slot = &mut self.objects[kind.0].slots[after];
        let missing = slot.field.is_empty() || slot.misses >= MISSES;
        if slot.rest > 0 || !missing || text.len() > FIELD_BYTES_MAX {
            return false;
        }
        let hash = self.hasher.hash_one(text);
        std::mem::replace(&mut slot.once, hash) == hash
    }

    /// Remembers a field that came after another.
    pub(super) fn met(&mut self, kind: Kind, after: usize, mut field: Stretch) {
        field.hint(|| next_hint(&mut self.hints));
        let slot = &mut self.objects[kind.0].slots[after];
        slot.misses = 0;
        slot.field = field;
    }

    /// Goes over the list or object that begins here, if it was met before as the value of this key.
    #[inline]
    pub(super) fn value(
        &mut self,
        kind: Kind,
        place: usize,
        scanner: &mut Scanner<'_>,
    ) -> Option<&Stretch> {
        self.objects[kind.0].values[place].find(scanner)
    }

    /// Whether a list or object is worth remembering that was not found.
    pub(super) fn wants_value(&self, kind: Kind, place: usize) -> bool {
        self.objects[kind.0].values[place].wants()
    }

    /// Remembers a list or object by the cells that it sets, where it sets nothing else.
    pub(super) fn met_value(
        &mut self,
        kind: Kind,
        place: usize,
        text: &str,
        cells: Option<Vec<(Record, Kept)>>,
    ) {
        let Some(cells) = cells else {
            return self.objects[kind.0].values[place].rest();
        };
        let mut value = Stretch::value(text, cells);
        value.hint(|| next_hint(&mut self.hints));
        self.value_bytes += value.held_bytes();
        if self.value_bytes > VALUE_BYTES_MAX {
            let all = self.objects.iter_mut().flat_map(|o| &mut o.values);
            all.for_each(|values| *values = Values::default());
            self.value_bytes = value.held_bytes();
        }
        self.objects[kind.0].values[place].keep(value);
    }

    /// Goes over the list of policies that begins here.
    pub(super) fn list<'de>(&mut self, scanner: &mut Scanner<'de>) -> Result<List<'de>, Fault> {
        self.lists.list(scanner)
    }

    /// Remembers the key of a list of these elements.
    pub(super) fn learn(&mut self, elements: Box<[u32]>, key: i64) {
        self.lists.learn(elements, key);
    }
}

fn steadier(steady: u8) -> u8 {
    (steady + HIT).min(STEADIEST)
}

fn next_hint(given: &mut u32) -> Hint {
    *given = given.saturating_add(1);
    Hint::new(*given)
}

impl Object {
    fn new(table: Table) -> Self {
        let keys = table.iter().map(|(name, _)| format!("\"{name}\":").into());
        let slots = (0..=table.len()).map(|place| Slot {
            place,
            ..Slot::default()
        });
        Self {
            table,
            keys: keys.chain([Box::default()]).collect(),
            slots: slots.collect(),
            values: table.iter().map(|_| Values::default()).collect(),
            streak: Vec::new(),
        }
    }

    /// Steady fields end here: they are one stretch the next time.
    #[inline]
    fn end_streak(&mut self, scanner: &Scanner<'_>) {
        if self.streak.len() > 1 {
            self.join_streak(scanner);
        }
        self.streak.clear();
    }

    fn join_streak(&mut self, scanner: &Scanner<'_>) {
        let (Some((first, begin)), Some((last, last_begin))) =
            (self.streak.first().copied(), self.streak.last().copied())
        else {
            return;
        };
        let end = last_begin + self.slots[last].field.text().len();
        if !self.slots[first].run.is_empty() || end - begin > RUN_BYTES_MAX {
            return;
        }
        let fields = self.streak.iter();
        let fields = fields.map(|(slot, at)| (at - begin, &self.slots[*slot].field));
        let run = Stretch::joined(scanner.between(begin, end), fields);
        self.slots[first].run = run;
        self.slots[first].run_steady = STEADY;
    }
}

impl Slot {
    /// Goes over the field that is remembered, if it stands here and is worth looking at.
    #[inline]
    fn takes_field(&mut self, scanner: &mut Scanner<'_>) -> bool {
        if self.rest > 0 {
            self.rest -= 1;
            return false;
        }
        self.tries += 1;
        if !self.field.is_empty() {
            if scanner.take_text(self.field.text()) {
                self.hits += 1;
                self.misses = 0;
                self.steady = steadier(self.steady);
                return true;
            }
            self.misses = self.misses.saturating_add(1);
            self.steady = self.steady.saturating_sub(MISS);
        }
        if self.tries >= TRIES {
            self.rest = if self.hits < TRIES / 2 { REST } else { 0 };
            (self.tries, self.hits) = (0, 0);
        }
        false
    }
}
