//! The text of one story.

use super::page::{Ink, Page};
use super::risk;
use crate::explain::clock::{span, time_of_day, to_second};
use crate::explain::story::{Advice, Device, Event, Line, Mfa, Place, Story, What, Who};

/// Longest run of prose for a user agent; the whole of it is in the JSON.
const AGENT_CHARS_MAX: usize = 200;

/// Writes a story.
pub(super) fn tell(page: &mut Page, story: &Story) {
    page.paragraph(Ink::Bold, "", &format!("Sign-in {}", story.signin_id));
    let ink = Ink::of_signin(&story.outcome, &story.mfa_outcome);
    page.paragraph(ink, "", &story.headline);
    page.gap();
    facts(page, story);
    page.heading("What happened (times in UTC)");
    for event in &story.timeline {
        one_event(page, event);
    }
    if story.who.kind == "user" {
        page.heading(&format!("Why the MFA outcome is {}", story.mfa_outcome));
        page.paragraph(Ink::Plain, "  ", &story.ruling.because);
        if !story.ruling.confirmed {
            let text =
                "The tables have changed since the ingest: today the rule comes to another result.";
            page.paragraph(Ink::Open, "  ", text);
        }
    }
    policies(page, story);
    signals(page, story);
    if let Some(told) = &story.risk {
        risk::tell(page, told);
    }
    later(page, &story.later);
    advice(page, &story.advice, &story.who);
    if !story.not_said.is_empty() {
        page.heading("What the data does not say");
        for line in &story.not_said {
            page.item(line);
        }
    }
}

fn facts(page: &mut Page, story: &Story) {
    page.fact("Who", &who(&story.who));
    let took = match story.ended_at - story.started_at {
        0 => String::new(),
        us => format!(", {} from first to last record", span(us)),
    };
    let records = match story.ids.record_ids.len() {
        1 => "1 record".to_owned(),
        n => format!("{n} records"),
    };
    page.fact(
        "When",
        &format!("{}{took}; {records}", to_second(story.started_at)),
    );
    page.fact("What", &what(&story.what, &story.event_type));
    for (at, place) in story.places.iter().enumerate() {
        let name = if at == 0 { "Where" } else { "  then" };
        page.fact(name, &one_place(place));
    }
    if story.who.kind == "user" {
        page.fact("Device", &device(&story.device));
        page.fact("Agent", &agent(&story.device));
        page.fact("Password", &password(&story.mfa));
        page.fact("Asked", &asked(&story.mfa));
        page.fact("Answered", &answered(&story.mfa, &story.mfa_outcome));
    }
    if let Some(code) = story.final_code.as_ref().filter(|code| code.code != 0) {
        let written = code
            .written
            .as_deref()
            .map_or(String::new(), |t| format!(" The export says: “{t}”"));
        let meaning = code.meaning.as_deref().unwrap_or("It is in no table.");
        page.fact(
            "Code",
            &format!("AADSTS{}, {}: {meaning}{written}", code.code, code.kind),
        );
    }
    page.fact("Tenant", story.tenant_id.as_deref().unwrap_or("not named"));
    let ids = [
        ("correlation id", &story.ids.correlation_id),
        ("session", &story.ids.session_id),
        ("user id", &story.ids.user_id),
        ("app id", &story.ids.app_id),
        ("device id", &story.ids.device_id),
    ];
    let ids: Vec<String> = ids
        .iter()
        .filter_map(|(name, id)| Some(format!("{name} {}", id.as_ref()?)))
        .collect();
    page.fact("Ids", &ids.join(", "));
}

