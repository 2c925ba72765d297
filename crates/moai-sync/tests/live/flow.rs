//! How much is under way, and to whom.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use moai_core::{
    AgentId, Coordinator, CorrelationId, Envelope, KeyRange, Limits, Mailbox, Role, agent_id, swarm_id, value,
};
use moai_sync::{ConflictResolver, ReplicaHandler, StateFollow, StateFollowed, SyncOptions, Told, message_kinds};

use crate::world::{Fate, World, agent, holds, key, told};

fn same(options: SyncOptions) -> SyncOptions {
    options
}

/// A follower that is driven by hand.
struct Hand {
    mailbox: Box<dyn Mailbox>,
    id: AgentId,
    number: CorrelationId,
}

impl Hand {
    async fn new(world: &World, number: u8) -> Self {
        let id = agent(usize::from(number));
        let mailbox = world.network.join(id.clone(), Role::Member).await.unwrap();
        Self { mailbox, id, number: CorrelationId::from_bytes([number; 16]) }
    }

    async fn say(&self, world: &World, follow: StateFollow) {
        let swarm = swarm_id!("swarm-001");
        let envelope = Envelope::new(swarm, self.id.clone(), message_kinds::FOLLOW, self.number, follow.to_bytes());
        world.network.send(&agent_id!("state-synchronizer"), envelope).await.unwrap();
    }

    /// All that waits for it.
    async fn heard(&mut self, world: &World, millis: u64) -> Vec<StateFollowed> {
        world.pass(millis).await;
        let mut heard = Vec::new();
        while let Ok(Some(envelope)) = tokio::time::timeout(std::time::Duration::ZERO, self.mailbox.recv()).await {
            assert_eq!(envelope.correlation(), self.number);
            heard.push(StateFollowed::from_bytes(envelope.payload(), &Limits::default()).unwrap());
        }
        heard
    }
}

fn with_changes(heard: &[StateFollowed]) -> Vec<u64> {
    let told = heard.iter().filter(|heard| matches!(heard.told, Told::Changes { .. } | Told::Page { .. }));
    told.map(|heard| heard.number).collect()
}

#[tokio::test(start_paused = true)]
async fn more_is_under_way_than_there_is_room_for() {
    let world = World::new(ConflictResolver::lww()).await;
    let mut hand = Hand::new(&world, 1).await;
    hand.say(&world, StateFollow::new(KeyRange::ALL, None, 3)).await;
    assert_eq!(with_changes(&hand.heard(&world, 1).await), [1], "it is told that it is followed");
    let mut heard = Vec::new();
    for number in 0..20 {
        world.synchronizer.clear_state(&key(&format!("key-{number}"))).await.unwrap();
        heard.extend(hand.heard(&world, 20).await);
    }
    assert_eq!(with_changes(&heard), [2, 3], "three messages are under way, and it has said nothing");
    // It takes two more: what happened meanwhile fits into one.
    hand.say(&world, StateFollow::new(KeyRange::ALL, None, 3).received(2)).await;
    let heard = hand.heard(&world, 20).await;
    let [StateFollowed { number: 4, told: Told::Changes { changes, .. }, .. }] = heard.as_slice() else {
        panic!("{heard:?}")
    };
    assert_eq!(changes.len(), 18);
    // What it says late, or beyond what it was sent, gives no more room than there is.
    hand.say(&world, StateFollow::new(KeyRange::ALL, None, 3).received(1)).await;
    hand.heard(&world, 1).await;
    hand.say(&world, StateFollow::new(KeyRange::ALL, None, 1).received(1_000)).await;
    let mut heard = Vec::new();
    for number in 0..20 {
        world.synchronizer.clear_state(&key(&format!("key-{number}"))).await.unwrap();
        heard.extend(hand.heard(&world, 20).await);
    }
    assert_eq!(with_changes(&heard), [5]);
    // What it says late of a former following begins nothing anew.
    let former = std::mem::replace(&mut hand.number, CorrelationId::from_bytes([9; 16]));
    hand.say(&world, StateFollow::new(KeyRange::ALL, None, 3)).await;
    assert_eq!(with_changes(&hand.heard(&world, 20).await), [1]);
    let number = std::mem::replace(&mut hand.number, former);
    hand.say(&world, StateFollow::new(KeyRange::ALL, None, 3).received(5)).await;
    assert_eq!(hand.heard(&world, 20).await, []);
    hand.number = number;
    // None any more.
    hand.say(&world, StateFollow::new(KeyRange::ALL, None, 0).received(1)).await;
    world.synchronizer.clear_state(&key("key")).await.unwrap();
    assert_eq!(hand.heard(&world, 3_600_000).await, []);
}

