//! A page of text for a terminal: headings, wrapped paragraphs, hanging lists, and colour.
//!
//! Every text that comes in is made safe by [`plain`] before it is measured; only the page itself
//! writes escapes, and only when it is told that a terminal reads it. Words longer than a line are
//! broken, so that nothing is lost.

use unicode_width::UnicodeWidthChar;

use crate::present::plain;
use crate::signin::mfa::is_failure;

/// Where the text goes to.
#[derive(Debug, Clone, Copy)]
pub struct Look {
    /// Columns of a line.
    pub width: usize,
    /// Whether colours may be used.
    pub colour: bool,
}

/// Narrower than this nothing can be read.
const WIDTH_MIN: usize = 60;

/// How a text stands out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ink {
    Plain,
    Bold,
    Good,
    Bad,
    Open,
}

impl Ink {
    /// How a sign-in with these outcomes stands out: a failed second factor is bad news whatever
    /// came of the sign-in.
    pub(super) fn of_signin(outcome: &str, mfa_outcome: &str) -> Self {
        match outcome {
            _ if is_failure(mfa_outcome) => Self::Bad,
            "success" => Self::Good,
            "failure" => Self::Bad,
            _ => Self::Open,
        }
    }

    fn code(self) -> &'static str {
        match self {
            Self::Plain => "",
            Self::Bold => "1",
            Self::Good => "32",
            Self::Bad => "31",
            Self::Open => "33",
        }
    }
}

/// A page under way.
pub(super) struct Page {
    look: Look,
    text: String,
}

impl Page {
    pub(super) fn new(look: Look) -> Self {
        let width = look.width.max(WIDTH_MIN);
        Self {
            look: Look { width, ..look },
            text: String::new(),
        }
    }

    pub(super) fn into_text(self) -> String {
        self.text
    }

    /// An empty line.
    pub(super) fn gap(&mut self) {
        self.text.push('\n');
    }

    /// A heading, an empty line before it.
    pub(super) fn heading(&mut self, text: &str) {
        self.gap();
        self.paragraph(Ink::Bold, "", text);
    }

    /// A paragraph behind a lead: further lines stand below its first word.
    pub(super) fn paragraph(&mut self, ink: Ink, lead: &str, text: &str) {
        let text = plain(text);
        let indent = width(lead);
        for (at, line) in wrap(&text, self.look.width.saturating_sub(indent))
            .iter()
            .enumerate()
        {
            let before = if at == 0 {
                lead.to_owned()
            } else {
                " ".repeat(indent)
            };
            self.text.push_str(&before);
            self.coloured(ink, line);
            self.text.push('\n');
        }
    }

    fn coloured(&mut self, ink: Ink, text: &str) {
        if self.look.colour && ink != Ink::Plain {
            self.text
                .push_str(&format!("\x1b[{}m{text}\x1b[0m", ink.code()));
        } else {
            self.text.push_str(text);
        }
    }

    /// A named fact; nothing where it is empty.
    pub(super) fn fact(&mut self, name: &str, text: &str) {
        if !text.is_empty() {
            self.paragraph(Ink::Plain, &format!("  {name:<10}"), text);
        }
    }

    /// A list with numbers.
    pub(super) fn numbered(&mut self, items: &[String]) {
        for (at, item) in items.iter().enumerate() {
            self.paragraph(Ink::Plain, &format!("  {}. ", at + 1), item);
        }
    }

    /// An item of a list.
    pub(super) fn item(&mut self, text: &str) {
        self.paragraph(Ink::Plain, "  - ", text);
    }
}

fn width(text: &str) -> usize {
    text.chars().map(|c| c.width().unwrap_or(0)).sum()
}

/// The text in lines of at most `room` columns, broken at spaces where there are some.
fn wrap(text: &str, room: usize) -> Vec<String> {
    let room = room.max(10);
    let mut lines = vec![String::new()];
    let mut used = 0;
    for word in text.split(' ') {
        let needed = width(word);
        let gap = usize::from(used > 0);
        if used > 0 && used + gap + needed > room {
            lines.push(String::new());
            used = 0;
        } else if gap > 0 {
            push(&mut lines, " ");
            used += 1;
        }
        for c in word.chars() {
            let wide = c.width().unwrap_or(0);
            if used + wide > room {
                lines.push(String::new());
                used = 0;
            }
            push(&mut lines, c.encode_utf8(&mut [0; 4]));
            used += wide;
        }
    }
    lines
}

fn push(lines: &mut [String], text: &str) {
    if let Some(line) = lines.last_mut() {
        line.push_str(text);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_hold_what_fits() {
        assert_eq!(wrap("one two three", 10), ["one two", "three"]);
        assert_eq!(wrap("abcdefghijklmno p", 10), ["abcdefghij", "klmno p"]);
        assert_eq!(wrap("", 10), [""]);
        assert_eq!(wrap("漢字漢字漢字", 10), ["漢字漢字漢", "字"]);
    }

    #[test]
    fn nothing_from_a_record_steers_the_terminal() {
        let mut page = Page::new(Look {
            width: 80,
            colour: true,
        });
        page.paragraph(Ink::Bad, "- ", "a\x1b[2Jb\nc\u{202e}");
        assert_eq!(
            page.into_text(),
            "- \x1b[31ma\\x1b[2Jb\\nc\\u{202e}\x1b[0m\n"
        );
    }
}
