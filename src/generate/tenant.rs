//! Makes the people, homes, devices and travels of the two tenants.
//!
//! Everything here is fixed before the first sign-in is drawn and never changes afterwards.

use super::catalog::{APPS, App, FAMILY, FIRST_PHONE, GIVEN};
use super::dice::Dice;
use super::instant::{DAY, HOUR, Ticks};
use super::life::Lives;
use super::machine::{Service, services};
use super::movement::{Movement, Shown};
use super::options::{Options, Span};
use super::place::{DESTINATIONS, PLACES, home_network, mobile_network, office_network};
use super::plan::{Device, Kind, Method, Plan, Scene};
use super::policy::{PolicyList, PolicyLists};
use super::text::{Guid, Ip};

/// How many people are asked whether they are awake before anybody will do.
pub(super) const PATIENCE: u32 = 400;

/// How busy a computer that runs by itself is at least, out of 255.
pub(super) const SILENT_FLOOR: u64 = 70;

/// A tenant's own facts.
pub(super) struct Tenant {
    pub(super) id: Guid,
    /// Domain of its members, and the same with capitals as some exports show it.
    pub(super) domain: &'static str,
    pub(super) domain_as_typed: &'static str,
}

/// A week away: nobody signs in between `leaves` and `arrives`, nor on the way back.
#[derive(Debug, Clone, Copy)]
pub(super) struct Trip {
    leaves: Ticks,
    arrives: Ticks,
    departs: Ticks,
    home_again: Ticks,
    place: u8,
}

/// One account.
#[derive(Debug, Clone, Copy)]
pub(super) struct Person {
    pub(super) tenant: u8,
    pub(super) home_tenant: u8,
    /// The number in the user name.
    pub(super) number: u32,
    pub(super) given: u8,
    pub(super) family: u8,
    pub(super) id: Guid,
    /// 0 staff, 1 administrators, 2 finance, 3 guests.
    pub(super) class: u8,
    pub(super) method: Method,
    /// Whether silent records show the user name with capitals.
    pub(super) mixed_case: bool,
    pub(super) laptop: Option<Guid>,
    /// The laptop that replaces it, in a tenant whose people move.
    pub(super) next_laptop: Option<Guid>,
    pub(super) place: u8,
    home: Ip,
    pub(super) computer: u8,
    pub(super) phone: Option<u8>,
    trip: Option<Trip>,
}

impl Person {
    /// Whether this is the account of another tenant's member.
    pub(super) fn guest(&self) -> bool {
        self.tenant != self.home_tenant
    }

    /// The id of the device, if Entra knows it.
    pub(super) fn device(&self, device: Device) -> Option<Guid> {
        match device {
            Device::Laptop => self.laptop,
            Device::NewLaptop => self.next_laptop,
            Device::Phone | Device::Unknown => None,
        }
    }

    /// Where the person is; `None` on the way.
    fn place_at(&self, at: Ticks) -> Option<(u8, bool)> {
        match self.trip {
            Some(trip) if at >= trip.leaves && at < trip.home_again => {
                (at >= trip.arrives && at < trip.departs).then_some((trip.place, true))
            }
            _ => Some((self.place, false)),
        }
    }
}

/// All that an export's records refer to.
pub(super) struct World {
    pub(super) span: Span,
    pub(super) tenants: [Tenant; 2],
    pub(super) people: Vec<Person>,
    pub(super) principals: Vec<Service>,
    pub(super) identities: Vec<Service>,
    pub(super) lists: PolicyLists,
    /// How many people live at each place.
    pub(super) residents: Vec<u64>,
    /// Where people are and what happens to them, if they move.
    pub(super) lives: Option<Lives>,
    /// Whether incidents are planted.
    pub(super) incidents: bool,
    app_weights: Vec<u32>,
}

