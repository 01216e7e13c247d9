//! Sets the scene of a sign-in of somebody who moves: place, line and device at that time.

use super::dice::Dice;
use super::instant::{DAY, HOUR, Ticks, hour_of_day};
use super::life::{Leg, Life, Lives, NEW, Why};
use super::movement::{Movement, Shown};
use super::network::{self, HOTEL, OFFICE, key, mix};
use super::place::PLACES;
use super::plan::{Device, Scene};
use super::tenant::{PATIENCE, Person, SILENT_FLOOR, World};
use super::text::Ip;

/// What a planted sign-in needs of its scene.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Want {
    Anything,
    /// The line of the home, hotel or new home, with a place in full.
    Indoors,
    Phone,
    Exit,
    /// The new laptop before it is managed, at home.
    Unpacked,
    NewLaptop,
    /// A silent request.
    Silent,
}

/// Where a request comes from.
struct Line {
    place: u8,
    ip: Ip,
    network: u32,
    movement: Movement,
    trusted: bool,
}

/// A person at a place at a time, and the leg that leads there, if any.
#[derive(Clone, Copy)]
struct Stay<'a> {
    who: u32,
    at: Ticks,
    place: u8,
    leg: Option<&'a Leg>,
}

/// What it is sent with.
#[derive(Clone, Copy)]
struct Tool {
    client: u8,
    device: Device,
    telephone: bool,
}

impl Lives {
    /// As [`World::scene`], among people who move.
    pub(super) fn scene(
        &self,
        world: &World,
        dice: &mut Dice,
        at: Ticks,
        tenant: Option<u8>,
        silent: bool,
    ) -> Scene {
        let mut floor = if silent { SILENT_FLOOR } else { 0 };
        let want = if silent { Want::Silent } else { Want::Anything };
        for tries in 0..2 * PATIENCE {
            if tries == PATIENCE {
                floor = 256;
            }
            let who = world.who(dice, tenant);
            let life = &self.lives[who as usize];
            let Some((place, _)) = life.at(at) else {
                continue;
            };
            if life.rare && !dice.per_mille(100) {
                continue;
            }
            let shift = if life.night { 12 * HOUR } else { 0 };
            let busy = PLACES[usize::from(place)].activity(at + shift);
            if dice.below(256) < busy.max(floor)
                && let Some(scene) = self.scene_of(world, dice, who, at, want)
            {
                return scene;
            }
        }
        // Person 0 and its guest account are always there.
        let steady = match tenant {
            Some(tenant) if tenant > 0 => self.lives.len() as u32 - 1,
            _ => 0,
        };
        let life = &self.lives[steady as usize];
        let person = &world.people[steady as usize];
        let tool = life.computer(person, at);
        let stay = Stay {
            who: steady,
            at,
            place: life.home,
            leg: None,
        };
        let line = life.indoors(stay, false);
        set(world, dice, steady, at, tool, line)
    }

    /// The scene of one person, unless it is nowhere at that time.
    pub(super) fn scene_of(
        &self,
        world: &World,
        dice: &mut Dice,
        who: u32,
        at: Ticks,
        want: Want,
    ) -> Option<Scene> {
        let life = &self.lives[who as usize];
        let person = &world.people[who as usize];
        // A silent request may show the address of the token that it renews.
        let seen = match want {
            Want::Silent if dice.per_mille(400) => life.token_from(at),
            _ => at,
        };
        let (place, leg) = life.at(seen)?;
        let stay = Stay {
            who,
            at: seen,
            place,
            leg,
        };
        let tool = life.tool(dice, person, at, want, leg);
        let mut line = life.line(dice, person, stay, want, tool);
        if line.movement == Movement::Home {
            line.movement = life.at_home(at, want, tool);
        }
        let mut scene = set(world, dice, who, seen, tool, line);
        if want == Want::Indoors {
            scene.shown = Shown::Whole;
        }
        Some(scene)
    }

    /// As [`World::stays`], among people who move.
    pub(super) fn stays(&self, who: u32, one: Ticks, other: Ticks) -> bool {
        let life = &self.lives[who as usize];
        life.at(one).is_some() && life.calm(one, other)
    }
}

