//! The dotted types against laws and specifications, in a network that loses, repeats and reorders.

mod history;
mod kinds;
mod world;

use kinds::{AddWins, Counter, Dw, Ew, Forgetful, Lww, LwwMaps, Mistaken, Mv, RemoveWins, Under};
use proptest::prelude::*;
use proptest::test_runner::{RngAlgorithm, TestRng, TestRunner};
use world::{Kind, calm, play, wild};

macro_rules! never {
    ($($name:ident: $kind:ty),* $(,)?) => {$(
        mod $name {
            use super::*;

            proptest! {
                #[test]
                fn when_all_have_the_past_of_what_they_have(steps in calm::<$kind>()) {
                    play::<$kind>(steps, true)?;
                }

                #[test]
                fn when_deltas_are_lost_repeated_and_late(steps in wild::<$kind>()) {
                    play::<$kind>(steps, false)?;
                }
            }
        }
    )*};
}

never! {
    a_write_hides_a_value_that_it_never_saw: Mv,
    a_clock_overrules_a_writer_who_had_seen_the_value: Lww,
    a_removal_takes_a_value_that_it_never_saw: LwwMaps,
    a_false_beats_a_true_that_it_never_saw: Ew,
    a_true_beats_a_false_that_it_never_saw: Dw,
    a_removal_undoes_an_addition_that_it_never_saw: AddWins,
    an_addition_undoes_a_removal_that_it_never_saw: RemoveWins,
    an_addition_is_counted_twice_or_never: Counter,
    a_flag_makes_its_key_vanish: Under<Ew>,
    a_flag_forgets_under_a_key: Under<Dw>,
    a_set_forgets_under_a_key: Under<AddWins>,
    a_mark_is_lost_under_a_key: Under<RemoveWins>,
    a_counter_counts_wrong_under_a_key: Under<Counter>,
    a_register_hides_a_conflict_under_a_key: Under<Mv>,
    a_nested_map_that_two_create_loses_one: Under<Under<Lww>>,
    a_map_of_maps_loses_a_removal: Under<Under<LwwMaps>>,
}

fn is_caught<K: Kind>() -> bool {
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[7; 32]);
    let config = ProptestConfig { failure_persistence: None, ..ProptestConfig::default() };
    TestRunner::new_with_rng(config, rng).run(&calm::<K>(), |steps| play::<K>(steps, true)).is_err()
}

#[test]
fn a_type_that_keeps_all_laws_by_forgetting_everything_passes() {
    assert!(is_caught::<Forgetful>());
}

#[test]
fn a_type_that_lets_the_wrong_side_win_passes() {
    assert!(is_caught::<Mistaken>());
}
