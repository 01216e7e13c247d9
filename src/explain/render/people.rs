//! The text of one person's last sign-ins.

use super::page::{Ink, Look, Page};
use crate::explain::clock::to_second;
use crate::explain::person::{Named, Person, Summary};
use crate::explain::story::Line;

/// The text of a person.
pub fn person_text(person: &Person, look: Look) -> String {
    let mut page = Page::new(look);
    let Some(found) = &person.found else {
        nobody(&mut page, person);
        return page.into_text();
    };
    let title = format!(
        "Sign-ins of {}, newest first (times in UTC)",
        name_of(found)
    );
    page.paragraph(Ink::Bold, "", &title);
    page.gap();
    if !person.signins.is_empty() {
        let head = [
            "time",
            "outcome",
            "MFA outcome",
            "code",
            "answered",
            "method",
        ];
        let [time, outcome, mfa, code, seconds, method] = head;
        let text =
            format!("{time:<19}  {outcome:<11}  {mfa:<21}  {code:>7}  {seconds:>9}  {method}");
        page.paragraph(Ink::Bold, "", &text);
    }
    for line in &person.signins {
        listed(&mut page, line);
    }
    page.gap();
    summary(&mut page, &person.summary, person.signins.len());
    page.into_text()
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

/// A sign-in in two lines: how it went, then where and with what, and the id to go on with.
fn listed(page: &mut Page, line: &Line) {
    let time = to_second(line.started_at);
    let code = line.code.map_or("-".to_owned(), |code| code.to_string());
    let seconds = line.seconds.map_or("-".to_owned(), |s| format!("{s:.1} s"));
    let ink = Ink::of_signin(&line.outcome, &line.mfa_outcome);
    let method = line.method.as_deref().unwrap_or("-");
    let lead = format!("{}  ", time.trim_end_matches(" UTC"));
    let text = format!(
        "{:<11}  {:<21}  {code:>7}  {seconds:>9}  {method}",
        line.outcome, line.mfa_outcome
    );
    page.paragraph(ink, &lead, &text);
    let app = line.app.as_deref().unwrap_or("an app that is not named");
    let parts = [app, &line.place, &line.device];
    let parts: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    let silent = match line.event_type.as_str() {
        "nonInteractiveUser" => "; in the background",
        _ => "",
    };
    page.paragraph(
        Ink::Plain,
        "  ",
        &format!("{}{silent}; {}", parts.join("; "), line.signin_id),
    );
}

fn summary(page: &mut Page, summary: &Summary, listed: usize) {
    let (Some(first), Some(last)) = (summary.first, summary.last) else {
        let text = format!(
            "No sign-in with somebody at the screen; {} in the background.",
            counted(summary.silent, "request")
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
        "{} with somebody at the screen from {} to {} ({listed} listed), and {} in the background",
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
                "{} of {} ({rate:.1} %); {}",
                summary.mfa_failed,
                counted(decided, "decided second factor"),
                counted(summary.mfa_prompts, "prompt")
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
                "{} with a wrong or locked password",
                counted(summary.wrong_passwords, "record")
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

/// A number with its noun.
fn counted(n: i64, noun: &str) -> String {
    let plural = if n == 1 { "" } else { "s" };
    format!("{n} {noun}{plural}")
}
