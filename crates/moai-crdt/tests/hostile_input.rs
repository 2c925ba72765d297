//! What somebody with bad intent can send: it must neither wrap around nor take time out of all proportion.

use std::fmt::Write;

use moai_core::{Version, agent_id};
use moai_crdt::{
    Causal, CausalContext, Contributions, Delta, Dot, GCounter, Merge, OrSet, PnCounter, ReplicaId, WireForm,
};

type Set = Causal<OrSet<u64>>;

fn replica(number: u64) -> ReplicaId {
    ReplicaId::new(number).unwrap()
}

/// So many that what grows with the square takes minutes.
const MANY: u64 = if cfg!(miri) { 100 } else { 300_000 };

/// A delta that added elements of replica 2, each under the dots `of` gives for it.
fn adds(elements: u64, of: impl Fn(u64) -> Vec<u64>) -> Delta<OrSet<u64>> {
    let mut json = String::from(r#"{"change":["#);
    for element in 0..elements {
        let dots: Vec<_> = of(element).iter().map(|seq| format!(r#"["{}:{seq}",null]"#, replica(2))).collect();
        let comma = if element > 0 { "," } else { "" };
        write!(json, r#"{comma}[{element},{{"made":[{}],"killed":[]}}]"#, dots.join(",")).unwrap();
    }
    serde_json::from_str(&format!(r#"{json}],"dead":[]}}"#)).unwrap()
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

#[test]
fn a_delta_full_of_gaps_takes_for_ever() {
    // Each dot leaves one out, and they come in no order. 7,919 is a prime that does not divide their number.
    let delta = adds(MANY, |element| vec![2 * (element * 7_919 % MANY) + 2]);
    let mut set = Set::default();
    assert!(set.apply(&delta));
    assert!(!set.apply(&delta));
    assert_eq!(set.seen().runs().count() as u64, MANY);
    // And whoever writes afterwards need not walk over all the gaps.
    for element in 0..MANY {
        let _ = set.add(replica(1), element);
    }
    assert_eq!(set.seen().last_of(replica(1)), MANY);
    assert_eq!(set.seen().last_of(replica(2)), 2 * MANY);
}

#[test]
fn an_element_under_many_dots_takes_for_ever() {
    let late = adds(1, |_| (MANY + 1..=2 * MANY).collect());
    let early = adds(1, |_| (1..=MANY).collect());
    let (mut one, mut other) = (Set::default(), Set::default());
    one.apply(&late);
    other.apply(&early);
    let mut whole = one.clone();
    whole.merge(&other);
    one.apply(&early);
    let mut both = late.clone();
    both.join(&early);
    other.apply(&both);
    assert_eq!((&one, &other), (&whole, &whole));
    assert_eq!(whole.seen().runs().collect::<Vec<_>>(), [(replica(2), 1, 2 * MANY)]);
}

#[test]
fn a_long_chain_of_heirs_takes_for_ever() {
    let many = MANY.min(50_000);
    let (mut counter, mut sum) = (GCounter::new(), PnCounter::new());
    let heirs: Vec<_> = (1..many).map(|dead| format!(r#""{}":"{}""#, replica(dead), replica(dead + 1))).collect();
    let counts: Vec<_> = (1..=many).map(|counted| format!(r#""{}":2"#, replica(counted))).collect();
    let (heirs, counts) = (heirs.join(","), counts.join(","));
    let claimed = format!(r#"{{"counts":{{{counts}}},"retired":{{{heirs}}}}}"#);
    counter.merge(&serde_json::from_str(&claimed).unwrap());
    assert_eq!((counter.of(replica(many)), counter.of(replica(1))), (2 * u128::from(many), 0));
    let claimed = format!(r#"{{"added":{{{counts}}},"taken":{{}},"retired":{{{heirs}}}}}"#);
    sum.merge(&serde_json::from_str(&claimed).unwrap());
    assert_eq!((sum.of(replica(many)), sum.of(replica(1))), (2 * i128::from(many), 0));
}

#[test]
fn what_heirs_answer_for_is_not_what_each_one_s_last_heir_says() {
    // Two chains that meet, and a circle with one who goes into it.
    let heirs = [(1, 3), (2, 3), (3, 4), (5, 6), (6, 5), (7, 5)];
    let (mut counter, mut sum, mut reports) = (GCounter::new(), PnCounter::new(), Contributions::new());
    let agent = |number| moai_core::AgentId::new(format!("agent-{number}")).unwrap();
    for number in 1..=8 {
        counter.add(replica(number), 1 << number).map(drop).unwrap();
        sum.subtract(replica(number), 1 << number).map(drop).unwrap();
        let _ = reports.set(agent(number), Version::new(1).unwrap(), 0, 1 << number);
    }
    for (dead, heir) in heirs {
        let _ = (counter.retire(replica(dead), replica(heir)), sum.retire(replica(dead), replica(heir)));
        let _ = reports.retire(&agent(dead), agent(heir));
    }
    for number in 1..=9 {
        let its = (1..=8).filter(|counted| counter.heir(replica(*counted)) == replica(number));
        let its: i128 = its.map(|counted| 1 << counted).sum();
        assert_eq!(counter.of(replica(number)).cast_signed(), its, "{number}");
        assert_eq!((sum.of(replica(number)), reports.of(&agent(number))), (-its, its), "{number}");
    }
    assert_eq!(reports.of(&agent_id!("nobody")), 0);
}
