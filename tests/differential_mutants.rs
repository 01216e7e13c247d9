//! Changes records: their keys, values and white space, so that they stay JSON.

use authlake::signin::schema::Record;
use serde_json::Value;

use crate::differential_slow::{list, object};
/// A small generator of numbers (xorshift).
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    pub(crate) fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % end.max(1) as u64) as usize
    }

    pub(crate) fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())]
    }
}

/// Values of every type, as they are written.
const VALUES: &[&str] = &[
    "null",
    "\"\"",
    "[]",
    "{}",
    "true",
    "false",
    "0",
    "-1",
    "5",
    "12.5",
    "4e2",
    "2147483648",
    "\"12\"",
    "\"50126\"",
    "\"true\"",
    "\"No\"",
    "\"null\"",
    "\"Zoë ÄÖ\"",
    "\"a, b\"",
    r#""tab\t \"quoted\" back\\ slash\/ \u00e9\ud83d\ude00 \u0001""#,
    r#"["a"]"#,
    "[1,null]",
    r#"["nonInteractiveUser"]"#,
    r#"["interactiveUser","riskyUser"]"#,
    r#"["riskyUser"]"#,
    r#"{"a":{"b":[1,{"c":"]}"}]}}"#,
    r#"{"errorCode":5,"deviceId":"d"}"#,
    r#"[{"id":"p","result":"success"}]"#,
    r#""[\"x\",1]""#,
    r#""[{\"id\":\"p\"}]""#,
    r#""{\"errorCode\":7,\"city\":\"Bern\",\"deviceId\":\"q\"}""#,
    "\"[]\"",
    // So in a sample of Microsoft's documentation.
    "\"{PII Removed}\"",
    "\"2026-01-05T08:00:00.1234567+05:30\"",
    "\"2026-01-05 08:00:00\"",
    "\"2025-02-29T00:00:00Z\"",
    "\"0001-01-01T00:00:00Z\"",
];
const PARTS: &[&str] = &[
    "a",
    "b",
    " ",
    "é",
    "😀",
    "\\n",
    "\\\"",
    "\\\\",
    "\\u00e9",
    "\\ud83d\\ude00",
    "/",
    "\\/",
    "]",
];
const NEW_KEYS: &[&str] = &[
    "newThing",
    "odd \"key\"\\ \u{1}",
    "schlüssel",
    "x.y",
    "properties",
];

/// A record with its keys in order, to be changed and written.
#[derive(Clone)]
pub(crate) enum Tree {
    Object(Vec<(String, Tree)>),
    List(Vec<Tree>),
    Leaf(String),
}

pub(crate) fn tree(raw: &str) -> Tree {
    if let Some(pairs) = object(raw) {
        let fields = pairs.into_iter().map(|(key, raw)| (key, tree(raw)));
        return Tree::Object(fields.collect());
    }
    match list(raw) {
        Some(items) => Tree::List(items.into_iter().map(tree).collect()),
        None => Tree::Leaf(raw.to_owned()),
    }
}

/// White space as a writer puts it at a place: `o` behind an opening bracket, `e` before the closing
/// one, `b` before a colon or comma, else behind it.
pub(crate) fn gap(style: usize, at: char, depth: usize, dice: &mut Dice) -> String {
    match (style, at) {
        (1, ':' | ',') | (2, ':') => " ".to_owned(),
        (2, 'o' | ',' | 'e') => format!("\n{}", "  ".repeat(depth - usize::from(at == 'e'))),
        (3, _) => {
            let spaces = [
                "",
                "",
                " ",
                "\n",
                "\t ",
                "\r\n",
                "         ",
                "                 \n",
            ];
            dice.pick(&spaces).to_owned()
        }
        _ => String::new(),
    }
}

/// Writes a value; style 0 is compact, 1 spaced, 2 pretty, 3 odd, with escapes in keys.
pub(crate) fn write(tree: &Tree, style: usize, depth: usize, dice: &mut Dice, out: &mut String) {
    let (ends, count) = match tree {
        Tree::Leaf(raw) => return out.push_str(raw),
        Tree::Object(fields) => ("{}", fields.len()),
        Tree::List(items) => ("[]", items.len()),
    };
    out.push_str(&ends[..1]);
    for place in 0..count {
        if place > 0 {
            out.push_str(&gap(style, 'b', depth + 1, dice));
            out.push(',');
        }
        let at = if place > 0 { ',' } else { 'o' };
        out.push_str(&gap(style, at, depth + 1, dice));
        let value = match tree {
            Tree::Object(fields) => {
                let key = Value::from(fields[place].0.as_str()).to_string();
                let escapes = style == 3 && dice.below(9) == 0;
                out.push_str(&if escapes { escaped(&key, dice) } else { key });
                out.push_str(&gap(style, 'b', depth + 1, dice));
                out.push(':');
                out.push_str(&gap(style, ':', depth + 1, dice));
                &fields[place].1
            }
            Tree::List(items) => &items[place],
            Tree::Leaf(_) => tree,
        };
        write(value, style, depth + 1, dice, out);
    }
    out.push_str(&gap(style, 'e', depth + 1, dice));
    out.push_str(&ends[1..]);
}

