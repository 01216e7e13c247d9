//! `ip_is_private(ip)`: Whether an address says nothing of a place.

use std::sync::Arc;

use arrow::array::BooleanArray;
use arrow::datatypes::DataType;

use super::{FunctionDoc, RowFunction, Takes};
use crate::signin::networks::{Scope, parse_address};

pub(super) const FUNCTION: RowFunction = RowFunction {
    doc: FunctionDoc {
        name: "ip_is_private",
        syntax: "ip_is_private(ip)",
        description: "Whether no host on the internet can have an address: private (RFC 1918, unique \
                      local), between a carrier and its customers (100.64.0.0/10), link-local, loopback, \
                      multicast or reserved; also within a mapped, 6to4 or NAT64 address. Addresses for \
                      documentation and measurements are not: in made-up and anonymised exports they \
                      stand for public ones. Null where the address is null or malformed.",
        example: "NOT ip_is_private(ip_address)",
    },
    takes: &[Takes::Text],
    gives: DataType::Boolean,
    rule: |arguments| {
        let ip = arguments.text(0);
        let private = |i| Some(Scope::of(parse_address(ip(i)?)?).is_private());
        Ok(Arc::new(
            arguments.rows().map(private).collect::<BooleanArray>(),
        ))
    },
};
