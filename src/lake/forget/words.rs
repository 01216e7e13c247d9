//! Splits text into words, so that a name is found however it is written around.
//!
//! A word is a run of letters and digits, in lower case. `anna@contoso.com`, `"Anna Keller"`, a GUID,
//! `anna_contoso.com#EXT#` and `anna%40contoso.com` are sequences of words; what stands between them
//! does not matter. JSON's `\u00eb` is the letter that it stands for.

/// One word of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Word {
    /// In lower case.
    pub(super) text: String,
    /// Bytes of the text that it was written with.
    pub(super) start: usize,
    pub(super) end: usize,
    /// A backslash stands before it: its first letter may be part of an escape such as `\n`.
    pub(super) escaped: bool,
}

/// The words of a text.
pub(super) fn words(text: &str) -> Vec<Word> {
    let mut found: Vec<Word> = Vec::new();
    let mut open = false;
    let mut at = 0;
    while let Some((letter, len)) = letter_at(text, at) {
        match letter {
            Some(letter) => {
                if !open {
                    found.push(Word {
                        text: String::new(),
                        start: at,
                        end: at,
                        escaped: text[..at].ends_with('\\'),
                    });
                }
                if let Some(word) = found.last_mut() {
                    word.text.extend(letter.to_lowercase());
                    word.end = at + len;
                }
                open = true;
            }
            None => open = false,
        }
        at += len;
    }
    found
}

/// The letter or digit at a place, `None` for whatever parts words, and the bytes it takes.
fn letter_at(text: &str, at: usize) -> Option<(Option<char>, usize)> {
    let rest = &text[at..];
    let first = rest.chars().next()?;
    let hex = |from: usize, to: usize| {
        let digits = rest.get(from..to)?;
        let plain = digits.bytes().all(|b| b.is_ascii_hexdigit());
        plain
            .then(|| u32::from_str_radix(digits, 16).ok())
            .flatten()
    };
    if rest.starts_with("\\u")
        && let Some(code) = hex(2, 6)
    {
        let letter = char::from_u32(code).filter(|c| c.is_alphanumeric());
        return Some((letter, 6));
    }
    if first == '%'
        && let Some(code) = hex(1, 3)
    {
        let letter = char::from_u32(code).filter(char::is_ascii_alphanumeric);
        return Some((letter, 3));
    }
    Some((
        Some(first).filter(|c| c.is_alphanumeric()),
        first.len_utf8(),
    ))
}

/// A name as its words with one space between them: what two ways to write it have in common.
pub(super) fn plain(text: &str) -> String {
    let words: Vec<String> = words(text).into_iter().map(|w| w.text).collect();
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_name_in_many_writings() {
        for text in [
            "anna@contoso.com",
            "ANNA@Contoso.COM",
            "\"anna@contoso.com\"",
            "anna_contoso.com#",
            "anna%40contoso.com",
            "anna\\u0040contoso.com",
        ] {
            assert_eq!(plain(text), "anna contoso com", "{text}");
        }
        assert_eq!(plain("Zo\\u00eb O\\u0027Brien"), "zoë o brien");
        assert_eq!(plain("ZOË O'BRIEN"), "zoë o brien");
        assert_eq!(plain("100% \\u12 %"), "100 u12");
    }

    #[test]
    fn words_say_where_they_stand() {
        let text = "x: Zo\\u00eb\\nAnna";
        let found = words(text);
        let pieces: Vec<&str> = found.iter().map(|w| &text[w.start..w.end]).collect();
        assert_eq!(pieces, ["x", "Zo\\u00eb", "nAnna"]);
        assert!(found[2].escaped && !found[1].escaped);
    }
}
