//! The text of an answer: its notes and stories, or why there are none.

use super::page::{Ink, Look, Page};
use super::tale::tell;
use crate::explain::clock::to_second;
use crate::explain::find::Coverage;
use crate::explain::story::{Answer, CodeNote};

/// The text of an answer.
pub fn answer_text(answer: &Answer, look: Look) -> String {
    let mut page = Page::new(look);
    for note in &answer.notes {
        page.paragraph(Ink::Open, "Note: ", note);
    }
    for (at, story) in answer.signins.iter().enumerate() {
        if at > 0 || !answer.notes.is_empty() {
            page.gap();
        }
        tell(&mut page, story);
    }
    if answer.not_told > 0 {
        page.gap();
        page.paragraph(
            Ink::Plain,
            "",
            &format!(
                "{} more sign-ins carry the id; --limit shows more.",
                answer.not_told
            ),
        );
    }
    if let Some(coverage) = &answer.coverage {
        not_found(&mut page, answer, coverage);
    }
    page.into_text()
}

fn not_found(page: &mut Page, answer: &Answer, coverage: &Coverage) {
    let asked = &answer.asked;
    if asked.has_ids() {
        page.paragraph(Ink::Bold, "", "No sign-in with this id is in the lake.");
        page.gap();
        page.fact("Searched", &searched(answer));
    } else {
        page.paragraph(Ink::Bold, "", "The text holds no id to look up.");
        page.gap();
        let wanted = "Ask for the Request Id (also called Trace ID) and the Correlation Id; the error page shows \
                      them under “More details” or “Troubleshooting details”.";
        page.paragraph(Ink::Plain, "  ", wanted);
    }
    page.fact("Lake", &reach(coverage));
    if asked.has_ids() || asked.at.is_some() {
        for reason in reasons(answer, coverage) {
            page.item(&reason);
        }
    }
    page.item("authlake explain --user NAME lists what the lake has of one person.");
    if let Some(code) = &answer.code {
        code_note(page, code);
    }
}

fn searched(answer: &Answer) -> String {
    let asked = &answer.asked;
    let mut parts = Vec::new();
    for (name, ids) in [
        ("request id", &asked.request_ids),
        ("correlation id", &asked.correlation_ids),
        ("as request, correlation, session and token id", &asked.ids),
    ] {
        if !ids.is_empty() {
            parts.push(format!("{name} {}", ids.join(", ")));
        }
    }
    if !asked.other_ids.is_empty() {
        parts.push(format!(
            "not searched, because the text calls them something else: {}",
            asked.other_ids.join(", ")
        ));
    }
    parts.join("; ")
}

fn reach(coverage: &Coverage) -> String {
    let (Some(first), Some(last)) = (coverage.first, coverage.last) else {
        return "holds no record".to_owned();
    };
    let tenants: Vec<String> = coverage
        .tenants
        .iter()
        .map(|(tenant, n)| format!("{} ({n} sign-ins)", tenant.as_deref().unwrap_or("unknown")))
        .collect();
    format!(
        "records from {} to {}; tenants: {}",
        to_second(first),
        to_second(last),
        tenants.join(", ")
    )
}

fn reasons(answer: &Answer, coverage: &Coverage) -> Vec<String> {
    let mut reasons = Vec::new();
    match (answer.asked.at, coverage.first, coverage.last) {
        (Some(at), _, Some(last)) if at > last => reasons.push(format!(
            "The message is of {}, later than the newest record: it is not in the export yet. Entra delivers \
             records minutes to hours after the sign-in.",
            to_second(at)
        )),
        (Some(at), Some(first), _) if at < first => reasons.push(format!(
            "The message is of {}, earlier than the first record.",
            to_second(at)
        )),
        (Some(at), Some(_), Some(_)) => reasons.push(format!(
            "The message is of {}, which the lake spans: the sign-in can be of another tenant, of a kind that was \
             not exported (background, service principal), or not delivered yet.",
            to_second(at)
        )),
        _ => reasons.push(
            "The sign-in can be later than the newest record, of another tenant, or of a kind that was not exported."
                .to_owned(),
        ),
    }
    reasons.extend(
        coverage
            .gaps
            .iter()
            .map(|gap| format!("An ingest reported a gap there: {gap}.")),
    );
    reasons.extend(
        coverage
            .rejects
            .iter()
            .map(|row| format!("A row that could not be read holds the id: {row}.")),
    );
    reasons
}

fn code_note(page: &mut Page, code: &CodeNote) {
    let title = code
        .title
        .as_deref()
        .unwrap_or("in no table; its kind is unknown");
    page.heading(&format!("AADSTS{}: {title}", code.code));
    if let Some(meaning) = &code.meaning {
        page.paragraph(Ink::Plain, "  ", meaning);
    }
    if let Some(not_said) = &code.not_said {
        page.paragraph(Ink::Plain, "  ", not_said);
    }
    page.paragraph(
        Ink::Plain,
        "  ",
        &format!("What to do about it: authlake code {}", code.code),
    );
}
