//! The text of a location risk.

use super::page::{Ink, Page};
use crate::explain::clock::span;
use crate::explain::risk::Risk;

/// Writes how risky the place is, and each reason with its points.
pub(super) fn tell(page: &mut Page, risk: &Risk) {
    page.heading(&format!(
        "How risky place and device are: {} of 100, {}",
        risk.points, risk.level
    ));
    if risk.reasons.is_empty() {
        page.paragraph(Ink::Plain, "  ", "Nothing speaks for or against them.");
    }
    for why in &risk.reasons {
        let name = why.reason.replace('_', " ");
        let meaning = why.meaning.as_deref().unwrap_or_default();
        page.paragraph(
            Ink::Plain,
            &format!("  {:+4}  ", why.points),
            &format!("{name}: {meaning}"),
        );
    }
    let km = risk.km_from_previous.filter(|km| *km >= 1.0);
    if let (Some(km), Some(minutes)) = (km, risk.minutes_from_previous) {
        let after = span((minutes * 60e6) as i64);
        let text = format!(
            "The place of the sign-in before that knew the password is {km:.0} km away, {after} earlier."
        );
        page.paragraph(Ink::Plain, "  ", &text);
    }
}
