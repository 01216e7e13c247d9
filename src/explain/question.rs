//! Reads what a help desk pastes: bare ids, error messages, the error page's details, headers.
//!
//! In: texts of any language and shape. Out: the ids in them by what the text calls them, the
//! AADSTS code and the time. A GUID is known by its form; its label is the nearest known word before
//! it on its line. Ids of apps, tenants and devices are told, not searched.
//! Never: decides that an id exists.

use serde::Serialize;

use super::clock::{find_instant, optional_time};
use crate::signin::aadsts::parse_code;
use crate::signin::fold::is_blank_id;

/// Most ids that are taken from one text; more is no message of a sign-in.
const IDS_MAX: usize = 50;
const GUID_LEN: usize = 36;

/// What is asked for, as read from the text.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Asked {
    /// Ids that the text calls request, trace or sign-in id: those of single records.
    pub request_ids: Vec<String>,
    pub correlation_ids: Vec<String>,
    /// Ids without a known label; they can be of any kind.
    pub ids: Vec<String>,
    /// What else has the form of an id: apps, tenants, devices. Not searched.
    pub other_ids: Vec<String>,
    /// The AADSTS code of the message.
    pub code: Option<i32>,
    /// The time that the message gives, microseconds since 1970-01-01 UTC; taken as UTC if it names
    /// no offset.
    #[serde(serialize_with = "optional_time")]
    pub at: Option<i64>,
}

/// What a word before an id says that it is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Label {
    Request,
    Correlation,
    Any,
    Other,
}

/// Words of error messages, pages and headers in lower case. The word that ends last before the id
/// decides; of two that end together the longer one.
const LABELS: [(&str, Label); 36] = [
    ("client-request-id", Label::Correlation),
    ("correlation", Label::Correlation),
    ("korrelation", Label::Correlation),
    ("corrélation", Label::Correlation),
    ("correlación", Label::Correlation),
    ("correlazione", Label::Correlation),
    ("correlatie", Label::Correlation),
    ("correlação", Label::Correlation),
    ("request", Label::Request),
    ("trace", Label::Request),
    ("sign-in", Label::Request),
    ("signin", Label::Request),
    ("anforderung", Label::Request),
    ("anfrage", Label::Request),
    ("ablaufverfolgung", Label::Request),
    ("demande", Label::Request),
    ("requête", Label::Request),
    ("suivi", Label::Request),
    ("solicitud", Label::Request),
    ("seguimiento", Label::Request),
    ("richiesta", Label::Request),
    ("aanvraag", Label::Request),
    ("solicitação", Label::Request),
    ("session", Label::Any),
    ("app", Label::Other),
    ("anwendung", Label::Other),
    ("client", Label::Other),
    ("tenant", Label::Other),
    ("directory", Label::Other),
    ("mandant", Label::Other),
    ("device", Label::Other),
    ("gerät", Label::Other),
    ("resource", Label::Other),
    ("user", Label::Other),
    ("object", Label::Other),
    ("audience", Label::Other),
];

impl Asked {
    /// Reads the arguments of one question; each is a bare id or a pasted text.
    pub fn read<'a>(texts: impl IntoIterator<Item = &'a str>) -> Self {
        let mut asked = Self::default();
        for text in texts {
            asked.read_text(text);
        }
        if !asked.has_ids() {
            // Better to search for too much than to trust a word.
            asked.ids = std::mem::take(&mut asked.other_ids);
        }
        asked
    }

    /// Whether there is anything to search for.
    pub fn has_ids(&self) -> bool {
        let ids = [&self.request_ids, &self.correlation_ids, &self.ids];
        ids.iter().any(|ids| !ids.is_empty())
    }

    fn read_text(&mut self, text: &str) {
        let guids = guids(text);
        let mut from = 0;
        for at in &guids {
            let before = &text[from..*at];
            let line = before.rsplit(['\n', '\r']).next().unwrap_or_default();
            self.add(&text[*at..*at + GUID_LEN], label_of(line));
            from = at + GUID_LEN;
        }
        let code = code_in(text);
        self.code = self.code.or(code);
        self.at = self.at.or_else(|| find_instant(text));
        let bare = text.trim();
        if guids.is_empty()
            && code.is_none()
            && !bare.is_empty()
            && !bare.contains(char::is_whitespace)
        {
            match bare.parse::<i32>() {
                Ok(number) => self.code = self.code.or(Some(number)),
                Err(_) => self.add_bare(bare),
            }
        }
    }

    fn add(&mut self, id: &str, label: Label) {
        if is_blank_id(id) {
            return;
        }
        let list = match label {
            Label::Request => &mut self.request_ids,
            Label::Correlation => &mut self.correlation_ids,
            Label::Any => &mut self.ids,
            Label::Other => &mut self.other_ids,
        };
        let id = id.to_owned();
        if list.len() < IDS_MAX && !list.iter().any(|held| held.eq_ignore_ascii_case(&id)) {
            list.push(id);
        }
    }

    /// An id that is no GUID; one that encodes a GUID, as token identifiers do, stands for that too.
    fn add_bare(&mut self, text: &str) {
        if let Some(id) = id_of_token(text) {
            self.add(&id, Label::Request);
        }
        self.add(text, Label::Any);
    }
}

