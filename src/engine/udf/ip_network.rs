//! `ip_network(ip, prefix)`: The network around an address.

use std::sync::Arc;

use arrow::array::StringArray;
use arrow::datatypes::DataType;

use super::{FunctionDoc, RowFunction, Takes};
use crate::signin::networks::{Network, parse_address};

pub(super) const FUNCTION: RowFunction = RowFunction {
    doc: FunctionDoc {
        name: "ip_network",
        syntax: "ip_network(ip, prefix)",
        description: "The network of so many prefix bits around an address, such as 203.0.113.0/24, to \
                      group by. IPv4 has 32 bits, IPv6 128; null where the address has fewer than asked \
                      for, is null or malformed. A mapped IPv4 address is that address.",
        example: "ip_network('203.0.113.77', 24) = '203.0.113.0/24'",
    },
    takes: &[Takes::Text, Takes::Integer],
    gives: DataType::Utf8,
    rule: |arguments| {
        let (ip, prefix) = (arguments.text(0), arguments.integer(1));
        let network = |i| {
            let prefix = u8::try_from(prefix(i)?).ok()?;
            let network = Network::around(parse_address(ip(i)?)?, prefix)?;
            Some(network.to_string())
        };
        Ok(Arc::new(
            arguments.rows().map(network).collect::<StringArray>(),
        ))
    },
};
