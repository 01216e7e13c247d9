//! Lays compact JSON out as Windows PowerShell 5.1 does.
//!
//! Two blanks follow a colon, children stand four columns right of their bracket, empty brackets
//! hold an empty line, lines end in CRLF, and `'`, `<`, `>` and `&` are escaped.

const LINE_END: &[u8] = b"\r\n";
const INDENT: usize = 4;

/// Appends the text, of which `base` blanks are already written; `pascal` changes the keys.
pub(super) fn push_pretty(out: &mut Vec<u8>, compact: &[u8], base: usize, pascal: bool) {
    let mut line = out.len() - base;
    let mut columns = Vec::new();
    let mut at = 0;
    while let Some(byte) = compact.get(at) {
        at += 1;
        match byte {
            b'{' | b'[' => {
                let column = out.len() - line;
                out.push(*byte);
                if matches!(compact.get(at), Some(b'}' | b']')) {
                    out.extend_from_slice(LINE_END);
                    line = break_line(out, column);
                    out.push(compact[at]);
                    at += 1;
                } else {
                    columns.push(column);
                    line = break_line(out, column + INDENT);
                }
            }
            b'}' | b']' => {
                line = break_line(out, columns.pop().unwrap_or(base));
                out.push(*byte);
            }
            b',' => {
                out.push(b',');
                line = break_line(out, columns.last().copied().unwrap_or(base) + INDENT);
            }
            b'"' => {
                let end = at + string_len(&compact[at..]);
                let text = &compact[at..end];
                at = end + 1;
                out.push(b'"');
                if compact.get(at) == Some(&b':') {
                    push_key(out, text, pascal);
                    out.extend_from_slice(b"\":  ");
                    at += 1;
                } else {
                    push_text(out, text);
                    out.push(b'"');
                }
            }
            _ => out.push(*byte),
        }
    }
}

/// Begins a line with so many blanks and returns where it begins.
fn break_line(out: &mut Vec<u8>, blanks: usize) -> usize {
    out.extend_from_slice(LINE_END);
    let line = out.len();
    out.resize(line + blanks, b' ');
    line
}

/// Bytes up to the quote that ends a string.
fn string_len(text: &[u8]) -> usize {
    let mut at = 0;
    while let Some(byte) = text.get(at) {
        match byte {
            b'"' => return at,
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
    text.len()
}

fn push_key(out: &mut Vec<u8>, key: &[u8], pascal: bool) {
    if !pascal {
        out.extend_from_slice(key);
        return;
    }
    let mut up = true;
    for byte in key {
        match (byte, up) {
            (b'_', _) => up = true,
            (_, true) => {
                out.push(byte.to_ascii_uppercase());
                up = false;
            }
            (_, false) => out.push(*byte),
        }
    }
}

fn push_text(out: &mut Vec<u8>, text: &[u8]) {
    for byte in text {
        match byte {
            b'\'' => out.extend_from_slice(b"\\u0027"),
            b'<' => out.extend_from_slice(b"\\u003c"),
            b'>' => out.extend_from_slice(b"\\u003e"),
            b'&' => out.extend_from_slice(b"\\u0026"),
            _ => out.push(*byte),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_looks_like_windows_powershell() {
        let compact = br#"{"id":"O'Neill","riskEventTypes_v2":[],"status":{"errorCode":0,"a":["x\"y",null]}}"#;
        let mut out = Vec::new();
        push_pretty(&mut out, compact, 0, true);
        let wanted = [
            "{",
            r#"    "Id":  "O\u0027Neill","#,
            r#"    "RiskEventTypesV2":  ["#,
            "",
            "                         ],",
            r#"    "Status":  {"#,
            r#"                   "ErrorCode":  0,"#,
            r#"                   "A":  ["#,
            r#"                             "x\"y","#,
            "                             null",
            "                         ]",
            "               }",
            "}",
        ];
        assert_eq!(String::from_utf8_lossy(&out), wanted.join("\r\n"));
        let read: serde_json::Value = serde_json::from_slice(&out).expect("JSON");
        assert_eq!(read["Id"], "O'Neill");
    }
}