impl World {
    /// Makes the world of these options.
    pub(super) fn new(options: &Options, span: Span) -> Self {
        let mut dice = Dice::new(options.seed, 1);
        let tenants = [
            Tenant {
                id: dice.guid(),
                domain: "contoso.example",
                domain_as_typed: "Contoso.example",
            },
            Tenant {
                id: dice.guid(),
                domain: "fabrikam.example",
                domain_as_typed: "Fabrikam.example",
            },
        ];
        let second = (options.users / 20).max(1);
        let weights: Vec<u32> = PLACES.iter().map(|p| p.weight).collect();
        let mut people: Vec<Person> = (0..options.users)
            .map(|number| {
                let tenant = u8::from(number >= options.users - second);
                person(&mut dice, number, tenant, &weights, span)
            })
            .collect();
        people.push(Person {
            tenant: 1,
            id: dice.guid(),
            class: 3,
            ..people[0]
        });
        let mut residents = vec![0; PLACES.len()];
        for person in &people {
            residents[usize::from(person.place)] += 1;
        }
        Self {
            span,
            tenants,
            residents,
            incidents: options.incidents,
            lives: options
                .movement
                .then(|| Lives::new(options, span, &mut people)),
            principals: services(&mut dice, (options.users / 50).clamp(5, 500), true),
            identities: services(&mut dice, (options.users / 100).clamp(3, 300), false),
            people,
            lists: PolicyLists::new(&mut dice, options.policies, options.format.into()),
            app_weights: APPS.iter().map(|a| a.weight).collect(),
        }
    }

    /// How many accounts the first tenant has; they come first in `people`.
    pub(super) fn members(&self) -> u64 {
        let guests = 1;
        let all = self.people.len() as u64 - guests;
        all - (all / 20).max(1)
    }

    /// The policies of a person's record.
    pub(super) fn policies(&self, plan: &Plan, person: &Person, app: &App) -> &PolicyList {
        self.lists
            .of(plan.scene.tenant, person.class, app.group, plan.access)
    }

    /// The service of a record of a service principal or managed identity.
    pub(super) fn service(&self, plan: &Plan) -> &Service {
        match plan.kind {
            Kind::ManagedIdentity => &self.identities[plan.scene.who as usize],
            _ => &self.principals[plan.scene.who as usize],
        }
    }

    /// The user name of an account, in lower case.
    pub(super) fn user_name(&self, who: u32) -> String {
        let person = &self.people[who as usize];
        let domain = self.tenants[usize::from(person.home_tenant)].domain;
        format!("user{:06}@{domain}", person.number)
    }

    /// Someone who is awake at `at`, with place, device and application; everybody at a computer
    /// that runs by itself when `silent`.
    pub(super) fn scene(
        &self,
        dice: &mut Dice,
        at: Ticks,
        tenant: Option<u8>,
        silent: bool,
    ) -> Scene {
        if let Some(lives) = &self.lives {
            return lives.scene(self, dice, at, tenant, silent);
        }
        let mut floor = if silent { SILENT_FLOOR } else { 0 };
        for tries in 0.. {
            if tries == PATIENCE {
                floor = 256;
            }
            let who = self.who(dice, tenant);
            let person = &self.people[who as usize];
            let Some((place, away)) = person.place_at(at) else {
                if tries < 2 * PATIENCE {
                    continue;
                }
                return self.scene_of(dice, who, person.place, false, at);
            };
            if dice.below(256) < PLACES[usize::from(place)].activity(at).max(floor) {
                return self.scene_of(dice, who, place, away, at);
            }
        }
        self.scene_of(dice, 0, self.people[0].place, false, at)
    }

    /// An account, some more likely than others.
    pub(super) fn who(&self, dice: &mut Dice, tenant: Option<u8>) -> u32 {
        let all = self.people.len() as u64;
        let guests = 1;
        let second = ((all - guests) / 20).max(1) + guests;
        let (first, count) = match tenant {
            None => (0, all),
            Some(0) => (0, all - second),
            Some(_) => (all - second, second),
        };
        if dice.per_mille(350) {
            // A third of all sign-ins fall on the busiest sixteenth of the people.
            let busy = count.div_ceil(16);
            return (first + (dice.below(busy) * 16).min(count - 1)) as u32;
        }
        (first + dice.below(count)) as u32
    }

