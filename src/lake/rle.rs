//! Parquet's hybrid of runs and bit-packed numbers, for levels and places in a dictionary.
//!
//! See "Run Length Encoding / Bit-Packing Hybrid" in the Parquet format's `Encodings.md`.

/// Equal numbers from which on a run is written as one.
const RUN_MIN: usize = 8;
/// Groups of eight that one header can tell of in a byte.
const GROUPS_MAX: usize = 63;

/// Bits that numbers up to `max` take.
pub(super) fn width_of(max: u32) -> u32 {
    u32::BITS - max.leading_zeros()
}

/// Appends numbers of `width` bits each.
pub(super) fn encode(numbers: &[u32], width: u32, out: &mut Vec<u8>) {
    let mut at = 0;
    // Numbers from here on are to be packed.
    let mut open = 0;
    while at < numbers.len() {
        let value = numbers[at];
        let run = numbers[at..].iter().take_while(|n| **n == value).count();
        // Packed groups are of eight; what a group lacks is taken from the run.
        let lacks = (8 - (at - open) % 8) % 8;
        if run >= RUN_MIN + lacks {
            pack(&numbers[open..at + lacks], width, out);
            run_of(value, run - lacks, width, out);
            open = at + run;
        }
        at += run;
    }
    pack(&numbers[open..], width, out);
}

fn run_of(value: u32, count: usize, width: u32, out: &mut Vec<u8>) {
    varint((count as u64) << 1, out);
    let bytes = (width as usize).div_ceil(8);
    out.extend_from_slice(&value.to_le_bytes()[..bytes]);
}

fn pack(numbers: &[u32], width: u32, out: &mut Vec<u8>) {
    for part in numbers.chunks(GROUPS_MAX * 8) {
        let groups = part.len().div_ceil(8);
        varint((groups as u64) << 1 | 1, out);
        let (mut held, mut bits) = (0_u64, 0);
        for number in part {
            held |= u64::from(*number) << bits;
            bits += width;
            while bits >= 8 {
                out.push(held as u8);
                held >>= 8;
                bits -= 8;
            }
        }
        // What the last group lacks is zeros.
        let missing = (groups * 8 - part.len()) as u32 * width;
        let bytes = (bits + missing).div_ceil(8) as usize;
        for _ in 0..bytes {
            out.push(held as u8);
            held >>= 8;
        }
    }
}

fn varint(mut value: u64, out: &mut Vec<u8>) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads as the format's document says, one number after another.
    fn decode(bytes: &[u8], width: u32, count: usize) -> Vec<u32> {
        let (mut out, mut at) = (Vec::new(), 0);
        while out.len() < count {
            let (mut header, mut shift) = (0_u64, 0);
            loop {
                let byte = bytes[at];
                at += 1;
                header |= u64::from(byte & 0x7f) << shift;
                shift += 7;
                if byte < 0x80 {
                    break;
                }
            }
            let length = (header >> 1) as usize;
            if header & 1 == 0 {
                let width = (width as usize).div_ceil(8);
                let mut value = [0; 4];
                value[..width].copy_from_slice(&bytes[at..at + width]);
                at += width;
                out.extend(vec![u32::from_le_bytes(value); length]);
            } else {
                let bit = |n: usize| u32::from(bytes[at + n / 8] >> (n % 8) & 1);
                for n in 0..length * 8 {
                    let bits = (0..width as usize).map(|b| bit(n * width as usize + b) << b);
                    out.push(bits.sum());
                }
                at += length * width as usize;
            }
        }
        assert_eq!(at, bytes.len(), "bytes are left");
        out.truncate(count);
        out
    }

    #[test]
    fn what_is_written_is_read() {
        let mut dice = 1_u64;
        let mut next = |below: u64| {
            dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (dice >> 33) % below
        };
        for round in 0..2_000 {
            let width = 1 + (round % 32) as u32;
            let mut numbers = Vec::new();
            for _ in 0..next(30) {
                let value = next(1 << width.min(31)) as u32;
                let run = if next(2) == 0 { 1 } else { 1 + next(700) };
                numbers.extend(vec![value; run as usize]);
            }
            let mut out = Vec::new();
            encode(&numbers, width, &mut out);
            assert_eq!(decode(&out, width, numbers.len()), numbers, "{width} bits");
        }
    }

    #[test]
    fn a_run_is_one_header_and_one_value() {
        let mut out = Vec::new();
        encode(&[3; 1000], 2, &mut out);
        assert_eq!(out, [0xd0, 0x0f, 3]);
        assert_eq!([0, 1, 2, 3, 255, 256].map(width_of), [0, 1, 2, 2, 8, 9]);
    }
}
