//! Decides how wide each column of a table is, and measures and cuts text to that width.
//!
//! In: the natural width of each column and the terminal's, both in terminal cells. Out: the columns that are
//! kept, each with its width. Wide columns give way first, so short ones stay whole; numbers give way after text,
//! since a number without its last digits misleads; columns at the end are dropped only when nothing else helps.
//! Never: sees rows, knows what a cell means.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Cells between two columns.
pub(super) const GAP: usize = 2;

/// No column is made narrower than this to make room for another.
const COLUMN_WIDTH_MIN: usize = 6;

/// What a column would take if it could.
#[derive(Clone, Copy, Debug)]
pub(super) struct Natural {
    pub(super) header: usize,
    /// The widest cell.
    pub(super) cells: usize,
    pub(super) number: bool,
}

/// What a column gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Fitted {
    pub(super) width: usize,
    /// Whether longer cells are cut to the width, or else stand out of line.
    pub(super) cut: bool,
    /// Whether cells stand at the right edge.
    pub(super) right: bool,
}

/// The width of text that [`plain`](super::plain()) has made safe.
pub(super) fn width(text: &str) -> usize {
    text.width()
}

/// Fits the columns into `width_max` cells; fewer than given means that the last ones found no room.
pub(super) fn fit(columns: &[Natural], width_max: Option<usize>) -> Vec<Fitted> {
    let natural = |column: &Natural| column.header.max(column.cells);
    let Some(width_max) = width_max else {
        return columns
            .iter()
            .map(|column| Fitted {
                width: natural(column),
                cut: false,
                right: column.number,
            })
            .collect();
    };
    let whole_numbers = columns.iter().map(|column| {
        let least = if column.number { column.cells } else { 0 };
        natural(column).min(COLUMN_WIDTH_MIN.max(least))
    });
    let cut_numbers = columns
        .iter()
        .map(|column| natural(column).min(COLUMN_WIDTH_MIN));
    let mut least: Vec<usize> = whole_numbers.collect();
    if total(&least) > width_max {
        least = cut_numbers.collect();
    }
    while least.len() > 1 && total(&least) > width_max {
        least.pop();
    }
    if let [only] = least.as_mut_slice() {
        *only = (*only).min(width_max.max(1));
    }
    let wanted: Vec<usize> = columns.iter().map(natural).take(least.len()).collect();
    let room = width_max.saturating_sub(GAP * least.len().saturating_sub(1));
    let kept = columns.iter().zip(level(&wanted, &least, room));
    // A number that came too late to be measured stands out of line rather than being cut.
    kept.map(|(column, width)| Fitted {
        width,
        cut: !column.number || width < column.cells,
        right: column.number,
    })
    .collect()
}

fn total(widths: &[usize]) -> usize {
    widths.iter().sum::<usize>() + GAP * widths.len().saturating_sub(1)
}

/// Cuts the widest columns to one common width, as large as `room` allows, but none below its least.
fn level(wanted: &[usize], least: &[usize], room: usize) -> Vec<usize> {
    let at = |cap: usize| {
        wanted
            .iter()
            .zip(least)
            .map(move |(wanted, least)| (*wanted).min(cap.max(*least)))
    };
    let mut cap = wanted.iter().copied().max().unwrap_or(0);
    if at(cap).sum::<usize>() <= room {
        return at(cap).collect();
    }
    // Widths are at most a few hundred here: cells are cut to the terminal's width before they are measured.
    while cap > 0 && at(cap).sum::<usize>() > room {
        cap -= 1;
    }
    let mut widths: Vec<usize> = at(cap).collect();
    let mut spare = room.saturating_sub(widths.iter().sum());
    for (width, wanted) in widths.iter_mut().zip(wanted) {
        if spare > 0 && *width < *wanted {
            *width += 1;
            spare -= 1;
        }
    }
    widths
}

/// The text cut to at most `width_max` cells, the last of them `…`; nothing if it fits.
///
/// Characters are summed one by one, which for joined emoji gives more than they take: the cut comes a little
/// early then, but never breaks the alignment.
pub(super) fn cut(text: &str, width_max: usize) -> Option<String> {
    if text.len() <= width_max || width(text) <= width_max {
        return None;
    }
    let mut used = 0;
    let mut end = 0;
    for (at, c) in text.char_indices() {
        // U+FE0F makes the sign before it an emoji, up to two cells wide.
        used += if c == '\u{fe0f}' {
            1
        } else {
            c.width().unwrap_or(0)
        };
        if used >= width_max {
            break;
        }
        end = at + c.len_utf8();
    }
    Some(format!("{}…", &text[..end]))
}