fn joined(parts: impl IntoIterator<Item = Option<String>>) -> String {
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

fn who(who: &Who) -> String {
    let name = match (&who.name, &who.user_principal_name) {
        (Some(name), Some(upn)) => format!("{name} <{upn}>"),
        (Some(name), None) => name.clone(),
        (None, Some(upn)) => upn.clone(),
        (None, None) => who.id.clone().unwrap_or("not named".to_owned()),
    };
    let kind = if who.kind == "user" {
        who.user_type.clone()
    } else {
        Some(who.kind.clone())
    };
    let home = who
        .home_tenant_id
        .as_ref()
        .map(|home| format!("home tenant {home}"));
    joined([Some(name), kind, home])
}

fn what(what: &What, event_type: &str) -> String {
    let app = what
        .app
        .clone()
        .or(what.app_id.clone())
        .unwrap_or("an app that is not named".to_owned());
    let resource = what
        .resource
        .as_ref()
        .filter(|resource| **resource != app)
        .map_or(String::new(), |resource| format!(" to {resource}"));
    let kind = match event_type {
        "interactiveUser" => "somebody at the screen",
        "nonInteractiveUser" => "in the background",
        "adfs" => "through AD FS",
        "unknown" => "the export does not say whether somebody was at the screen",
        _ => "a service",
    };
    let client = what.client.as_ref().map(|client| format!("with {client}"));
    let protocol = what
        .protocol
        .as_ref()
        .map(|protocol| format!("protocol {protocol}"));
    let token = what
        .incoming_token
        .as_ref()
        .map(|token| format!("on a {token}"));
    joined([
        Some(format!("{app}{resource}")),
        client,
        protocol,
        token,
        Some(kind.to_owned()),
    ])
}

fn one_place(place: &Place) -> String {
    let asn = place.asn.map(|asn| format!("AS{asn}"));
    let state = place
        .state
        .clone()
        .filter(|state| Some(state) != place.city.as_ref());
    let networks = (!place.networks.is_empty())
        .then(|| format!("named network {}", place.networks.join(" and ")));
    let text = joined([
        place.ip_address.clone(),
        asn,
        place.city.clone(),
        state,
        place.country.clone(),
        networks,
    ]);
    if text.is_empty() {
        "unknown".to_owned()
    } else {
        text
    }
}

fn device(device: &Device) -> String {
    let state = |flag: Option<bool>, name: &str| match flag {
        Some(true) => Some(name.to_owned()),
        Some(false) => Some(format!("not {name}")),
        None => None,
    };
    let known = device
        .id
        .as_ref()
        .map_or("not a registered device", |_| "registered");
    joined([
        device.name.clone(),
        device.operating_system.clone(),
        device.browser.clone(),
        Some(known.to_owned()),
        device.trust_type.clone(),
        state(device.is_managed, "managed"),
        state(device.is_compliant, "compliant"),
    ])
}

fn agent(device: &Device) -> String {
    let agent = device.user_agent.as_deref().unwrap_or_default();
    let mut text: String = agent.chars().take(AGENT_CHARS_MAX).collect();
    if text.len() < agent.len() {
        text.push('…');
    }
    text
}

fn password(mfa: &Mfa) -> String {
    match mfa.password_correct.as_str() {
        "yes" => "right".to_owned(),
        "no" => "wrong".to_owned(),
        _ => "unknown".to_owned(),
    }
}

fn asked(mfa: &Mfa) -> String {
    let needed = mfa.requirement.as_deref().map(|word| match word {
        "multiFactorAuthentication" => "a second factor was needed".to_owned(),
        "singleFactorAuthentication" => "one factor was enough".to_owned(),
        other => other.to_owned(),
    });
    let challenge = mfa.challenge.as_ref().map(|code| {
        format!(
            "challenge AADSTS{}: {}",
            code.code,
            code.title.as_deref().unwrap_or_default()
        )
    });
    let prompts = match mfa.prompts {
        0 => None,
        1 => Some("1 prompt".to_owned()),
        n => Some(format!("{n} prompts")),
    };
    joined([needed, challenge, prompts])
}

fn answered(mfa: &Mfa, outcome: &str) -> String {
    let method = mfa.method.as_ref().map(|method| format!("by {method}"));
    let seconds = mfa
        .seconds
        .map(|s| format!("after {}", span((s * 1e6) as i64)));
    let reason = mfa.failure_reason.as_ref().or(mfa.skip_reason.as_ref());
    let reason = reason.map(|reason| format!("“{reason}”"));
    joined([Some(outcome.replace('_', " ")), method, seconds, reason])
}

fn one_event(page: &mut Page, event: &Event) {
    let when = event.at.map_or("  then".to_owned(), time_of_day);
    let after = event
        .offset_s
        .map_or(String::new(), |s| format!("{s:+.1} s"));
    let ink = match event.word.as_str() {
        "passed" | "success" => Ink::Good,
        "denied" | "wrong code" | "timed out" | "fraud report" | "blocked" | "failed"
        | "failure" => Ink::Bad,
        _ => Ink::Plain,
    };
    let mark = if event.decides { "> " } else { "  " };
    let lead = format!("{mark}{when:<10} {after:>9}  {:<13}", event.word);
    page.paragraph(ink, &lead, &event.text);
}

fn policies(page: &mut Page, story: &Story) {
    if story.policies.is_empty() && story.policies_not_applied == 0 {
        return;
    }
    page.heading("Conditional Access policies");
    for policy in &story.policies {
        page.item(&format!("{}: {}", policy.name, policy.said));
    }
    if story.policies_not_applied > 0 {
        page.item(&format!(
            "{} more did not apply",
            story.policies_not_applied
        ));
    }
}

fn signals(page: &mut Page, story: &Story) {
    for (against, title) in [(true, "Look twice"), (false, "Speaks for the user")] {
        let mut found = story
            .signals
            .iter()
            .filter(|s| s.against == against)
            .peekable();
        if found.peek().is_some() {
            page.heading(title);
        }
        for signal in found {
            page.item(&signal.text);
        }
    }
}

fn later(page: &mut Page, later: &[Line]) {
    if later.is_empty() {
        return;
    }
    page.heading("What the same person did next");
    for line in later {
        let app = line.app.as_deref().unwrap_or("an app that is not named");
        let code = line
            .code
            .filter(|code| *code != 0)
            .map_or(String::new(), |code| format!(" (AADSTS{code})"));
        page.item(&format!(
            "{}: {app}, {}, {}{code}, MFA {}; {}",
            to_second(line.started_at),
            line.place,
            line.outcome,
            line.mfa_outcome.replace('_', " "),
            line.signin_id
        ));
    }
}

fn advice(page: &mut Page, advice: &Advice, who: &Who) {
    if let Some(meaning) = &advice.meaning {
        page.heading("What it means");
        page.paragraph(Ink::Plain, "  ", meaning);
    }
    let is_user = who.kind == "user";
    for (title, steps, shown) in [
        ("For the user", &advice.user, is_user),
        ("For the administrator", &advice.administrator, true),
        ("For the developer of the app", &advice.developer, true),
    ] {
        if shown && !steps.is_empty() {
            page.heading(title);
            page.numbered(steps);
        }
    }
    if let Some(wrong_if) = &advice.wrong_if {
        page.gap();
        page.paragraph(
            Ink::Open,
            "  ",
            &format!("It is not what it seems if {wrong_if}."),
        );
    }
}
