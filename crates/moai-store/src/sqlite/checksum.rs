//! Checksums over the columns of a row.

/// CRC-32C over a row's columns, each with its length, so that no two rows give the same bytes to check.
#[derive(Debug, Clone, Copy)]
#[must_use = "a checksum comes out of `finish`"]
pub(super) struct Checksum(u32);

impl Checksum {
    /// Of a row of this table: rows of different tables never pass for one another.
    pub(super) fn of(table: &str) -> Self {
        Self(0).text(table)
    }

    pub(super) fn number(self, number: i64) -> Self {
        Self(crc32c::crc32c_append(self.0, &number.to_le_bytes()))
    }

    pub(super) fn text(self, text: &str) -> Self {
        self.bytes(text.as_bytes())
    }

    pub(super) fn bytes(self, bytes: &[u8]) -> Self {
        let length = Self(crc32c::crc32c_append(self.0, &(bytes.len() as u64).to_le_bytes()));
        Self(crc32c::crc32c_append(length.0, bytes))
    }

    /// The checksum as it stands in its column.
    pub(super) fn finish(self) -> i64 {
        i64::from(self.0)
    }
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
        let one = Checksum::of("t").text("ab").text("c").finish();
        assert_ne!(one, Checksum::of("t").text("a").text("bc").finish());
        assert_ne!(one, Checksum::of("ta").text("b").text("c").finish());
        assert_ne!(weight(1, 2), weight(2, 1));
    }
}
