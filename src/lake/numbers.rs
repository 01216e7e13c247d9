//! Parquet's encodings of whole numbers: the hybrid of runs and bit-packed numbers for levels and
//! places in a dictionary, and packed differences for the lengths of texts.
//!
//! See "Run Length Encoding / Bit-Packing Hybrid" and "Delta Encoding" in the Parquet format's
//! `Encodings.md`.

/// Equal numbers from which on a run is written as one.
const RUN_MIN: usize = 8;
/// Groups of eight that one header can tell of in a byte.
const GROUPS_MAX: usize = 63;

/// Bits that numbers up to `max` take.
pub(super) fn width_of(max: u32) -> u32 {
    u32::BITS - max.leading_zeros()
}

/// Appends numbers of `width` bits each as runs and packed groups.
pub(super) fn hybrid(numbers: &[u32], width: u32, out: &mut Vec<u8>) {
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

/// Appends one number that comes again and again.
pub(super) fn run_of(value: u32, count: usize, width: u32, out: &mut Vec<u8>) {
    varint((count as u64) << 1, out);
    let bytes = (width as usize).div_ceil(8);
    out.extend_from_slice(&value.to_le_bytes()[..bytes]);
}

fn pack(numbers: &[u32], width: u32, out: &mut Vec<u8>) {
    for part in numbers.chunks(GROUPS_MAX * 8) {
        let groups = part.len().div_ceil(8);
        varint((groups as u64) << 1 | 1, out);
        bits(part, groups * 8, width, out);
    }
}

/// Packs numbers bit by bit, and zeros up to `count`; together they fill whole bytes.
fn bits(numbers: &[u32], count: usize, width: u32, out: &mut Vec<u8>) {
    let (mut held, mut filled) = (0_u64, 0);
    for number in numbers {
        held |= u64::from(*number) << filled;
        filled += width;
        if filled >= u32::BITS {
            out.extend_from_slice(&(held as u32).to_le_bytes());
            held >>= u32::BITS;
            filled -= u32::BITS;
        }
    }
    let missing = (count - numbers.len()) as u32 * width;
    for _ in 0..(filled + missing).div_ceil(8) {
        out.push(held as u8);
        held >>= 8;
    }
}

/// Numbers of a block of differences, and of each of its four parts.
const BLOCK: usize = 128;
const PART: usize = 32;

/// Appends numbers as packed differences.
pub(super) fn deltas(numbers: &[i32], out: &mut Vec<u8>) {
    varint(BLOCK as u64, out);
    varint((BLOCK / PART) as u64, out);
    varint(numbers.len() as u64, out);
    zigzag(i64::from(numbers.first().copied().unwrap_or_default()), out);
    let steps = numbers.windows(2).map(|pair| pair[1].wrapping_sub(pair[0]));
    let steps: Vec<i32> = steps.collect();
    for block in steps.chunks(BLOCK) {
        let least = block.iter().copied().min().unwrap_or_default();
        zigzag(i64::from(least), out);
        let above: Vec<u32> = block
            .iter()
            .map(|step| step.wrapping_sub(least) as u32)
            .collect();
        let widths = (0..BLOCK / PART).map(|part| {
            let part = above.iter().skip(part * PART).take(PART);
            width_of(part.copied().max().unwrap_or_default())
        });
        let widths: Vec<u32> = widths.collect();
        out.extend(widths.iter().map(|width| *width as u8));
        for (part, width) in above.chunks(PART).zip(widths) {
            bits(part, PART, width, out);
        }
    }
}

fn zigzag(value: i64, out: &mut Vec<u8>) {
    varint(((value << 1) ^ (value >> 63)) as u64, out);
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

    /// Reads one number of as many bytes as it takes.
    fn number(bytes: &[u8], at: &mut usize) -> u64 {
        let (mut value, mut shift) = (0, 0);
        loop {
            let byte = bytes[*at];
            *at += 1;
            value |= u64::from(byte & 0x7f) << shift;
            shift += 7;
            if byte < 0x80 {
                return value;
            }
        }
    }

    /// The bits of one number among packed ones.
    fn packed(bytes: &[u8], place: usize, width: usize) -> u32 {
        let bit = |n: usize| u32::from(bytes[n / 8] >> (n % 8) & 1);
        (0..width).map(|b| bit(place * width + b) << b).sum()
    }

    /// Reads as the format's document says, one number after another.
    fn decode(bytes: &[u8], width: u32, count: usize) -> Vec<u32> {
        let (mut out, mut at) = (Vec::new(), 0);
        while out.len() < count {
            let header = number(bytes, &mut at);
            let length = (header >> 1) as usize;
            if header & 1 == 0 {
                let width = (width as usize).div_ceil(8);
                let mut value = [0; 4];
                value[..width].copy_from_slice(&bytes[at..at + width]);
                at += width;
                out.extend(vec![u32::from_le_bytes(value); length]);
            } else {
                let group = &bytes[at..];
                out.extend((0..length * 8).map(|n| packed(group, n, width as usize)));
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
            hybrid(&numbers, width, &mut out);
            assert_eq!(decode(&out, width, numbers.len()), numbers, "{width} bits");
        }
    }

    /// Reads packed differences as the format's document says.
    fn sums(bytes: &[u8]) -> Vec<i32> {
        let mut at = 0;
        let signed = |value: u64| ((value >> 1) as i64 ^ -((value & 1) as i64)) as i32;
        let [block, parts, count] = [(); 3].map(|()| number(bytes, &mut at) as usize);
        let mut out = vec![signed(number(bytes, &mut at))];
        while out.len() < count {
            let least = signed(number(bytes, &mut at));
            let widths = &bytes[at..at + parts];
            at += parts;
            for width in widths.iter().map(|w| usize::from(*w)) {
                let part = block / parts;
                for place in 0..part.min(count - out.len()) {
                    let step = least.wrapping_add(packed(&bytes[at..], place, width) as i32);
                    out.push(out[out.len() - 1].wrapping_add(step));
                }
                at += part * width / 8;
            }
        }
        assert_eq!(at, bytes.len(), "bytes are left");
        out
    }

    #[test]
    fn differences_are_read_as_they_were() {
        let mut dice = 7_u64;
        let mut next = || {
            dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (dice >> 32) as i32
        };
        for count in [1, 2, 32, 33, 128, 129, 130, 500] {
            let lists = [
                vec![36; count],
                (0..count as i32).collect::<Vec<_>>(),
                (0..count).map(|_| next() & 0xff).collect(),
                (0..count).map(|_| next()).collect(),
            ];
            for list in lists {
                let mut out = Vec::new();
                deltas(&list, &mut out);
                assert_eq!(sums(&out), list);
            }
        }
        let mut out = Vec::new();
        deltas(&[36; 20_000], &mut out);
        assert!(out.len() < 800, "{}", out.len());
    }

    #[test]
    fn a_run_is_one_header_and_one_value() {
        let mut out = Vec::new();
        hybrid(&[3; 1000], 2, &mut out);
        assert_eq!(out, [0xd0, 0x0f, 3]);
        assert_eq!([0, 1, 2, 3, 255, 256].map(width_of), [0, 1, 2, 2, 8, 9]);
    }
}
