//! Which questions were answered whose words are no longer in memory.

use moai_core::Digest;

/// How many of the latest marks are kept apart, so that a new one moves few others.
const FRESH: usize = 1_024;

/// Which questions were answered whose words are no longer in memory, and where in the journal those stand: 16 bytes for each,
/// and for all time, because a word that was given once is never given differently.
///
/// A mark is the first eight bytes of what the ballot is bound to. Two questions may have the same one, so whoever finds it
/// looks at what stands in the journal.
#[derive(Default)]
pub(super) struct Marks {
    /// Sorted, and none twice.
    settled: Vec<(u64, u64)>,
    /// Sorted, and not in the others.
    fresh: Vec<(u64, u64)>,
}

impl Marks {
    /// Notes that the word on this question stands in the journal under this number; 0 where there is no journal.
    pub(super) fn put(&mut self, instance: &Digest, seq: u64) {
        let mark = (of(instance), seq);
        if self.settled.binary_search(&mark).is_ok() {
            return;
        }
        let Err(place) = self.fresh.binary_search(&mark) else { return };
        self.fresh.insert(place, mark);
        if self.fresh.len() >= FRESH {
            self.settled.reserve_exact(self.fresh.len());
            self.settled.append(&mut self.fresh);
            // Two sorted runs: they are merged.
            self.settled.sort();
        }
    }

    /// Where words stand that may be on this question, the latest first; none when it was never answered.
    pub(super) fn find(&self, instance: &Digest) -> Vec<u64> {
        let mark = of(instance);
        let mut found = Vec::new();
        for all in [&self.settled, &self.fresh] {
            let first = all.partition_point(|(other, _)| *other < mark);
            found.extend(all.iter().skip(first).take_while(|(other, _)| *other == mark).map(|(_, seq)| *seq));
        }
        found.sort_unstable_by(|left, right| right.cmp(left));
        found
    }

    pub(super) fn len(&self) -> usize {
        self.settled.len() + self.fresh.len()
    }
}

fn of(instance: &Digest) -> u64 {
    let [a, b, c, d, e, f, g, h, ..] = *instance.as_bytes();
    u64::from_be_bytes([a, b, c, d, e, f, g, h])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digest(mark: u64, rest: u8) -> Digest {
        let mut bytes = [rest; 32];
        bytes[..8].copy_from_slice(&mark.to_be_bytes());
        Digest::from_bytes(bytes)
    }

    #[test]
    fn a_mark_is_lost_among_many_or_takes_more_than_it_may() {
        let mut marks = Marks::default();
        // In no order, and each twice.
        let many = 10_000_u64;
        for number in (0..many).chain(0..many) {
            marks.put(&digest(number.wrapping_mul(0x9e37_79b9_7f4a_7c15), 1), number + 1);
        }
        for number in 0..many {
            let instance = digest(number.wrapping_mul(0x9e37_79b9_7f4a_7c15), 1);
            assert_eq!(marks.find(&instance), [number + 1]);
        }
        assert!(marks.find(&digest(5, 1)).is_empty());
        let bytes = (marks.settled.capacity() + marks.fresh.capacity()) * size_of::<(u64, u64)>();
        assert_eq!(marks.len() as u64, many);
        assert!(bytes as u64 <= 24 * many, "{bytes} bytes for {many}");
    }

    #[test]
    fn of_two_questions_with_one_mark_only_one_is_found() {
        let mut marks = Marks::default();
        for (seq, rest) in [(7, 1), (3, 2), (5, 3)] {
            marks.put(&digest(9, rest), seq);
        }
        assert_eq!(marks.find(&digest(9, 0)), [7, 5, 3]);
    }
}
