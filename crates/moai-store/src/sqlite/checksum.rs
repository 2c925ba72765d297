//! Checksums over the columns of a row.

/// Whose row it is: rows of different tables never pass for one another. The numbers stand in files.
#[derive(Debug, Clone, Copy)]
pub(super) enum Table {
    Store = 1,
    Swarms = 2,
    Entries = 3,
    Ranges = 4,
    Stretches = 5,
    Journal = 6,
    Records = 7,
}

/// How many numbers and parts a row has at the most.
const FIELDS: usize = 8;

/// CRC-32C over a row's columns, as it stands in a column: first all numbers and the lengths of all parts, eight bytes
/// each, then the parts. No two rows give the same bytes to check.
pub(super) fn checksum(table: Table, numbers: &[i64], parts: &[&[u8]]) -> i64 {
    debug_assert!(numbers.len() + parts.len() <= FIELDS, "a field would not be checked");
    let lengths = parts.iter().map(|part| part.len() as u64);
    let fields = numbers.iter().map(|number| number.cast_unsigned()).chain(lengths);
    let mut head = [[0; 8]; FIELDS];
    head.iter_mut().zip(fields).for_each(|(place, field)| *place = field.to_le_bytes());
    let length = 8 * (numbers.len() + parts.len());
    let head = crc32c::crc32c_append(table as u32, head.as_flattened().get(..length).unwrap_or_default());
    i64::from(parts.iter().fold(head, |crc, part| crc32c::crc32c_append(crc, part)))
}

/// What a row adds to the accumulated hash of its swarm: versions are unique in a swarm, and so is this, nearly.
///
/// The numbers are mixed by the finalizer of SplitMix64 (Steele, Lea, Flood, 2014, figure 16): plain sums of checksums
/// would not see two errors that make up for each other.
pub(super) fn weight(version: i64, crc: i64) -> i64 {
    let mut z = version.cast_unsigned().rotate_left(32) ^ crc.cast_unsigned();
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    (z ^ (z >> 31)).cast_signed()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_byte_that_moves_from_one_column_to_the_next_is_not_seen() {
        let one = checksum(Table::Entries, &[1], &[b"ab", b"c"]);
        assert_ne!(one, checksum(Table::Entries, &[1], &[b"a", b"bc"]));
        assert_ne!(one, checksum(Table::Entries, &[1], &[b"abc", b""]));
        assert_ne!(one, checksum(Table::Entries, &[2], &[b"ab", b"c"]));
        assert_ne!(one, checksum(Table::Ranges, &[1], &[b"ab", b"c"]));
        assert_ne!(weight(1, 2), weight(2, 1));
    }
}