#[tokio::test(start_paused = true)]
async fn a_follower_that_says_nothing_holds_up_the_others_or_is_kept_for_ever() {
    let world = World::new(ConflictResolver::lww()).await;
    let mut dead = Hand::new(&world, 1).await;
    dead.say(&world, StateFollow::new(KeyRange::ALL, None, 2)).await;
    let (one, other) = (world.agent(2).await, world.agent(3).await);
    world.pass(10).await;
    for number in 0..1_000 {
        one.replica.put(&key("count"), number).unwrap();
        world.pass(7).await;
        assert_eq!(other.replica.value(&key("count")), Some(value!(number)), "within one window");
    }
    // Two messages with changes, and in seven seconds it was asked three times where it stands.
    let heard = dead.heard(&world, 0).await;
    assert_eq!((with_changes(&heard).len(), heard.len()), (2, 2 + 3));
    assert!(heard.iter().all(|heard| heard.number <= 2));
    // Some minutes later it is let go.
    let heard = dead.heard(&world, 3_600_000).await;
    assert_eq!((with_changes(&heard).len(), heard.len()), (0, 7));
    one.replica.put(&key("count"), 1_000).unwrap();
    assert_eq!(dead.heard(&world, 3_600_000).await, []);
    // When it comes to itself, it goes on from where it stands: at the beginning.
    dead.say(&world, StateFollow::new(KeyRange::ALL, None, 2).received(2)).await;
    let heard = dead.heard(&world, 10).await;
    let [StateFollowed { number: 3, told: Told::Page { states, .. }, .. }] = heard.as_slice() else {
        panic!("{heard:?}")
    };
    assert_eq!(states[0].value, value!(1_000));
}

/// Its mailbox is there and takes everything, its loop is not.
#[tokio::test(start_paused = true)]
async fn a_follower_that_was_told_all_and_hangs_is_kept_for_ever() {
    let set = |options: SyncOptions| options.with_followers(1);
    let world = World::with(ConflictResolver::lww(), Limits::default(), set).await;
    let mut hung = Hand::new(&world, 1).await;
    hung.say(&world, StateFollow::new(KeyRange::ALL, None, 2)).await;
    assert_eq!(with_changes(&hung.heard(&world, 10).await), [1]);
    hung.say(&world, StateFollow::new(KeyRange::ALL, None, 2).received(1)).await;
    assert_eq!(hung.heard(&world, 299_000).await, [], "nothing is under way");
    // It is asked ten times, and is let go: no change is sent to it, and its place is free.
    let heard = hung.heard(&world, 600_000).await;
    assert_eq!(heard, vec![StateFollowed::new(1, Told::Stands); 10]);
    world.synchronizer.clear_state(&key("key")).await.unwrap();
    assert_eq!(hung.heard(&world, 600_000).await, []);
    let other = world.agent(2).await;
    world.synchronizer.clear_state(&key("other")).await.unwrap();
    world.pass(100).await;
    assert!(told(&world.network, 2) > 0 && other.replica.seen() > moai_core::Version::ZERO);
}

/// And its word is answered by as little as there is, without a change of what is kept of it.
#[tokio::test(start_paused = true)]
async fn one_that_renews_is_told_what_it_knows() {
    let world = World::new(ConflictResolver::lww()).await;
    let mut hand = Hand::new(&world, 1).await;
    hand.say(&world, StateFollow::new(KeyRange::ALL, None, 1)).await;
    let heard = hand.heard(&world, 10).await;
    let Told::Page { start, .. } = heard[0].told else { panic!("{heard:?}") };
    for _ in 0..100 {
        hand.say(&world, StateFollow::new(KeyRange::ALL, Some(start), 1).received(1).renewing()).await;
        assert_eq!(hand.heard(&world, 60_000).await, [StateFollowed::new(1, Told::Stands)]);
    }
    // An answer that is late, and not asked for, is none.
    hand.say(&world, StateFollow::new(KeyRange::ALL, None, 1).received(1)).await;
    assert_eq!(hand.heard(&world, 60_000).await, []);
    world.synchronizer.clear_state(&key("key")).await.unwrap();
    assert_eq!(with_changes(&hand.heard(&world, 100).await), [2]);
}

