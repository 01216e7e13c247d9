//! Folds records into sign-ins: what one user did once.
//!
//! In: the events of any number of users. Out: groups of their places, each in order of time.
//! Only `interactiveUser`, `adfs` and `unknown` events are joined; every other event is a sign-in
//! of its own. Two events belong together when their original request id is equal, or when the
//! correlation id is equal, the earlier sign-in is open, at most [`GAP_MAX_US`] old, and session,
//! device, address, or agent together with network agrees: the correlation id is the client's
//! choice, and an attacker can reuse it.

use std::collections::HashMap;

use foldhash::fast::RandomState;

use super::aadsts::Kind;

/// Longest pause between two records that only a correlation id joins: 15 minutes.
pub const GAP_MAX_US: i64 = 15 * 60 * 1_000_000;
/// Longest sign-in: 60 minutes.
pub const SPAN_MAX_US: i64 = 60 * 60 * 1_000_000;
/// Most records of one sign-in.
pub const RECORDS_MAX: usize = 200;

/// What the fold looks at in one record. Empty text means unknown.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Event<'a> {
    pub id: &'a str,
    pub tenant_id: &'a str,
    /// `user_id`, or the lower-case user name where that is empty or all zeros.
    pub user: &'a str,
    pub event_type: &'a str,
    /// Microseconds since 1970-01-01 UTC.
    pub created_at: i64,
    pub kind: Kind,
    pub original_request_id: &'a str,
    pub correlation_id: &'a str,
    pub session_id: &'a str,
    pub device_id: &'a str,
    pub ip_address: &'a str,
    pub user_agent: &'a str,
    pub asn: Option<i64>,
}

/// Whether records of this event type are joined at all.
pub fn is_joined(event_type: &str) -> bool {
    matches!(event_type, "interactiveUser" | "adfs" | "unknown")
}

/// Whether an id is missing: empty, or only zeros and dashes.
pub fn is_blank_id(id: &str) -> bool {
    id.bytes().all(|b| b == b'0' || b == b'-')
}

/// Who signed in: the object id, else the user name.
pub fn user_of<'a>(user_id: &'a str, user_principal_name: &'a str) -> &'a str {
    match is_blank_id(user_id) {
        true => user_principal_name,
        false => user_id,
    }
}

struct Open {
    members: Vec<usize>,
    started_at: i64,
    last_at: i64,
    closed: bool,
}

/// What joins an event to a sign-in.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Link<'a> {
    Request(&'a str),
    /// A correlation id together with one thing that says both events have one source.
    Session(&'a str, &'a str),
    Device(&'a str, &'a str),
    Address(&'a str, &'a str),
    Agent(&'a str, &'a str, i64),
}

/// The sign-ins of one user that may still be joined, found by what joins them.
#[derive(Default)]
struct Opens<'a> {
    all: Vec<Open>,
    by_link: HashMap<Link<'a>, Vec<usize>, RandomState>,
}

/// What the fold made, and what its bounds cut.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Folded {
    /// Places of the events of each sign-in, in order of time.
    pub groups: Vec<Vec<usize>>,
    /// Sign-ins begun only because an older one was full or too long.
    pub capped: u64,
}

