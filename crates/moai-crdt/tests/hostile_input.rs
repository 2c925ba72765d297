//! What somebody with bad intent can send: it must neither wrap around nor take time out of all proportion.

use moai_crdt::{Causal, CausalContext, Dot, OrSet, ReplicaId, WireForm};

type Set = Causal<OrSet<u64>>;

fn replica(number: u64) -> ReplicaId {
    ReplicaId::new(number).unwrap()
}

#[test]
fn a_run_beyond_the_end_comes_out_as_a_short_one() {
    let me = replica(1);
    let claimed = format!(r#"{{"store":[],"seen":[["{me}",1,{}]]}}"#, Dot::MAX_SEQ);
    let mut set: Set = serde_json::from_str(&claimed).unwrap();
    assert_eq!(Set::from_bytes(&set.to_bytes()).as_ref(), Ok(&set), "to the end it is taken");
    for _ in 0..4 {
        let _ = set.add(me, 1);
        let _ = set.remove(&1);
        assert!(Set::from_bytes(&set.to_bytes()).is_err(), "{set:?}");
        assert!(CausalContext::from_bytes(&set.seen().to_bytes()).is_err());
    }
}
