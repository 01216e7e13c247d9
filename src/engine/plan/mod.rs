//! Rules that the optimizer follows beside DataFusion's own, and plans that are run once for several places.

mod instead;
mod key_sort;
mod late_text;
mod once;
mod packed_groups;
mod seen_through;
mod shared;
mod shared_exec;
mod utc_arithmetic;
mod window_exec;
mod window_values;

pub(super) use key_sort::KeySorts;
pub(super) use seen_through::SeenThrough;
pub(super) use shared::{Planner, share};
pub(super) use utc_arithmetic::UtcArithmetic;
pub(super) use window_exec::PartitionedWindows;