/// Where the GUIDs of a text begin.
fn guids(text: &str) -> Vec<usize> {
    let bytes = text.as_bytes();
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(window) = bytes.get(at..at + GUID_LEN) {
        let free = |place: Option<&u8>| !place.is_some_and(u8::is_ascii_alphanumeric);
        let alone =
            free(at.checked_sub(1).and_then(|b| bytes.get(b))) && free(bytes.get(at + GUID_LEN));
        if alone && is_guid(window) {
            found.push(at);
            at += GUID_LEN;
        } else {
            at += 1;
        }
    }
    found
}

fn is_guid(window: &[u8]) -> bool {
    window.iter().enumerate().all(|(place, byte)| match place {
        8 | 13 | 18 | 23 => *byte == b'-',
        _ => byte.is_ascii_hexdigit(),
    })
}

fn label_of(before: &str) -> Label {
    let before = before.to_lowercase().replace('_', "-");
    let ends = |(word, label): &(&str, Label)| {
        let starts = |at: &usize| !before[..*at].ends_with(char::is_alphabetic);
        let places = before.rmatch_indices(word).map(|(at, _)| at);
        // `happened` holds `app`; `originalRequestId` holds `request` and means it.
        let at = places
            .into_iter()
            .find(|at| *label != Label::Other || starts(at))?;
        Some((at + word.len(), word.len(), *label))
    };
    let last = LABELS
        .iter()
        .filter_map(ends)
        .max_by_key(|(end, len, _)| (*end, *len));
    last.map_or(Label::Any, |(_, _, label)| label)
}

/// The code that a text names: `AADSTS50105`, `Error Code: 53003`, `"error_codes":[50076]`.
fn code_in(text: &str) -> Option<i32> {
    let lower = text.to_ascii_lowercase();
    let after = |word: &str| {
        let places = lower.match_indices(word);
        places.map(|(at, word)| at + word.len()).collect::<Vec<_>>()
    };
    let named = after("aadsts").into_iter().find_map(|at| {
        let digits = digits_of(&lower[at..]);
        parse_code(&format!("AADSTS{digits}"))
    });
    let labelled = [
        "error code",
        "error_codes",
        "errorcode",
        "fehlercode",
        "code d'erreur",
    ];
    named.or_else(|| {
        labelled.into_iter().flat_map(after).find_map(|at| {
            let rest = lower[at..].trim_start_matches(|c: char| " :=\"'[".contains(c));
            digits_of(rest).parse().ok()
        })
    })
}

fn digits_of(text: &str) -> &str {
    let end = text
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(text.len());
    &text[..end]
}

/// The record id in a unique token identifier: unpadded base64url of the GUID in little-endian
/// order, or in exports up to 2022 of the GUID's text.
fn id_of_token(token: &str) -> Option<String> {
    let bytes = from_base64(token)?;
    match bytes.len() {
        16 => {
            let order = [3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15];
            let hex: String = order
                .iter()
                .map(|at| format!("{:02x}", bytes[*at]))
                .collect();
            let parts = [0..8, 8..12, 12..16, 16..20, 20..32].map(|part| &hex[part]);
            Some(parts.join("-"))
        }
        GUID_LEN if is_guid(&bytes) => String::from_utf8(bytes).ok(),
        _ => None,
    }
}

