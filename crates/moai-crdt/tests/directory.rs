//! Names behind replica ids.

use moai_core::{AgentId, agent_id};
use moai_crdt::{Directory, Merge, ReplicaId};
use proptest::collection::vec;
use proptest::prelude::*;

#[test]
fn two_lives_share_an_id_unseen() {
    let id = ReplicaId::new(7).unwrap();
    let (mut left, mut right) = (Directory::new(), Directory::new());
    left.learn(id, &agent_id!("b"), 0).unwrap();
    left.learn(id, &agent_id!("b"), 0).unwrap();
    let before = left.clone();
    let refused = left.learn(id, &agent_id!("a"), 3).unwrap_err();
    assert_eq!((refused.agent, refused.incarnation), (agent_id!("b"), 0));
    assert!(left.learn(id, &agent_id!("b"), 1).is_err(), "another life of the same agent is another life");
    assert_eq!(left, before);
    assert_eq!(left.collisions().count(), 0);

    right.learn(id, &agent_id!("a"), 3).unwrap();
    assert!(left.merge(&right) && right.merge(&left));
    assert_eq!(left, right);
    assert_eq!(left.collisions().collect::<Vec<_>>(), [id]);
    assert_eq!((left.agent(id), left.incarnation(id)), (Some(&agent_id!("a")), Some(3)));
}

#[test]
fn an_unknown_id_has_a_name() {
    let mut directory = Directory::new();
    let first = directory.register(&agent_id!("agent-1"), 0).unwrap();
    let second = directory.register(&agent_id!("agent-1"), 1).unwrap();
    assert_eq!((directory.agent(second), directory.incarnation(second)), (Some(&agent_id!("agent-1")), Some(1)));
    assert_ne!(first, second);
    assert_eq!(directory.agent(ReplicaId::derive(&agent_id!("agent-2"), 0)), None);
}

fn directory() -> impl Strategy<Value = Directory> {
    vec((1..4_u64, "[ab]", 0..2_u64), 0..5).prop_map(|lives| {
        let mut all = Directory::new();
        for (id, agent, incarnation) in lives {
            let mut one = Directory::new();
            one.learn(ReplicaId::new(id).unwrap(), &AgentId::new(agent).unwrap(), incarnation).unwrap();
            all.merge(&one);
        }
        all
    })
}

proptest! {
    #[test]
    fn the_order_of_merges_shows(a in directory(), b in directory(), c in directory()) {
        let merged = |left: &Directory, right: &Directory| {
            let mut merged = left.clone();
            let grew = merged.merge(right);
            assert_eq!(grew, merged != *left);
            merged
        };
        prop_assert_eq!(&merged(&a, &a), &a);
        prop_assert_eq!(merged(&a, &b), merged(&b, &a));
        prop_assert_eq!(merged(&merged(&a, &b), &c), merged(&a, &merged(&b, &c)));
        let text = serde_json::to_string(&a).unwrap();
        prop_assert_eq!(serde_json::from_str::<Directory>(&text).unwrap(), a);
    }
}
