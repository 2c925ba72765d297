//! What the rows are fed with: the same in every run.

use moai_crdt::{ReplicaId, Stamp};

/// How many elements or keys a row has, where its name does not say otherwise.
pub(crate) const MANY: usize = 100_000;

/// Numbers without a pattern. The generator is SplitMix64 (Steele, Lea, Flood, 2014); the same seed gives the same.
pub(crate) fn numbers(seed: u64, how_many: usize) -> Vec<u64> {
    let mut state = seed;
    let next = || {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    };
    std::iter::repeat_with(next).take(how_many).collect()
}

/// Keys of 22 bytes as agents write them, in no order: `agent-00042/task-01234`.
pub(crate) fn keys(first_agent: usize, how_many: usize) -> Vec<String> {
    let key = |number: usize| format!("agent-{:05}/task-{:05}", first_agent + number / 1_000, number % 1_000);
    let mut order: Vec<(u64, usize)> = numbers(7, how_many).into_iter().zip(0..).collect();
    order.sort_unstable();
    order.into_iter().map(|(_, number)| key(number)).collect()
}

/// Replicas as agents have them: numbers without a pattern.
pub(crate) fn replicas(how_many: usize) -> Vec<ReplicaId> {
    numbers(1, how_many).into_iter().filter_map(|number| ReplicaId::new(number).ok()).collect()
}

/// When one writes one value after the other: up to three milliseconds lie between two.
pub(crate) fn stamps() -> impl Iterator<Item = Stamp> {
    let mut millis = 1_735_732_800_000;
    numbers(3, 1_000).into_iter().cycle().filter_map(move |gap| {
        millis += gap % 4;
        Stamp::new(millis, 0).ok()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_as_long_as_they_say_and_all_different() {
        let mut keys = keys(0, 5_000);
        assert!(keys.iter().all(|key| key.len() == 22) && !keys.is_sorted());
        keys.sort_unstable();
        keys.dedup();
        assert_eq!(keys.len(), 5_000);
    }
}
