//! Says which line the request of somebody who moves comes by, and what a record tells of it.

use super::dice::Dice;
use super::instant::{DAY, HOUR, Ticks};
use super::life::{Leg, Life, Why};
use super::movement::{Movement, Shown};
use super::network::{self, HOTEL, OFFICE, key, mix};
use super::place::PLACES;
use super::plan::Device;
use super::tenant::Person;
use super::text::Ip;
use super::whereabouts::Want;

/// Where a request comes from.
pub(super) struct Line {
    pub(super) place: u8,
    pub(super) ip: Ip,
    pub(super) network: u32,
    pub(super) movement: Movement,
    pub(super) trusted: bool,
}

/// A person at a place at a time, and the leg that leads there, if any.
#[derive(Clone, Copy)]
pub(super) struct Stay<'a> {
    pub(super) who: u32,
    pub(super) at: Ticks,
    pub(super) place: u8,
    pub(super) leg: Option<&'a Leg>,
}

/// What it is sent with.
#[derive(Clone, Copy)]
pub(super) struct Tool {
    pub(super) client: u8,
    pub(super) device: Device,
    pub(super) telephone: bool,
}

impl Life {
    /// The line of a sign-in.
    pub(super) fn line(
        &self,
        dice: &mut Dice,
        person: &Person,
        stay: Stay,
        want: Want,
        tool: Tool,
    ) -> Line {
        let Stay {
            who,
            at,
            place,
            leg,
        } = stay;
        let indoors = self.indoors(stay, dice.per_mille(self.six));
        if matches!(want, Want::Indoors | Want::Unpacked | Want::NewLaptop) {
            return indoors;
        }
        if let Some(exit) = self.exit.filter(|exit| at >= exit.from && !tool.telephone) {
            let share = if exit.daily { 450 } else { 60 };
            if want == Want::Exit || dice.per_mille(share) {
                return Line {
                    place: exit.place,
                    ip: network::exit(exit.place, (mix(u64::from(who)) & 1) as u8),
                    network: network::number(exit.place, network::EXIT),
                    movement: Movement::Vpn,
                    trusted: false,
                };
            }
        }
        if tool.telephone && (want == Want::Phone || dice.coin()) {
            return self.outdoors(dice, stay, indoors.movement);
        }
        let desk = leg.is_none() && !self.night && !person.guest();
        if desk && PLACES[usize::from(place)].office_hours(at) && dice.per_mille(550) {
            return Line {
                place,
                ip: network::v4(place, OFFICE, u64::from(person.tenant)),
                network: network::number(place, OFFICE),
                movement: Movement::Home,
                trusted: true,
            };
        }
        if leg.is_none() && self.provider_city != place && want != Want::Exit {
            return Line {
                place: self.provider_city,
                ip: network::v4(
                    self.provider_city,
                    self.provider(at),
                    key(who, at / self.lease),
                ),
                movement: Movement::Commute,
                ..indoors
            };
        }
        if leg.is_none() && want == Want::Anything && dice.per_mille(30) {
            // A café's or a friend's line.
            return Line {
                ip: network::v4(place, HOTEL, dice.below(1 << 40)),
                network: network::number(place, HOTEL),
                ..indoors
            };
        }
        indoors
    }

    /// The line of the home, of a hotel, or of the home after a move.
    pub(super) fn indoors(&self, stay: Stay, six: bool) -> Line {
        let Stay {
            who,
            at,
            place,
            leg,
        } = stay;
        let (role, movement, since) = match leg {
            None => (self.provider(at), Movement::Home, at / self.lease),
            Some(leg) if leg.why == Why::Move => {
                (self.provider(at), Movement::Relocated, at / self.lease)
            }
            Some(leg) => (HOTEL, away(leg), leg.arrives),
        };
        let household = key(who, since);
        let ip = if six {
            network::v6(place, role, household, key(who, at / DAY))
        } else {
            network::v4(place, role, household)
        };
        Line {
            place,
            ip,
            network: network::number(place, role),
            movement,
            trusted: false,
        }
    }

    /// The line of the telephone: its carrier's addresses are wherever they are registered.
    fn outdoors(&self, dice: &mut Dice, stay: Stay, there: Movement) -> Line {
        let Stay {
            who,
            at,
            place: here,
            leg,
        } = stay;
        let hours = key(who, at / (3 * HOUR));
        let roams = leg.is_some_and(|leg| leg.why != Why::Move);
        let (place, movement) = match leg {
            // Two of a carrier's places change every three hours.
            None => (self.carrier_places[(hours & 1) as usize], there),
            Some(_) if roams && dice.per_mille(100) => (self.carrier_places[0], Movement::Commute),
            Some(_) => (here, there),
        };
        let movement = if place == here {
            movement
        } else {
            Movement::Commute
        };
        let ip = if dice.per_mille(400) {
            network::v6(place, self.carrier, hours, dice.below(1 << 40))
        } else {
            network::v4(place, self.carrier, hours)
        };
        Line {
            place,
            ip,
            network: network::number(place, self.carrier),
            movement,
            trusted: false,
        }
    }
}

/// What a sign-in on a leg is.
fn away(leg: &Leg) -> Movement {
    match leg.why {
        Why::Work => Movement::Travel,
        Why::Holiday => Movement::HolidayNewCountry,
        Why::Move => Movement::Relocated,
    }
}

/// What the table of places knows of an address this week; less of carriers' addresses.
pub(super) fn shown(ip: Ip, at: Ticks, telephone: bool) -> Shown {
    let bits = match ip {
        Ip::None => 0,
        Ip::V4(bytes) => u64::from(u32::from_be_bytes(bytes)),
        Ip::V6(groups) => groups[2..6]
            .iter()
            .fold(0, |bits, group| bits << 16 | u64::from(*group)),
    };
    let times = if telephone { 3 } else { 1 };
    match mix(bits ^ mix((at / (7 * DAY)) as u64)) % 1_000 / times {
        0..=8 => Shown::ZeroPosition,
        9..=16 => Shown::NoPosition,
        17..=22 => Shown::Nowhere,
        23..=29 => Shown::Country,
        _ => Shown::Whole,
    }
}
