//! Folds records into sign-ins: what one user did once.
//!
//! In: the events of any number of users. Out: groups of their places, each in order of time.
//! Only `interactiveUser`, `adfs` and `unknown` events are joined; every other event is a sign-in
//! of its own. Two events belong together when their original request id is equal, or when the
//! correlation id is equal, the earlier sign-in is open, at most [`GAP_MAX_US`] old, and session,
//! device, address, or agent together with network agrees: the correlation id is the client's
//! choice, and an attacker can reuse it.

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

struct Open {
    members: Vec<usize>,
    started_at: i64,
    last_at: i64,
    closed: bool,
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
    let mut order: Vec<usize> = (0..events.len()).collect();
    let key = |i: usize| {
        let e = &events[i];
        (e.tenant_id, e.user, e.created_at, e.kind, e.id)
    };
    order.sort_unstable_by(|a, b| key(*a).cmp(&key(*b)));
    let mut folded = Folded::default();
    let same = |a: &usize, b: &usize| {
        let (a, b) = (&events[*a], &events[*b]);
        a.tenant_id == b.tenant_id && a.user == b.user
    };
    for user in order.chunk_by(same) {
        fold_user(events, user, &mut folded);
    }
    folded
}

fn fold_user(events: &[Event<'_>], order: &[usize], folded: &mut Folded) {
    let mut open: Vec<Open> = Vec::new();
    for &i in order {
        let event = &events[i];
        if !is_joined(event.event_type) || event.user.is_empty() {
            folded.groups.push(vec![i]);
            continue;
        }
        let done = |o: &Open| event.created_at - o.started_at > SPAN_MAX_US * 2;
        for old in open.extract_if(.., |o| done(o)) {
            folded.groups.push(old.members);
        }
        let (place, capped) = place_of(events, &open, event);
        folded.capped += u64::from(capped);
        let closes = event.kind == Kind::Success;
        match place {
            Some(place) => {
                let o = &mut open[place];
                o.members.push(i);
                o.last_at = event.created_at;
                o.closed |= closes;
            }
            None => open.push(Open {
                members: vec![i],
                started_at: event.created_at,
                last_at: event.created_at,
                closed: closes,
            }),
        }
    }
    folded.groups.extend(open.into_iter().map(|o| o.members));
}

/// The sign-in that an event joins, and whether only a bound kept it out of one.
fn place_of(events: &[Event<'_>], open: &[Open], event: &Event<'_>) -> (Option<usize>, bool) {
    let mut capped = false;
    let mut fits = |o: &Open| {
        let fits = event.created_at - o.started_at <= SPAN_MAX_US && o.members.len() < RECORDS_MAX;
        capped |= !fits;
        fits
    };
    let by_request = open.iter().rposition(|o| {
        let same = |i: &usize| {
            let known = !is_blank_id(event.original_request_id);
            known && events[*i].original_request_id == event.original_request_id
        };
        o.members.iter().any(same) && fits(o)
    });
    if by_request.is_some() {
        return (by_request, false);
    }
    if is_blank_id(event.correlation_id) {
        return (None, capped);
    }
    let by_correlation = open.iter().rposition(|o| {
        let belongs = |i: &usize| {
            events[*i].correlation_id == event.correlation_id && agrees(&events[*i], event)
        };
        let near = event.created_at - o.last_at <= GAP_MAX_US;
        !o.closed && near && o.members.iter().any(belongs) && fits(o)
    });
    (by_correlation, capped && by_correlation.is_none())
}

/// Whether something beside the correlation id says that two events have one source.
fn agrees(a: &Event<'_>, b: &Event<'_>) -> bool {
    let same = |x: &str, y: &str| !x.is_empty() && x == y;
    let same_id = |x: &str, y: &str| !is_blank_id(x) && x == y;
    same_id(a.session_id, b.session_id)
        || same_id(a.device_id, b.device_id)
        || same(a.ip_address, b.ip_address)
        || (same(a.user_agent, b.user_agent) && a.asn.is_some() && a.asn == b.asn)
}