/// A string with one letter behind its first written as an escape.
pub(crate) fn escaped(raw: &str, dice: &mut Dice) -> String {
    let at = 2 + dice.below(raw.len().saturating_sub(3));
    let plain = raw.starts_with('"') && !raw.contains('\\');
    match raw
        .as_bytes()
        .get(at)
        .filter(|b| plain && b.is_ascii_alphabetic())
    {
        Some(byte) => format!("{}\\u00{byte:02x}{}", &raw[..at], &raw[at + 1..]),
        None => raw.to_owned(),
    }
}

pub(crate) fn some_value(dice: &mut Dice) -> Tree {
    if dice.below(4) > 0 {
        return tree(dice.pick(VALUES));
    }
    let parts: Vec<&str> = (0..dice.below(70)).map(|_| dice.pick(PARTS)).collect();
    Tree::Leaf(format!("\"L{}\"", parts.concat()))
}

/// Changes the value at a place, or one inside it. The places are those of `differential_slow::PLACES`.
pub(crate) fn mutate(tree: &mut Tree, path: &str, dice: &mut Dice) {
    match tree {
        Tree::Leaf(_) => {}
        Tree::List(items) => {
            let at = dice.below(items.len());
            items
                .get_mut(at)
                .into_iter()
                .for_each(|item| mutate(item, path, dice));
        }
        Tree::Object(fields) => {
            let deep = |(_, value): &(String, Tree)| !matches!(value, Tree::Leaf(_));
            let inner: Vec<usize> = (0..fields.len()).filter(|i| deep(&fields[*i])).collect();
            if inner.is_empty() || dice.below(5) < if path == "envelope" { 1 } else { 3 } {
                return change(fields, path, dice);
            }
            let (key, value) = &mut fields[dice.pick(&inner)];
            let below = match path {
                "envelope" if key.eq_ignore_ascii_case("properties") => String::new(),
                _ => format!("{path}.{key}").to_ascii_lowercase(),
            };
            mutate(value, &below, dice);
        }
    }
}

/// Changes one key of the object at a place, or its value.
pub(crate) fn change(fields: &mut Vec<(String, Tree)>, path: &str, dice: &mut Dice) {
    let (at, other) = (dice.below(fields.len()), dice.below(fields.len()));
    let in_steps = path.starts_with(".authenticationdetails");
    let key = fields
        .get(at)
        .map(|(key, _)| key.clone())
        .unwrap_or_default();
    let small = key.to_ascii_lowercase();
    let fixed = path == "envelope" && small == "properties";
    let free = |fields: &[(String, Tree)], new: &str| {
        !fields.iter().any(|(key, _)| key.eq_ignore_ascii_case(new))
    };
    match dice.below(10) {
        0 if fields.len() > 1 && !fixed => drop(fields.remove(at)),
        1 if !fields.is_empty() => fields.swap(at, other),
        2 => (1..fields.len()).for_each(|i| fields.swap(i, dice.below(i + 1))),
        3 | 4 if !fields.is_empty() && !fixed => {
            fields[at].1 = some_value(dice);
        }
        // The text of a value.
        5 if !fields.is_empty() && !fixed => {
            let mut raw = String::new();
            write(&fields[at].1, dice.below(3), 0, dice, &mut raw);
            if !raw.starts_with('"') {
                fields[at].1 = Tree::Leaf(Value::from(raw).to_string());
            }
        }
        6 if !fields.is_empty() && !small.starts_with("riskleveldu") => {
            let pascal = key[..1].to_ascii_uppercase() + &key[1..];
            let lower = dice.below(2) == 0 && !in_steps;
            fields[at].0 = if lower { small } else { pascal };
        }
        7 => {
            let new = dice.pick(NEW_KEYS);
            if free(fields, new) {
                fields.insert(other, (new.to_owned(), some_value(dice)));
            }
        }
        // A column that the record lacks.
        8 if path.is_empty() => {
            let source = dice.pick(Record::ALL).column().source;
            let new = source.split('.').next().unwrap_or(source);
            if !source.contains(['-', ' ']) && free(fields, new) {
                fields.insert(other, (new.to_owned(), some_value(dice)));
            }
        }
        9 if !in_steps && small != "signineventtypes" => {
            if let Some((_, Tree::Leaf(raw))) = fields.get_mut(at).filter(|_| !fixed) {
                *raw = if raw.len() > 14 {
                    escaped(raw, dice)
                } else {
                    raw.clone()
                };
            }
        }
        _ => {}
    }
}
