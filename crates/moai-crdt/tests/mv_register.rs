//! A register that keeps every value: what is read while deltas are on their way.

use moai_core::agent_id;
use moai_crdt::{Causal, MvRegister, ReplicaId};

#[test]
fn a_value_that_its_own_writer_replaced_is_read_beside_the_new_one() {
    let a = ReplicaId::derive(&agent_id!("a"), 0);
    let mut here = Causal::<MvRegister<&str>>::default();
    let deltas = ["red", "blue", "green"].map(|value| here.write(a, value));
    let mut there = Causal::<MvRegister<&str>>::default();
    there.apply(&deltas[2]);
    there.apply(&deltas[0]); // the second, which took its place, is on its way
    assert_eq!(there.get(), Some(&"green"));
    there.apply(&deltas[1]);
    assert_eq!(here, there);
}