/// Folds events into sign-ins. The order of `events` does not matter.
pub fn fold(events: &[Event<'_>]) -> Folded {
    let mut users = by_user(events);
    let mut folded = Folded::default();
    for user in &mut users {
        let key = |i: usize| (events[i].created_at, events[i].kind, events[i].id);
        user.sort_unstable_by(|a, b| key(*a).cmp(&key(*b)));
        fold_user(events, user, &mut folded);
    }
    folded
}

/// The places of the events of each tenant's users.
fn by_user(events: &[Event<'_>]) -> Vec<Vec<usize>> {
    let mut numbers: HashMap<(&str, &str), usize, RandomState> = HashMap::default();
    let mut users: Vec<Vec<usize>> = Vec::new();
    // Events come by user as a rule.
    let mut last = None;
    for (i, event) in events.iter().enumerate() {
        let user = (event.tenant_id, event.user);
        let number = match last {
            Some((known, number)) if known == user => number,
            _ => *numbers.entry(user).or_insert(users.len()),
        };
        if number == users.len() {
            users.push(Vec::new());
        }
        users[number].push(i);
        last = Some((user, number));
    }
    users
}

fn fold_user(events: &[Event<'_>], order: &[usize], folded: &mut Folded) {
    let mut opens = Opens::default();
    for &i in order {
        let event = &events[i];
        if !is_joined(event.event_type) || event.user.is_empty() {
            folded.groups.push(vec![i]);
            continue;
        }
        let (place, capped) = opens.place_of(event);
        folded.capped += u64::from(capped);
        opens.join(place, i, event);
    }
    let groups = opens.all.into_iter().map(|o| o.members);
    folded.groups.extend(groups);
}

impl<'a> Opens<'a> {
    /// The sign-in that an event joins, and whether only a bound kept it out of one.
    fn place_of(&mut self, event: &Event<'a>) -> (Option<usize>, bool) {
        let mut capped = false;
        let by_request = request(event).and_then(|link| self.latest(link, event, &mut capped));
        if by_request.is_some() {
            return (by_request, false);
        }
        let links = correlations(event).into_iter().flatten();
        let by_correlation = links
            .filter_map(|link| self.latest(link, event, &mut capped))
            .max();
        (by_correlation, capped && by_correlation.is_none())
    }

    /// The latest sign-in with this link that the event fits. Those that nothing can fit any more
    /// are forgotten on the way, so that a link costs what is open and not what has been.
    fn latest(&mut self, link: Link<'a>, event: &Event<'a>, capped: &mut bool) -> Option<usize> {
        let by_correlation = !matches!(link, Link::Request(_));
        let all = &self.all;
        let places = self.by_link.get_mut(&link)?;
        let age = |place: &usize| event.created_at - all[*place].started_at;
        places.retain(|place| {
            age(place) <= SPAN_MAX_US * 2 && !(by_correlation && all[*place].closed)
        });
        places.iter().rev().copied().find(|place| {
            let open = &all[*place];
            let near = event.created_at - open.last_at <= GAP_MAX_US;
            if by_correlation && !near {
                return false;
            }
            let fits = age(place) <= SPAN_MAX_US && open.members.len() < RECORDS_MAX;
            *capped |= !fits;
            fits
        })
    }

    fn join(&mut self, place: Option<usize>, i: usize, event: &Event<'a>) {
        let place = place.unwrap_or_else(|| {
            self.all.push(Open {
                members: Vec::new(),
                started_at: event.created_at,
                last_at: event.created_at,
                closed: false,
            });
            self.all.len() - 1
        });
        let open = &mut self.all[place];
        open.members.push(i);
        open.last_at = event.created_at;
        open.closed |= event.kind == Kind::Success;
        let links = correlations(event).into_iter().chain([request(event)]);
        for link in links.flatten() {
            let places = self.by_link.entry(link).or_default();
            // In order of beginning, each once.
            if let Err(at) = places.binary_search(&place) {
                places.insert(at, place);
            }
        }
    }
}

fn request<'a>(event: &Event<'a>) -> Option<Link<'a>> {
    let id = event.original_request_id;
    (!is_blank_id(id)).then_some(Link::Request(id))
}

/// The correlation id with each thing beside it that can agree; none where the id is blank.
fn correlations<'a>(event: &Event<'a>) -> [Option<Link<'a>>; 4] {
    let id = event.correlation_id;
    if is_blank_id(id) {
        return [None; 4];
    }
    let known = |text: &'a str| (!text.is_empty()).then_some(text);
    let known_id = |text: &'a str| (!is_blank_id(text)).then_some(text);
    let agent = known(event.user_agent).zip(event.asn);
    [
        known_id(event.session_id).map(|session| Link::Session(id, session)),
        known_id(event.device_id).map(|device| Link::Device(id, device)),
        known(event.ip_address).map(|address| Link::Address(id, address)),
        agent.map(|(agent, asn)| Link::Agent(id, agent, asn)),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event<'a>(id: &'a str, at: i64) -> Event<'a> {
        Event {
            id,
            tenant_id: "t",
            user: "u",
            event_type: "interactiveUser",
            created_at: at,
            kind: Kind::Interrupt,
            original_request_id: "",
            correlation_id: "c",
            session_id: "",
            device_id: "",
            ip_address: "198.51.100.1",
            user_agent: "",
            asn: None,
        }
    }

    #[test]
    fn a_flood_under_one_correlation_id_costs_little() {
        let ids: Vec<String> = (0..60_000).map(|i| format!("r{i:05}")).collect();
        let addresses: Vec<String> = (0..60_000).map(|i| format!("a{i}")).collect();
        let all: Vec<Event<'_>> = ids
            .iter()
            .zip(&addresses)
            .enumerate()
            .map(|(i, (id, address))| Event {
                ip_address: if i % 2 == 0 { address } else { "one" },
                kind: if i % 3 == 0 {
                    Kind::Success
                } else {
                    Kind::Interrupt
                },
                ..event(id, i as i64 * 50_000)
            })
            .collect();
        let folded = fold(&all);
        let rows: usize = folded.groups.iter().map(Vec::len).sum();
        assert_eq!(rows, all.len());
        assert!(folded.groups.len() > 30_000);
    }

    #[test]
    fn a_full_sign_in_is_told() {
        let ids: Vec<String> = (0..RECORDS_MAX + 1).map(|i| format!("r{i:03}")).collect();
        let all: Vec<Event<'_>> = ids.iter().map(|id| event(id, 0)).collect();
        let folded = fold(&all);
        assert_eq!(folded.capped, 1);
        assert_eq!(folded.groups.len(), 2);
    }
}
