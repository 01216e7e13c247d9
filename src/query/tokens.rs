//! Cuts a query into words, numbers, parameters and symbols with their lines; comments and texts do not count.

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Word,
    Number,
    /// `$name`, without the dollar.
    Param,
    Symbol,
}

/// One token; words are in lower case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) kind: Kind,
    pub(super) text: String,
    /// Line of the file, from 1.
    pub(super) line: usize,
}

impl Token {
    pub(super) fn is(&self, text: &str) -> bool {
        self.text == text && self.kind != Kind::Param
    }
}

/// The tokens of a query.
pub(super) fn tokens(sql: &str) -> Vec<Token> {
    let mut found = Vec::new();
    let mut line = 1;
    let mut rest = sql;
    while let Some(first) = rest.chars().next() {
        let length = match first {
            _ if rest.starts_with("--") => rest.find('\n').unwrap_or(rest.len()),
            _ if rest.starts_with("/*") => rest.find("*/").map_or(rest.len(), |at| at + 2),
            '\'' | '"' => quoted(rest, first),
            '$' => 1 + taken(&rest[1..], in_word),
            c if c.is_ascii_digit() => taken(rest, |c| c.is_ascii_alphanumeric() || c == '.'),
            c if in_word(c) => taken(rest, in_word),
            '<' | '>' | '!' => 1 + taken(&rest[1..], |c| matches!(c, '=' | '>')),
            c => c.len_utf8(),
        };
        let text = &rest[..length];
        let kind = match first {
            '\'' | '"' => None,
            _ if text.starts_with("--") || text.starts_with("/*") => None,
            c if c.is_whitespace() => None,
            '$' => Some(Kind::Param),
            c if c.is_ascii_digit() => Some(Kind::Number),
            c if in_word(c) => Some(Kind::Word),
            _ => Some(Kind::Symbol),
        };
        if let Some(kind) = kind {
            let text = match kind {
                Kind::Param => text[1..].to_owned(),
                _ => text.to_lowercase(),
            };
            found.push(Token { kind, text, line });
        }
        line += text.matches('\n').count();
        rest = &rest[length..];
    }
    found
}

fn in_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// Bytes of the characters at the begin for which a rule holds.
fn taken(text: &str, rule: impl Fn(char) -> bool) -> usize {
    text.find(|c| !rule(c)).unwrap_or(text.len())
}

/// Bytes of the text in quotes at the begin; a doubled quote stands for itself.
fn quoted(text: &str, quote: char) -> usize {
    let mut at = 1;
    while let Some(found) = text[at..].find(quote) {
        at += found + 1;
        if !text[at..].starts_with(quote) {
            return at;
        }
        at += 1;
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_texts_do_not_count() {
        let sql =
            "-- $a\nSELECT 'it''s $b', \"$c\" /* $d\n */ FROM x\nWHERE y <> $e AND z >= 50074";
        let found: Vec<_> = tokens(sql).into_iter().map(|t| (t.text, t.line)).collect();
        let wanted = [
            ("select", 2),
            (",", 2),
            ("from", 3),
            ("x", 3),
            ("where", 4),
            ("y", 4),
            ("<>", 4),
            ("e", 4),
            ("and", 4),
            ("z", 4),
            (">=", 4),
            ("50074", 4),
        ];
        assert_eq!(found, wanted.map(|(text, line)| (text.to_owned(), line)));
        for odd in ["'open", "\"", "/*", "--", "$", "é$é'"] {
            tokens(odd);
        }
    }
}
