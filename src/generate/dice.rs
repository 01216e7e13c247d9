//! Draws every random choice of an export from one seeded stream.
//!
//! Only integers are drawn, so that two machines with one seed write the same bytes.

use rand_core::{Rng, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;

use super::instant::Ticks;
use super::text::{Guid, Ip};

/// The one source of chance.
pub(super) struct Dice(Xoshiro256PlusPlus);

impl Dice {
    /// A stream of its own for each seed and purpose.
    pub(super) fn new(seed: u64, purpose: u64) -> Self {
        let mixed = seed ^ purpose.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        Self(Xoshiro256PlusPlus::seed_from_u64(mixed))
    }

    /// A number from 0 to `n` - 1; 0 when `n` is 0.
    pub(super) fn below(&mut self, n: u64) -> u64 {
        ((u128::from(self.0.next_u64()) * u128::from(n)) >> 64) as u64
    }

    /// An index of a list of `n`.
    pub(super) fn index(&mut self, n: usize) -> usize {
        self.below(n as u64) as usize
    }

    /// A number from `low` to `high`, both included.
    pub(super) fn between(&mut self, low: u64, high: u64) -> u64 {
        low + self.below(high - low + 1)
    }

    /// A time from `low` to just below `high`.
    pub(super) fn time(&mut self, low: Ticks, high: Ticks) -> Ticks {
        low + self.below((high - low).max(1) as u64) as Ticks
    }

    /// True in `parts` of a thousand cases.
    pub(super) fn per_mille(&mut self, parts: u64) -> bool {
        self.below(1_000) < parts
    }

    /// Heads or tails.
    pub(super) fn coin(&mut self) -> bool {
        self.0.next_u64() >> 63 == 1
    }

    /// One entry of a list that is not empty.
    pub(super) fn pick<T: Copy>(&mut self, list: &[T]) -> T {
        list[self.index(list.len())]
    }

    /// An index, each as likely as its weight says.
    pub(super) fn weighted(&mut self, weights: &[u32]) -> usize {
        let total: u64 = weights.iter().map(|w| u64::from(*w)).sum();
        let mut left = self.below(total);
        for (i, weight) in weights.iter().enumerate() {
            if left < u64::from(*weight) {
                return i;
            }
            left -= u64::from(*weight);
        }
        0
    }

    /// An identifier shaped like a version 4 GUID.
    pub(super) fn guid(&mut self) -> Guid {
        let mut bytes = [0; 16];
        bytes[..8].copy_from_slice(&self.0.next_u64().to_be_bytes());
        bytes[8..].copy_from_slice(&self.0.next_u64().to_be_bytes());
        bytes[6] = (bytes[6] & 0x0f) | 0x40;
        bytes[8] = (bytes[8] & 0x3f) | 0x80;
        Guid(bytes)
    }

    /// An identifier of a request: Entra's end in a zero byte.
    pub(super) fn request_id(&mut self) -> Guid {
        let mut id = self.guid();
        id.0[15] = 0;
        id
    }

    /// An address of the documentation range 2001:db8::/32 with no zero group.
    pub(super) fn ipv6(&mut self) -> Ip {
        let mut groups = [0x2001, 0x0db8, 0, 0, 0, 0, 0, 0];
        for group in &mut groups[2..] {
            *group = self.between(1, 0xffff) as u16;
        }
        Ip::V6(groups)
    }
}
