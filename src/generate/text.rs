//! Writes numbers, identifiers and addresses into a byte buffer without formatting machinery.

const HEX: &[u8; 16] = b"0123456789abcdef";
const BASE64_URL: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// A GUID; its order is the order of its text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Guid(pub(super) [u8; 16]);

impl Guid {
    /// Thirty-two digits with four hyphens.
    pub(super) fn text(self) -> [u8; 36] {
        let mut text = [b'-'; 36];
        let mut at = 0;
        for (i, byte) in self.0.iter().enumerate() {
            if matches!(i, 4 | 6 | 8 | 10) {
                at += 1;
            }
            text[at] = HEX[usize::from(byte >> 4)];
            text[at + 1] = HEX[usize::from(byte & 15)];
            at += 2;
        }
        text
    }

    /// The `uniqueTokenIdentifier` of a record: its id in .NET byte order, unpadded base64url.
    pub(super) fn token_identifier(self) -> [u8; 22] {
        const DOT_NET: [usize; 16] = [3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15];
        let mut text = [b'A'; 22];
        let mut bits = 0u32;
        let mut held = 0;
        let mut at = 0;
        for i in DOT_NET {
            bits = (bits << 8) | u32::from(self.0[i]);
            held += 8;
            while held >= 6 {
                held -= 6;
                text[at] = BASE64_URL[(bits >> held) as usize & 63];
                at += 1;
            }
        }
        text[at] = BASE64_URL[(bits << (6 - held)) as usize & 63];
        text
    }
}

impl std::fmt::Display for Guid {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&String::from_utf8_lossy(&self.text()))
    }
}

/// A caller's address; only documentation and benchmark ranges are ever drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ip {
    /// No address, as on managed identities.
    None,
    V4([u8; 4]),
    V6([u16; 8]),
}

/// Appends text.
pub(super) fn push(out: &mut Vec<u8>, text: &str) {
    out.extend_from_slice(text.as_bytes());
}

/// Appends a GUID.
pub(super) fn push_guid(out: &mut Vec<u8>, guid: Guid) {
    out.extend_from_slice(&guid.text());
}

/// Appends a decimal number.
pub(super) fn push_number(out: &mut Vec<u8>, mut number: u64) {
    let mut digits = [0; 20];
    let mut at = digits.len();
    loop {
        at -= 1;
        digits[at] = b'0' + (number % 10) as u8;
        number /= 10;
        if number == 0 {
            break;
        }
    }
    out.extend_from_slice(&digits[at..]);
}

/// Appends a number with zeros in front, six digits wide.
pub(super) fn push_six(out: &mut Vec<u8>, mut number: u32) {
    let mut digits = [b'0'; 6];
    for digit in digits.iter_mut().rev() {
        *digit = b'0' + (number % 10) as u8;
        number /= 10;
    }
    out.extend_from_slice(&digits);
}

/// Appends an address, or nothing for [`Ip::None`].
pub(super) fn push_ip(out: &mut Vec<u8>, ip: Ip) {
    match ip {
        Ip::None => {}
        Ip::V4(bytes) => {
            for (i, byte) in bytes.iter().enumerate() {
                if i > 0 {
                    out.push(b'.');
                }
                push_number(out, u64::from(*byte));
            }
        }
        Ip::V6(groups) => {
            for (i, group) in groups.iter().enumerate() {
                if i > 0 {
                    out.push(b':');
                }
                push_hex(out, *group);
            }
        }
    }
}

fn push_hex(out: &mut Vec<u8>, group: u16) {
    let mut started = false;
    for shift in [12, 8, 4, 0] {
        let digit = usize::from(group >> shift) & 15;
        started |= digit > 0 || shift == 0;
        if started {
            out.push(HEX[digit]);
        }
    }
}

/// Appends text as it stands inside a JSON string.
pub(super) fn push_escaped(out: &mut Vec<u8>, text: &[u8]) {
    for byte in text {
        if matches!(byte, b'"' | b'\\') {
            out.push(b'\\');
        }
        out.push(*byte);
    }
}

/// Appends a CSV cell, in quotes if it needs them or `always`.
pub(super) fn push_cell(out: &mut Vec<u8>, text: &[u8], always: bool) {
    let plain = !text
        .iter()
        .any(|b| matches!(b, b',' | b'"' | b'\r' | b'\n'));
    if plain && !always {
        out.extend_from_slice(text);
        return;
    }
    out.push(b'"');
    for byte in text {
        if *byte == b'"' {
            out.push(b'"');
        }
        out.push(*byte);
    }
    out.push(b'"');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_identifier_is_the_id_in_dot_net_order() {
        // Worked out by hand from the rule in FORMATS.md G9, not from this code.
        let guid = Guid([
            0x00, 0x11, 0x22, 0x33, 0x44, 0x55, 0x46, 0x77, 0x88, 0x99, 0xaa, 0xbb, 0xcc, 0xdd,
            0xee, 0x00,
        ]);
        assert_eq!(guid.to_string(), "00112233-4455-4677-8899-aabbccddee00");
        assert_eq!(&guid.token_identifier(), b"MyIRAFVEd0aImaq7zN3uAA");
    }

    #[test]
    fn numbers_and_addresses() {
        let mut out = Vec::new();
        push_number(&mut out, 0);
        push_number(&mut out, 120_450);
        push_six(&mut out, 42);
        push_ip(
            &mut out,
            Ip::V6([0x2001, 0xdb8, 1, 0x20, 0x300, 0x4000, 0xf, 0xff]),
        );
        assert_eq!(
            String::from_utf8_lossy(&out),
            "01204500000422001:db8:1:20:300:4000:f:ff"
        );
    }
}