impl Life {
    /// When the token was first asked for: on the day after a journey, before the journey.
    fn token_from(&self, at: Ticks) -> Ticks {
        let recent = |then: Ticks| at >= then && at < then + DAY;
        let leg = |leg: &Leg| match leg {
            leg if recent(leg.arrives) => Some(leg.leaves - HOUR),
            leg if recent(leg.back) => Some(leg.departs - HOUR),
            _ => None,
        };
        self.legs.iter().find_map(leg).unwrap_or(at)
    }

    /// What a sign-in at home is besides.
    fn at_home(&self, at: Ticks, want: Want, tool: Tool) -> Movement {
        let fresh = self.new_laptop.is_some_and(|from| at < from + NEW);
        let new = matches!(want, Want::Unpacked | Want::NewLaptop);
        let hour = hour_of_day(PLACES[usize::from(self.home)].local(at));
        let night = matches!(hour, 23 | 0..=4);
        if new || fresh && tool.device == Device::NewLaptop {
            Movement::NewDevice
        } else if night && (self.night || want != Want::Silent) {
            Movement::NightOwl
        } else {
            Movement::Home
        }
    }

    /// The main computer: the laptop of that time, if Entra knows one.
    fn computer(&self, person: &Person, at: Ticks) -> Tool {
        let new = self.new_laptop.is_some_and(|from| at >= from + DAY);
        let device = match (new, person.laptop) {
            (true, _) => Device::NewLaptop,
            (false, Some(_)) => Device::Laptop,
            (false, None) => Device::Unknown,
        };
        Tool {
            client: person.computer,
            device,
            telephone: false,
        }
    }

    fn tool(
        &self,
        dice: &mut Dice,
        person: &Person,
        at: Ticks,
        want: Want,
        leg: Option<&Leg>,
    ) -> Tool {
        let computer = self.computer(person, at);
        let unknown = Tool {
            client: person.computer,
            device: Device::Unknown,
            telephone: false,
        };
        let phone = person.phone.map(|client| Tool {
            client,
            device: Device::Phone,
            telephone: true,
        });
        let on_holiday = leg.is_some_and(|leg| leg.why == Why::Holiday);
        match want {
            Want::Unpacked => return unknown,
            Want::NewLaptop => {
                return Tool {
                    device: Device::NewLaptop,
                    ..computer
                };
            }
            Want::Exit => return computer,
            Want::Phone => return phone.unwrap_or(computer),
            _ => {}
        }
        match dice.below(100) {
            0..=74 if on_holiday => phone.unwrap_or(computer),
            0..=59 => computer,
            60..=84 => phone.unwrap_or(computer),
            _ => match self.second.filter(|_| leg.is_none()) {
                Some(client) => Tool { client, ..unknown },
                None => unknown,
            },
        }
    }

    fn line(&self, dice: &mut Dice, person: &Person, stay: Stay, want: Want, tool: Tool) -> Line {
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
    fn indoors(&self, stay: Stay, six: bool) -> Line {
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

fn set(world: &World, dice: &mut Dice, who: u32, at: Ticks, tool: Tool, line: Line) -> Scene {
    Scene {
        tenant: world.people[who as usize].tenant,
        who,
        app: world.app(dice),
        place: Some(line.place),
        shown: shown(line.ip, at, tool.telephone),
        movement: line.movement,
        ip: line.ip,
        network: line.network,
        client: tool.client,
        device: tool.device,
        trusted: line.trusted,
        session: dice.guid(),
        correlation: dice.guid(),
    }
}

/// What the table of places knows of an address this week; less of carriers' addresses.
fn shown(ip: Ip, at: Ticks, telephone: bool) -> Shown {
    let bits = match ip {
        Ip::None => 0,
        Ip::V4(bytes) => u64::from(u32::from_be_bytes(bytes)),
        Ip::V6(groups) => groups[2..6]
            .iter()
            .fold(0, |bits, group| bits << 16 | u64::from(*group)),
    };
    let times = if telephone { 3 } else { 1 };
    match mix(bits ^ mix((at / (7 * DAY)) as u64)) % 1_000 / times {
        0..=11 => Shown::ZeroPosition,
        12..=20 => Shown::NoPosition,
        21..=29 => Shown::Nowhere,
        _ => Shown::Whole,
    }
}
