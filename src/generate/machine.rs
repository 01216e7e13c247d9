//! Makes the service principals and managed identities of the two tenants.

use super::dice::Dice;
use super::movement::{Movement, Shown};
use super::place::{HOSTING, HOSTING_NETWORK};
use super::plan::{Device, Scene};
use super::text::{Guid, Ip};

/// A service principal or managed identity.
#[derive(Debug, Clone, Copy)]
pub(super) struct Service {
    pub(super) tenant: u8,
    pub(super) number: u32,
    pub(super) app_id: Guid,
    pub(super) id: Guid,
    pub(super) ip: Ip,
    pub(super) place: Option<u8>,
}

/// Makes so many services; only those `with_address` show where they run.
pub(super) fn services(dice: &mut Dice, count: u32, with_address: bool) -> Vec<Service> {
    (0..count)
        .map(|number| {
            let place = (with_address && dice.per_mille(750)).then(|| dice.pick(&HOSTING));
            let ip = match (with_address, place) {
                (false, _) => Ip::None,
                (true, None) => dice.ipv6(),
                (true, Some(_)) => Ip::V4([198, 51, 100, dice.between(120, 250) as u8]),
            };
            Service {
                tenant: u8::from(number % 20 == 4),
                number,
                app_id: dice.guid(),
                id: dice.guid(),
                ip,
                place,
            }
        })
        .collect()
}

impl Service {
    /// What the records of this service share.
    pub(super) fn scene(&self, who: u32, dice: &mut Dice) -> Scene {
        Scene {
            tenant: self.tenant,
            who,
            app: 0,
            place: self.place,
            shown: Shown::Whole,
            movement: Movement::Service,
            ip: self.ip,
            network: HOSTING_NETWORK,
            client: 0,
            device: Device::Unknown,
            trusted: false,
            session: self.id,
            correlation: dice.guid(),
        }
    }
}