    fn scene_of(&self, dice: &mut Dice, who: u32, place: u8, away: bool, at: Ticks) -> Scene {
        let person = &self.people[who as usize];
        let office = !away && PLACES[usize::from(place)].office_hours(at) && dice.per_mille(550);
        let (client, device) = match dice.below(100) {
            0..=59 if person.laptop.is_some() => (person.computer, Device::Laptop),
            60..=84 => match person.phone {
                Some(phone) => (phone, Device::Phone),
                None => (person.computer, Device::Unknown),
            },
            _ => (person.computer, Device::Unknown),
        };
        let mobile = device == Device::Phone && dice.coin();
        let (ip, network) = if mobile {
            (
                Ip::V4([198, 51, 100, 10 + place * 4 + (person.number % 4) as u8]),
                mobile_network(place),
            )
        } else if office {
            (Ip::V4([192, 0, 2, 10 + place]), office_network(place))
        } else if away {
            let room = person.number.wrapping_mul(2_654_435_761);
            (
                Ip::V4([198, 19, 200 + place, (room >> 24) as u8]),
                home_network(place),
            )
        } else {
            (person.home, home_network(place))
        };
        Scene {
            tenant: person.tenant,
            who,
            app: self.app(dice),
            place: Some(place),
            shown: Shown::Whole,
            movement: Movement::Home,
            ip,
            network,
            client,
            device,
            trusted: office && !mobile,
            session: dice.guid(),
            correlation: dice.guid(),
        }
    }

    /// Whether a person is at one place at both instants.
    pub(super) fn stays(&self, who: u32, one: Ticks, other: Ticks) -> bool {
        if let Some(lives) = &self.lives {
            return lives.stays(who, one, other);
        }
        let person = &self.people[who as usize];
        person.place_at(one).is_some() && person.place_at(one) == person.place_at(other)
    }

    /// An application, by popularity.
    pub(super) fn app(&self, dice: &mut Dice) -> u16 {
        dice.weighted(&self.app_weights) as u16
    }
}

fn person(dice: &mut Dice, number: u32, tenant: u8, weights: &[u32], span: Span) -> Person {
    let place = dice.weighted(weights) as u8;
    let home = if dice.per_mille(300) {
        dice.ipv6()
    } else {
        let host = dice.below(200 * 256);
        Ip::V4([
            198,
            18 + (host & 1) as u8,
            (host >> 8) as u8,
            dice.between(1, 254) as u8,
        ])
    };
    let classes = [88, 4, 8];
    Person {
        tenant,
        home_tenant: tenant,
        number,
        given: dice.index(GIVEN.len()) as u8,
        family: dice.index(FAMILY.len()) as u8,
        id: dice.guid(),
        class: dice.weighted(&classes) as u8,
        method: [
            Method::Push,
            Method::Totp,
            Method::Sms,
            Method::Fido,
            Method::Call,
        ][dice.weighted(&[62, 15, 12, 6, 5])],
        mixed_case: dice.per_mille(100),
        laptop: dice.per_mille(750).then(|| dice.guid()),
        next_laptop: None,
        place,
        home,
        computer: dice.weighted(&[35, 25, 15, 5, 15, 5]) as u8,
        phone: dice
            .per_mille(700)
            .then(|| FIRST_PHONE + dice.below(3) as u8),
        trip: trip(dice, place, span),
    }
}

/// One person in forty is away for a week, if the export is long enough.
fn trip(dice: &mut Dice, home: u8, span: Span) -> Option<Trip> {
    let room = span.end - span.start - 10 * DAY;
    if room <= 0 || !dice.per_mille(25) {
        return None;
    }
    let place = dice.pick(&DESTINATIONS);
    if place == home {
        return None;
    }
    let leaves = dice.time(span.start, span.start + room);
    let flight = dice.time(22 * HOUR, 30 * HOUR);
    let arrives = leaves + flight;
    let departs = arrives + 6 * DAY;
    Some(Trip {
        leaves,
        arrives,
        departs,
        home_again: departs + flight,
        place,
    })
}
