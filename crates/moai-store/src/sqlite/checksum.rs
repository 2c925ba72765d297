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

/// So many bytes are put together before they are summed: most rows whole. Each beginning and each end of a piece that does not
/// fill a word is summed byte by byte, and takes as long as eight times as much.
const TOGETHER: usize = 512;

/// Pieces that lie one behind the other, from a whole word on.
#[repr(align(8))]
struct Together([u8; TOGETHER]);

/// CRC-32C over a row's columns, as it stands in a column: first all numbers and the lengths of all parts, eight bytes
/// each, then the parts. No two rows give the same bytes to check.
pub(super) fn checksum(table: Table, numbers: &[i64], parts: &[&[u8]]) -> i64 {
    debug_assert!(numbers.len() + parts.len() <= FIELDS, "a field would not be checked");
    let mut together = Together([0; TOGETHER]);
    let lengths = parts.iter().map(|part| part.len() as u64);
    let fields = numbers.iter().map(|number| number.cast_unsigned()).chain(lengths);
    let (words, _) = together.0.as_chunks_mut::<8>();
    words.iter_mut().zip(fields).for_each(|(place, field)| *place = field.to_le_bytes());
    let mut crc = table as u32;
    let mut filled = 8 * (numbers.len() + parts.len());
    for part in parts {
        if let Some(place) = together.0.get_mut(filled..).and_then(|rest| rest.get_mut(..part.len())) {
            place.copy_from_slice(part);
            filled += part.len();
        } else {
            crc = crc32c::crc32c_append(crc, together.0.get(..filled).unwrap_or_default());
            crc = crc32c::crc32c_append(crc, part);
            filled = 0;
        }
    }
    i64::from(crc32c::crc32c_append(crc, together.0.get(..filled).unwrap_or_default()))
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

    /// Files hold these numbers.
    #[test]
    fn bytes_that_are_put_together_have_another_sum() {
        for lengths in [[0, 0, 0], [1, 3, 200], [5, 22, 429], [5, 22, 430], [300, 300, 300], [600, 0, 7], [7, 2_000, 1]]
        {
            let parts = lengths.map(|length| (0..=u8::MAX).cycle().take(length).collect::<Vec<u8>>());
            let mut bytes: Vec<u8> = [1_i64, -2].into_iter().flat_map(i64::to_le_bytes).collect();
            bytes.extend(parts.iter().flat_map(|part| (part.len() as u64).to_le_bytes()));
            bytes.extend(parts.iter().flatten());
            let one = crc32c::crc32c_append(Table::Entries as u32, &bytes);
            assert_eq!(checksum(Table::Entries, &[1, -2], &parts.each_ref().map(|part| &part[..])), i64::from(one));
        }
    }

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
