//! Says how much of a result the reader got to see, so that a cut table is never mistaken for a whole one.
//!
//! Never: prints; the caller puts the note where notes go (standard error, a status line).

/// What was written, against what there was.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shown {
    /// Rows written.
    pub rows_shown: u64,
    /// Rows of the result.
    pub rows_total: u64,
    /// Names of the columns that had no place on the terminal, made safe by [`plain`](super::plain()).
    pub columns_hidden: Vec<String>,
}

impl Shown {
    /// One line about what is missing, or nothing when all was shown.
    #[must_use]
    pub fn note(&self) -> Option<String> {
        let mut parts = Vec::new();
        if self.rows_shown < self.rows_total {
            parts.push(format!(
                "{} of {} rows shown",
                grouped(self.rows_shown),
                grouped(self.rows_total)
            ));
        }
        match self.columns_hidden.as_slice() {
            [] => {}
            [name] => parts.push(format!("1 column does not fit and is hidden: {name}")),
            names => parts.push(format!(
                "{} columns do not fit and are hidden: {}",
                names.len(),
                names.join(", ")
            )),
        }
        (!parts.is_empty()).then(|| parts.join("; "))
    }

    /// All of `rows` were written.
    pub(super) fn all(rows: u64) -> Self {
        Self {
            rows_shown: rows,
            rows_total: rows,
            columns_hidden: Vec::new(),
        }
    }
}

/// Digits in groups of three: `1,234,567`.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}
