//! The text of one person's last sign-ins.

use std::io::Write;
use std::sync::{Arc, Mutex, PoisonError};

use arrow::array::{ArrayRef, RecordBatch, StringArray};

use super::page::{Ink, Look, Page};
use crate::error::{Error, Result};
use crate::explain::clock::to_second;
use crate::explain::person::{Named, Person, Summary};
use crate::explain::story::Line;
use crate::present::{Format, Options, presenter};

/// The text of a person. `cut` narrows the list to the width; else every cell is whole.
pub fn person_text(person: &Person, look: Look, cut: bool) -> Result<String> {
    let mut page = Page::new(look);
    let Some(found) = &person.found else {
        nobody(&mut page, person);
        return Ok(page.into_text());
    };
    page.paragraph(
        Ink::Bold,
        "",
        &format!(
            "Sign-ins of {}, newest first (times in UTC)",
            name_of(found)
        ),
    );
    page.gap();
    let mut text = page.into_text();
    if !person.signins.is_empty() {
        text.push_str(&table(&person.signins, cut.then_some(look.width))?);
    }
    let mut page = Page::new(look);
    page.gap();
    summary(&mut page, &person.summary, person.signins.len());
    text.push_str(&page.into_text());
    Ok(text)
}

fn name_of(named: &Named) -> String {
    let id = named
        .user_principal_name
        .as_ref()
        .or(named.user_id.as_ref());
    match (&named.display_name, id) {
        (Some(name), Some(id)) => format!("{name} <{id}>"),
        (name, id) => name.as_ref().or(id).cloned().unwrap_or_default(),
    }
}

fn nobody(page: &mut Page, person: &Person) {
    let asked = &person.asked;
    if person.candidates.is_empty() {
        page.paragraph(
            Ink::Bold,
            "",
            &format!("Nobody in the lake is called {asked}."),
        );
        return;
    }
    page.paragraph(
        Ink::Bold,
        "",
        &format!("{asked} is not the name of one person. Who is meant?"),
    );
    for named in &person.candidates {
        page.item(&name_of(named));
    }
}

/// What is written so far, shared with a presenter that owns its writer.
#[derive(Clone, Default)]
struct Written(Arc<Mutex<Vec<u8>>>);

impl Write for Written {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        held.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fn table(lines: &[Line], width_max: Option<usize>) -> Result<String> {
    let column = |cell: fn(&Line) -> Option<String>| -> ArrayRef {
        Arc::new(lines.iter().map(cell).collect::<StringArray>())
    };
    let columns = [
        (
            "time",
            column(|l| Some(to_second(l.started_at).trim_end_matches(" UTC").to_owned())),
        ),
        ("app", column(|l| l.app.clone())),
        ("outcome", column(|l| Some(l.outcome.clone()))),
        ("mfa", column(|l| Some(l.mfa_outcome.clone()))),
        ("method", column(|l| l.method.clone())),
        ("seconds", column(|l| l.seconds.map(|s| format!("{s:.1}")))),
        ("code", column(|l| l.code.map(|code| code.to_string()))),
        ("place", column(|l| Some(l.place.clone()))),
        ("device", column(|l| Some(l.device.clone()))),
        ("id", column(|l| Some(l.signin_id.clone()))),
    ];
    let batch =
        RecordBatch::try_from_iter(columns).map_err(|e| Error::Internal(format!("list: {e}")))?;
    let written = Written::default();
    let options = Options {
        width_max,
        ..Options::default()
    };
    let mut shown = presenter(Format::Table, Box::new(written.clone()), &options);
    shown.begin(&batch.schema())?;
    shown.batch(&batch)?;
    shown.end()?;
    drop(shown);
    let bytes = written.0.lock().unwrap_or_else(PoisonError::into_inner);
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn summary(page: &mut Page, summary: &Summary, listed: usize) {
    let (Some(first), Some(last)) = (summary.first, summary.last) else {
        let text = format!(
            "No sign-in with somebody at the screen; {} background requests.",
            summary.silent
        );
        page.paragraph(Ink::Plain, "", &text);
        return;
    };
    let counts = |counts: &std::collections::BTreeMap<String, i64>| {
        let mut most: Vec<_> = counts.iter().collect();
        most.sort_by(|a, b| b.1.cmp(a.1).then(a.0.cmp(b.0)));
        let parts: Vec<String> = most
            .iter()
            .map(|(word, n)| format!("{n} {}", word.replace('_', " ")))
            .collect();
        parts.join(", ")
    };
    page.fact("All", &format!(
        "{} sign-ins with somebody at the screen from {} to {} ({listed} listed), and {} in the background",
        summary.signins, to_second(first), to_second(last), summary.silent
    ));
    page.fact("Outcome", &counts(&summary.outcomes));
    page.fact("MFA", &counts(&summary.mfa_outcomes));
    let decided = summary.mfa_failed + summary.mfa_passed;
    if decided > 0 {
        let rate = summary.mfa_failed as f64 * 100.0 / decided as f64;
        page.fact(
            "Failed",
            &format!(
                "{} of {decided} decided second factors ({rate:.1} %), with {} prompts",
                summary.mfa_failed, summary.mfa_prompts
            ),
        );
    }
    let methods: Vec<String> = summary
        .methods
        .iter()
        .map(|(name, passed, failed)| format!("{name} {passed} passed, {failed} failed"))
        .collect();
    page.fact("Methods", &methods.join("; "));
    if summary.wrong_passwords > 0 {
        page.fact(
            "Password",
            &format!(
                "{} records with a wrong or locked password",
                summary.wrong_passwords
            ),
        );
    }
    let places: Vec<String> = summary
        .places
        .iter()
        .map(|(name, n, good)| format!("{name} {n} ({good} succeeded)"))
        .collect();
    page.fact("Places", &places.join("; "));
    page.gap();
    page.paragraph(Ink::Plain, "", "authlake explain ID tells one of them.");
}
