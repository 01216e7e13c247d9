//! What a worker has learned of the writer whose records it reads: which key follows which, the stretches
//! that stay the same from record to record, and the values and policies that come again and again.
//!
//! A serialiser writes its keys in one order, many fields nearly always say the same, and devices,
//! places and policies are few beside the records. Records of one log have the same fields, so what
//! follows what is remembered for each log apart. What was met before is read by comparing bytes. An
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

/// Longest list or object, longest field, and longest stretch of fields, that is remembered.
pub(super) const VALUE_BYTES_MAX: usize = 4_096;
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
/// Bytes of lists and objects in one kind of object that are remembered; beyond it the memory starts
/// anew.
const VALUES_BYTES_MAX: usize = 8 << 20;

/// What was learned.
#[derive(Default)]
pub(super) struct Habits {
    /// Each kind of object by the table of its keys; it is away while one is read.
    objects: Vec<(Table, Option<Box<Object>>)>,
    lists: Lists,
    /// Whether the record that was read last stood in an envelope.
    pub(super) enveloped: bool,
    hints: u32,
    hasher: RandomState,
}

/// What was learned of a kind of object.
pub(super) struct Object {
    table: Table,
    /// Each key as serialisers write it, with its colon.
    keys: Box<[Box<str>]>,
    /// What follows the beginning, and each key, kind by kind.
    slots: Vec<Slot>,
    /// Where the slots begin of the kind that is being read.
    base: usize,
    /// For each key, the lists and objects that were met as its value.
    values: Vec<Values>,
    /// Bytes of these since they were begun.
    value_bytes: usize,
    /// The steady fields that were met one after another up to here: the slot of each, and where it
    /// began.
    streak: Vec<(usize, usize)>,
}

/// What follows a key of an object, or its beginning.
#[derive(Default)]
struct Slot {
    /// The place of the key that came last; behind all keys where there is none.
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

/// What was gone over.
pub(super) enum Next<'h> {
    /// Whole fields that were met before, with what ends them.
    Known(&'h Stretch),
    /// The key at this place, with its colon.
    Key(usize),
    Nothing,
}

impl Habits {
    /// What was learned of the objects whose keys a table lists. Those of one kind, a small number,
    /// are alike in which fields they have, and in what these say.
    pub(super) fn begin(&mut self, table: Table, kind: usize) -> Box<Object> {
        let known = self.objects.iter_mut();
        let mut known = known.filter(|(known, _)| std::ptr::eq(*known, table));
        let object = known.next().and_then(|(_, object)| object.take());
        let mut object = object.unwrap_or_else(|| Box::new(Object::new(table)));
        object.turn_to(kind);
        object
    }

    /// The object was read.
    pub(super) fn end(&mut self, mut object: Box<Object>) {
        object.streak.clear();
        let known = self.objects.iter_mut();
        let mut known = known.filter(|(known, _)| std::ptr::eq(*known, object.table));
        match known.next() {
            Some((_, place)) => *place = Some(object),
            None => self.objects.push((object.table, Some(object))),
        }
    }

    /// Whether a field that came after another is worth remembering: it came twice.
    #[inline]
    pub(super) fn wants(&self, object: &mut Object, after: usize, text: &str) -> bool {
        let slot = &mut object.slots[object.base + after];
        if text.len() > FIELD_BYTES_MAX {
            return false;
        }
        let hash = self.hasher.hash_one(text);
        std::mem::replace(&mut slot.once, hash) == hash
    }

    /// Remembers a field that came after another.
    pub(super) fn met(&mut self, object: &mut Object, after: usize, mut field: Stretch) {
        field.hint(|| next_hint(&mut self.hints));
        let slot = &mut object.slots[object.base + after];
        slot.misses = 0;
        slot.field = field;
    }

