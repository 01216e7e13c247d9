//! `ip_in_network(ip, cidr)`: Whether a network holds an address.

use std::sync::Arc;

use arrow::array::BooleanArray;
use arrow::datatypes::DataType;
use datafusion::common::exec_err;

use super::{FunctionDoc, RowFunction, Takes};
use crate::signin::networks::{Network, parse_address};

pub(super) const FUNCTION: RowFunction = RowFunction {
    doc: FunctionDoc {
        name: "ip_in_network",
        syntax: "ip_in_network(ip, network)",
        description: "Whether an IPv4 or IPv6 network such as 10.0.0.0/8 holds an address; an address \
                      alone is a network of one. A mapped address such as ::ffff:10.0.0.1 is the IPv4 \
                      address. Null where the address is null or malformed, also with a port or a zone. \
                      A constant network that is malformed or has bits behind its prefix is an error; \
                      in a column it gives null.",
        example: "ip_in_network(ip_address, '203.0.113.0/24')",
    },
    takes: &[Takes::Text; 2],
    gives: DataType::Boolean,
    rule: |arguments| {
        let (ip, cidr) = (arguments.text(0), arguments.text(1));
        let constant = match arguments.single_text(1).map(Network::parse).transpose() {
            Ok(constant) => constant,
            Err(e) => return exec_err!("{}: {e}", FUNCTION.doc.name),
        };
        let network = |i| constant.or_else(|| Network::parse(cidr(i)?).ok());
        let held = |i| Some(network(i)?.contains(parse_address(ip(i)?)?));
        Ok(Arc::new(
            arguments.rows().map(held).collect::<BooleanArray>(),
        ))
    },
};
