//! Chance: the same seed gives the same bytes everywhere, and the system's does not repeat.

use moai_core::{Chance, CorrelationId, Epoch, SeededChance, SystemChance};

#[test]
fn a_seed_gives_other_numbers_on_another_machine() {
    // The published first outputs of SplitMix64 for the seed 1234567.
    let chance = SeededChance::new(1_234_567);
    let numbers: Vec<u64> = (0..5).map(|_| chance.draw().unwrap()).collect();
    assert_eq!(
        numbers,
        [
            6_457_827_717_110_365_317,
            3_203_168_211_198_807_973,
            9_817_491_932_198_370_423,
            4_593_380_528_125_082_431,
            16_408_922_859_458_223_821
        ]
    );
}

#[test]
fn a_number_and_its_bytes_differ() {
    let mut bytes = [0; 20];
    SeededChance::new(5).fill(&mut bytes).unwrap();
    let chance = SeededChance::new(5);
    let numbers: Vec<u8> = (0..3).flat_map(|_| chance.draw().unwrap().to_le_bytes()).take(20).collect();
    assert_eq!(bytes.to_vec(), numbers);
}

#[test]
fn ids_repeat() {
    let chance = SystemChance;
    let ids: std::collections::BTreeSet<_> = (0..1_000).map(|_| CorrelationId::draw(&chance).unwrap()).collect();
    assert_eq!(ids.len(), 1_000);
    assert_ne!(Epoch::draw(&chance).unwrap(), Epoch::draw(&chance).unwrap());
}