/// What it says of where it stands, and what it is told, pass each other on the way.
#[tokio::test(start_paused = true)]
async fn a_renewal_that_crosses_a_change_has_another_told_under_the_same_number() {
    let world = World::new(ConflictResolver::lww()).await;
    let mut hand = Hand::new(&world, 1).await;
    hand.say(&world, StateFollow::new(KeyRange::ALL, None, 1)).await;
    let heard = hand.heard(&world, 10).await;
    let Told::Page { start, .. } = heard[0].told else { panic!("{heard:?}") };
    hand.say(&world, StateFollow::new(KeyRange::ALL, Some(start), 1).received(1)).await;
    world.synchronizer.clear_state(&key("one")).await.unwrap();
    world.pass(100).await;
    // The second message waits in its mailbox, and there is no room for a third.
    world.synchronizer.clear_state(&key("two")).await.unwrap();
    hand.say(&world, StateFollow::new(KeyRange::ALL, Some(start), 1).received(1).renewing()).await;
    let heard = hand.heard(&world, 100).await;
    let told = heard.iter().filter_map(|heard| match &heard.told {
        Told::Changes { since, next, changes } => Some((heard.number, *since, *next, changes.len())),
        _ => None,
    });
    let [(2, since, next, 1)] = told.collect::<Vec<_>>()[..] else { panic!("{heard:?}") };
    assert_eq!(since, start);
    // Now it has that, and is told the other one behind it.
    hand.say(&world, StateFollow::new(KeyRange::ALL, Some(next), 1).received(2)).await;
    let heard = hand.heard(&world, 100).await;
    let [StateFollowed { number: 3, told: Told::Changes { since, .. }, .. }] = heard.as_slice() else {
        panic!("{heard:?}")
    };
    assert_eq!(*since, next);
}

#[tokio::test(start_paused = true)]
async fn a_full_mailbox_loses_what_it_has_no_room_for() {
    let limits = Limits { member_mailbox: 4, ..Limits::default() };
    let world = World::with(ConflictResolver::lww(), limits, same).await;
    let mut hand = Hand::new(&world, 1).await;
    hand.say(&world, StateFollow::new(KeyRange::ALL, None, 1_000)).await;
    world.pass(10).await;
    for number in 0..10 {
        world.synchronizer.clear_state(&key(&format!("key-{number}"))).await.unwrap();
        world.pass(10).await;
    }
    let heard = hand.heard(&world, 0).await;
    assert_eq!(with_changes(&heard), [1, 2, 3, 4]);
    hand.say(&world, StateFollow::new(KeyRange::ALL, None, 1_000).received(4)).await;
    let heard = hand.heard(&world, 2_000).await;
    let [StateFollowed { number: 5, told: Told::Changes { changes, .. }, .. }, ..] = heard.as_slice() else {
        panic!("{heard:?}")
    };
    assert_eq!(changes.len(), 7, "it has room again, and nothing was left out");
}

#[tokio::test(start_paused = true)]
async fn a_coordinator_that_refuses_for_a_while_leaves_a_follower_behind() {
    let limits = Limits { member_mailbox: 1, ..Limits::default() };
    let world = World::with(ConflictResolver::lww(), limits, same).await;
    let mut hand = Hand::new(&world, 1).await;
    hand.say(&world, StateFollow::new(KeyRange::ALL, None, 1_000)).await;
    world.pass(10).await;
    // One message waits in its mailbox, and it has room for no other; then it reads that one, and says so.
    world.synchronizer.clear_state(&key("key")).await.unwrap();
    assert_eq!(with_changes(&hand.heard(&world, 10).await), [1]);
    assert_eq!(with_changes(&hand.heard(&world, 10_000).await), [2], "it is tried again, though nothing is said");
}

#[tokio::test(start_paused = true)]
async fn one_agent_more_than_may_follow_is_followed_or_told_nothing() {
    let world = World::with(ConflictResolver::lww(), Limits::default(), |options| options.with_followers(2)).await;
    let (one, mut two, three) = (world.agent(1).await, world.agent(2).await, world.agent(3).await);
    world.pass(100).await;
    one.replica.put(&key("leader"), "agent-1").unwrap();
    // What it writes goes out all the same.
    three.replica.put(&key("other"), "agent-3").unwrap();
    world.pass(10_000).await;
    assert_eq!(three.replica.value(&key("leader")), None);
    assert_eq!(world.held().await, holds(&one.replica));
    assert_eq!(world.held().await, holds(&two.replica));
    // One goes without a word, and nothing happens. Its place is free when the next one asks for it.
    two.leave().await;
    world.pass(300_000).await;
    assert_eq!(three.replica.value(&key("leader")), Some(value!("agent-1")));
}

