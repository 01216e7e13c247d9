//! Rules that the optimizer follows beside DataFusion's own.

mod seen_through;

pub(super) use seen_through::SeenThrough;
