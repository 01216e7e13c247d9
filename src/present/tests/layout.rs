//! Checks how columns share the width of a terminal.

use crate::present::layout::{Natural, cut, fit, width};

fn text(cells: usize) -> Natural {
    Natural {
        header: 3,
        cells,
        number: false,
    }
}

fn number(cells: usize) -> Natural {
    Natural {
        header: 3,
        cells,
        number: true,
    }
}

fn widths(columns: &[Natural], width_max: usize) -> Vec<usize> {
    fit(columns, Some(width_max))
        .iter()
        .map(|column| column.width)
        .collect()
}

#[test]
fn what_fits_is_left_alone() {
    assert_eq!(widths(&[text(10), text(2), number(5)], 22), [10, 3, 5]);
    let free: Vec<_> = fit(&[text(500), number(1)], None)
        .iter()
        .map(|column| (column.width, column.cut))
        .collect();
    assert_eq!(free, [(500, false), (3, false)]);
}

#[test]
fn the_widest_give_way_first_and_use_the_whole_width() {
    assert_eq!(widths(&[text(10), text(100), text(50)], 50), [10, 18, 18]);
    assert_eq!(widths(&[text(10), text(100), text(50)], 49), [10, 18, 17]);
    assert_eq!(widths(&[text(100)], 40), [40]);
}

#[test]
fn numbers_give_way_after_text() {
    assert_eq!(widths(&[number(15), text(100)], 25), [15, 8]);
    assert_eq!(widths(&[number(15), text(100)], 20), [9, 9]);
}

#[test]
fn columns_are_dropped_only_when_the_least_does_not_fit() {
    assert_eq!(widths(&[text(10), text(10), text(10)], 22), [6, 6, 6]);
    assert_eq!(widths(&[text(10), text(10), text(10)], 21), [10, 9]);
    assert_eq!(widths(&[text(10), text(10)], 4), [4]);
    assert_eq!(widths(&[text(10)], 0), [1]);
    assert_eq!(widths(&[], 80), [0; 0]);
}

#[test]
fn every_fit_stays_within_the_width() {
    let columns = [
        text(40),
        number(9),
        text(7),
        text(120),
        number(19),
        text(3),
        text(26),
    ];
    for width_max in 1..300 {
        let widths = widths(&columns, width_max);
        assert!(
            widths.iter().sum::<usize>() + 2 * (widths.len() - 1) <= width_max,
            "{width_max}: {widths:?}"
        );
        assert!(
            widths.len() == 1 || widths.iter().all(|width| *width >= 3),
            "{width_max}: {widths:?}"
        );
    }
}

#[test]
fn cuts_end_in_an_ellipsis_and_never_exceed_the_width() {
    assert_eq!(cut("abcdef", 6), None);
    assert_eq!(cut("abcdefg", 6).as_deref(), Some("abcde…"));
    assert_eq!(cut("日本語", 5).as_deref(), Some("日本…"));
    assert_eq!(cut("日本語", 4).as_deref(), Some("日…"));
    assert_eq!(cut("abc", 1).as_deref(), Some("…"));
    // A combining mark stays with its letter.
    assert_eq!(
        cut("e\u{301}e\u{301}e\u{301}", 2).as_deref(),
        Some("e\u{301}…")
    );
    for text in [
        "❤\u{fe0f}❤\u{fe0f}❤\u{fe0f}",
        "👍🏽👍🏽👍🏽👍🏽",
        "🇩🇪🇫🇷🇩🇪",
        "日a本b語c",
    ] {
        for width_max in 1..8 {
            assert!(
                cut(text, width_max).is_none_or(|short| width(&short) <= width_max),
                "{text} {width_max}"
            );
        }
    }
}
