//! Sets the scene of a sign-in of somebody who moves: who, with what device, at that time.

use super::dice::Dice;
use super::instant::{DAY, HOUR, Ticks, hour_of_day};
use super::life::{Leg, Life, Lives, NEW, Why};
use super::line::{Line, Stay, Tool, shown};
use super::movement::{Movement, Shown};
use super::place::PLACES;
use super::plan::{Device, Scene};
use super::tenant::{PATIENCE, Person, SILENT_FLOOR, World};

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