    /// Remembers a list or object by the cells that it sets, where it sets nothing else.
    pub(super) fn met_value(
        &mut self,
        object: &mut Object,
        place: usize,
        text: &str,
        cells: Option<Vec<(Record, Kept)>>,
    ) {
        let Some(cells) = cells else {
            return object.values[place].rest();
        };
        let mut value = Stretch::value(text, cells);
        value.hint(|| next_hint(&mut self.hints));
        object.value_bytes += value.held_bytes();
        if object.value_bytes > VALUES_BYTES_MAX {
            object.value_bytes = 0;
            let all = object.values.iter_mut();
            return all.for_each(|values| *values = Values::default());
        }
        object.values[place].keep(value);
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
        Self {
            table,
            keys: keys.collect(),
            slots: Vec::new(),
            base: 0,
            values: table.iter().map(|_| Values::default()).collect(),
            value_bytes: 0,
            streak: Vec::new(),
        }
    }

    /// Objects of this kind are to be read.
    fn turn_to(&mut self, kind: usize) {
        let width = self.table.len() + 1;
        self.base = kind * width;
        for new in self.slots.len()..self.base + width {
            self.slots.push(Slot {
                place: new % width,
                ..Slot::default()
            });
        }
    }

    /// Goes over what is likely to follow; `after` is one more than the place of the last key.
    #[inline(always)]
    pub(super) fn next(&mut self, after: usize, scanner: &mut Scanner<'_>) -> Next<'_> {
        let at = self.base + after;
        let slot = &mut self.slots[at];
        let begin = scanner.place();
        if !slot.run.is_empty() && slot.takes_run(scanner) {
            self.end_streak(scanner);
            return Next::Known(&self.slots[at].run);
        }
        if slot.takes_field(scanner) {
            match slot.steady >= STEADY {
                true => self.streak.push((at, begin)),
                false => self.end_streak(scanner),
            }
            return Next::Known(&self.slots[at].field);
        }
        let next = match self.keys.get(slot.place) {
            Some(key) if scanner.take_text(key) => Next::Key(slot.place),
            _ => Next::Nothing,
        };
        self.end_streak(scanner);
        next
    }

    /// Remembers which key of the table followed.
    #[inline]
    pub(super) fn came(&mut self, after: usize, place: usize) {
        self.slots[self.base + after].place = place;
    }

    /// Whether the field that follows is looked at and not remembered.
    #[inline]
    pub(super) fn lacks(&self, after: usize) -> bool {
        let slot = &self.slots[self.base + after];
        slot.rest == 0 && (slot.field.is_empty() || slot.misses >= MISSES)
    }

    /// Goes over the list or object that begins here, if it was met before as the value of this key.
    #[inline]
    pub(super) fn value(&mut self, place: usize, scanner: &mut Scanner<'_>) -> Option<&Stretch> {
        self.values[place].find(scanner)
    }

    /// Whether a list or object is worth remembering that was not found.
    pub(super) fn lacks_value(&self, place: usize) -> bool {
        self.values[place].wants()
    }

    /// Steady fields end here: they are one stretch the next time.
    #[inline]
    pub(super) fn end_streak(&mut self, scanner: &Scanner<'_>) {
        if !self.streak.is_empty() {
            self.join_streak(scanner);
            self.streak.clear();
        }
    }

    #[cold]
    fn join_streak(&mut self, scanner: &Scanner<'_>) {
        let [(first, begin), .., (last, last_begin)] = self.streak[..] else {
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
    /// Goes over the fields that are remembered together, if they stand here.
    #[inline]
    fn takes_run(&mut self, scanner: &mut Scanner<'_>) -> bool {
        if scanner.take_text(self.run.text()) {
            self.run_steady = steadier(self.run_steady);
            return true;
        }
        self.run_steady = self.run_steady.saturating_sub(MISS);
        if self.run_steady == 0 {
            self.run = Stretch::default();
        }
        false
    }

    /// Goes over the field that is remembered, if it stands here and is worth looking at.
    #[inline(always)]
    fn takes_field(&mut self, scanner: &mut Scanner<'_>) -> bool {
        if self.rest > 0 {
            self.rest -= 1;
            return false;
        }
        self.tries = self.tries.saturating_add(1);
        if !self.field.is_empty() {
            if scanner.take_text(self.field.text()) {
                self.hits = self.hits.saturating_add(1);
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