#[tokio::test(start_paused = true)]
async fn much_at_once_goes_out_in_one_message_too_large_to_be_sent() {
    let limits = Limits { payload_bytes: 64 << 10, value_bytes: 40 << 10, ..Limits::default() };
    let world = World::with(ConflictResolver::lww(), limits.clone(), same).await;
    let set = |half: ReplicaHandler| half.follows(KeyRange::ALL).pushes().with_credit(2);
    let one = world.agent_with(world.replica(1).with_limits(limits.clone()), set).await;
    let other = world.agent_with(world.replica(2).with_limits(limits.clone()), set).await;
    world.pass(100).await;
    // Noise, so that packing does not help: two megabytes.
    let noise = |number: usize| {
        let digest = |part: usize| moai_core::DigestBuilder::new("noise").u64((number * 1_000 + part) as u64).finish();
        (0..300).map(|part| digest(part).to_string()).collect::<String>()
    };
    for number in 0..100 {
        one.replica.put(&key(&format!("key-{number:03}")), noise(number)).unwrap();
    }
    world.pass(2_000).await;
    assert_eq!(holds(&one.replica), holds(&other.replica));
    assert_eq!(world.held().await, holds(&other.replica));
    // A new one gets it in pages, and with one message under way at a time.
    let set = |half: ReplicaHandler| half.follows(KeyRange::ALL).with_credit(1);
    let new = world.agent_with(world.replica(3).with_limits(limits), set).await;
    world.pass(1_000).await;
    assert_eq!(holds(&new.replica), holds(&other.replica));
    assert!(told(&world.network, 3) > 20, "{}", told(&world.network, 3));
}

/// What is to be told is not kept for anybody: a thousand followers that say nothing cost as many messages as they have room
/// for, however much happens.
#[tokio::test(start_paused = true)]
async fn many_slow_followers_cost_more_the_more_happens() {
    let world = World::new(ConflictResolver::lww()).await;
    let sent = Arc::new(AtomicUsize::new(0));
    let count = sent.clone();
    world.network.fate(move |_, envelope| {
        count.fetch_add(usize::from(*envelope.kind() == message_kinds::FOLLOWED), Ordering::SeqCst);
        Fate::Arrives
    });
    let mut hands = Vec::new();
    for number in 1..=200 {
        hands.push(Hand::new(&world, number).await);
        hands[usize::from(number) - 1].say(&world, StateFollow::new(KeyRange::ALL, None, 2)).await;
    }
    world.pass(10).await;
    for round in 1..=4 {
        for number in 0..20 {
            world.synchronizer.clear_state(&key(&format!("key-{number}"))).await.unwrap();
            world.pass(10).await;
        }
        assert!(sent.load(Ordering::SeqCst) <= 400, "{} in round {round}", sent.load(Ordering::SeqCst));
    }
}

#[tokio::test(start_paused = true)]
async fn a_coordinator_that_hangs_for_one_holds_up_the_others() {
    let world = World::new(ConflictResolver::crdt()).await;
    let (one, other, hung) = (world.agent(1).await, world.agent(2).await, world.agent(3).await);
    world.pass(100).await;
    world.network.fate(|to, _| if *to == agent(3) { Fate::Hangs } else { Fate::Arrives });
    for number in 0..3_000 {
        one.replica.put(&key("leader"), number).unwrap();
        hung.replica.put(&key("hung"), number).unwrap();
        world.pass(7).await;
        assert_eq!(other.replica.value(&key("leader")), Some(value!(number)), "within one window");
    }
    assert!(other.replica.value(&key("hung")).is_some(), "what it pushes counts, though it is not answered");
    world.network.fate(|_, _| Fate::Arrives);
    world.pass(60_000).await;
    let held = world.held().await;
    assert_eq!((holds(&other.replica), holds(&hung.replica)), (held.clone(), held));
}

#[tokio::test(start_paused = true)]
async fn who_has_left_is_told_on_and_on() {
    let world = World::new(ConflictResolver::lww()).await;
    let (one, mut other) = (world.agent(1).await, world.agent(2).await);
    world.pass(100).await;
    other.leave().await;
    let tried = Arc::new(AtomicUsize::new(0));
    let count = tried.clone();
    world.network.fate(move |to, _| {
        count.fetch_add(usize::from(*to == agent(2)), Ordering::SeqCst);
        Fate::Arrives
    });
    for number in 0..10 {
        one.replica.put(&key("leader"), number).unwrap();
        world.pass(1_000).await;
    }
    assert_eq!(tried.load(Ordering::SeqCst), 1);
}

#[tokio::test(start_paused = true)]
async fn a_write_costs_more_than_two_messages_and_two_for_each_follower() {
    let world = World::new(ConflictResolver::lww()).await;
    let mut agents = Vec::new();
    for number in 0..10 {
        agents.push(world.agent(number).await);
    }
    world.pass(100).await;
    let before = world.network.count();
    agents[0].replica.put(&key("leader"), "agent-0").unwrap();
    agents[0].replica.put(&key("second"), "agent-0").unwrap();
    world.pass(1_000).await;
    assert_eq!(world.network.count() - before, 2 + 2 * 10);
}