/// Bytes of base64 in either alphabet, with or without padding.
fn from_base64(text: &str) -> Option<Vec<u8>> {
    let mut bits = 0_u32;
    let mut held = 0;
    let mut bytes = Vec::new();
    for c in text.trim_end_matches('=').bytes() {
        let value = match c {
            b'A'..=b'Z' => c - b'A',
            b'a'..=b'z' => c - b'a' + 26,
            b'0'..=b'9' => c - b'0' + 52,
            b'-' | b'+' => 62,
            b'_' | b'/' => 63,
            _ => return None,
        };
        bits = (bits << 6) | u32::from(value);
        held += 6;
        if held >= 8 {
            held -= 8;
            bytes.push((bits >> held) as u8);
            bits &= (1 << held) - 1;
        }
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: &str = "9d041d69-335f-400f-a4fc-f263d42eb100";
    const B: &str = "36d91556-34d1-4fdf-a0e7-59dacedf9b42";

    #[test]
    fn a_message_of_the_token_endpoint() {
        let text = format!(
            "AADSTS50105: Your administrator has configured the application Payroll \
             ('00000003-0000-0000-c000-000000000000') to block users unless they are granted access. \
             Trace ID: {A} Correlation ID: {B} Timestamp: 2026-01-05 08:00:00Z"
        );
        let asked = Asked::read([text.as_str()]);
        assert_eq!(asked.request_ids, [A]);
        assert_eq!(asked.correlation_ids, [B]);
        assert_eq!(asked.other_ids, ["00000003-0000-0000-c000-000000000000"]);
        assert_eq!(asked.code, Some(50105));
        assert_eq!(asked.at, Some(1_767_600_000_000_000));
    }

    #[test]
    fn the_details_of_the_error_page() {
        let text = format!(
            "Error Code: 53003\nRequest Id: {}\nCorrelation Id: {B}\nTimestamp: 2026-01-05T08:00:00.000Z\n\
             App name: Mail\nApp id: 11111111-2222-3333-4444-555555555555\nIP address: 203.0.113.4\n\
             Device identifier: Not available",
            A.to_uppercase()
        );
        let asked = Asked::read([text.as_str()]);
        assert_eq!(asked.request_ids, [A.to_uppercase()]);
        assert_eq!(asked.correlation_ids, [B]);
        assert_eq!(asked.code, Some(53003));
        assert_eq!(asked.other_ids.len(), 1);
    }

    #[test]
    fn other_shapes() {
        let json = format!(r#"{{"error_codes":[50076],"trace_id":"{A}","correlation_id":"{B}"}}"#);
        let headers = format!("x-ms-request-id: {A}\r\nclient-request-id: {B}");
        let german = format!("Anforderungs-ID: {A}\nKorrelations-ID: {B}");
        for text in [json, headers, german] {
            let asked = Asked::read([text.as_str()]);
            assert_eq!(asked.request_ids, [A], "{text}");
            assert_eq!(asked.correlation_ids, [B], "{text}");
        }
        assert_eq!(Asked::read([A]).ids, [A]);
        assert_eq!(Asked::read(["a01", "a01"]).ids, ["a01"]);
        assert_eq!(Asked::read([" 50105\n"]).code, Some(50105));
        assert_eq!(
            Asked::read([format!("What happened {A}").as_str()]).ids,
            [A]
        );
        assert_eq!(Asked::read([format!("App id: {A}").as_str()]).ids, [A]);
        assert!(!Asked::read(["it does not work", ""]).has_ids());
        assert!(!Asked::read(["00000000-0000-0000-0000-000000000000"]).has_ids());
        // A longer run of hexadecimal digits is no GUID.
        assert!(!Asked::read([format!("x {A}0 y").as_str()]).has_ids());
    }

    #[test]
    fn a_token_names_its_record() {
        assert_eq!(Asked::read(["aR0EnV8zD0Ck_PJj1C6xAA"]).request_ids, [A]);
        assert_eq!(id_of_token("not base64!"), None);
        assert_eq!(id_of_token("AAAA"), None);
    }
}
