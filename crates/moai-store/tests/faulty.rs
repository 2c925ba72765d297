//! Every fault, and what it leaves behind: proven by reading what stands behind.

#![allow(clippy::disallowed_methods, reason = "some tests are about threads")]

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use moai_core::{
    Aftermath, Batch, Coded, Committed, Head, Journal, JournalError, KeyRange, MemoryProvider, NewRecord, StateKey,
    StoreError, SwarmId, Timestamp, Version, namespace, record_kind, swarm_id,
};
use moai_store::{Fault, Faults, FaultyJournal, FaultyStore, MemoryJournal, MemoryStore};

/// A store that fails on command, and the true one behind it.
struct Setup {
    faults: Faults,
    store: FaultyStore,
    behind: MemoryStore,
}

impl Setup {
    fn new() -> Self {
        let (faults, behind) = (Faults::new(), MemoryStore::new().unwrap());
        let store = FaultyStore::new(Arc::new(behind.clone()), faults.clone());
        Self { faults, store, behind }
    }

    async fn write(&self) -> Result<Committed, StoreError> {
        let batch = Batch::new().put(namespace!("state"), key(), "value");
        self.store.commit(&swarm(), batch).await
    }

    /// How many writes the true store has seen.
    fn true_last(&self) -> u64 {
        self.behind.blocking().standing(&swarm()).last.version.get()
    }
}

fn swarm() -> SwarmId {
    swarm_id!("swarm-001")
}

fn key() -> StateKey {
    StateKey::new("key").unwrap()
}

fn poll<F: Future>(future: std::pin::Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

#[test]
fn without_faults_everything_goes_through() {
    pollster::block_on(async {
        let Setup { faults, store, behind } = Setup::new();
        let space = namespace!("state");
        assert_eq!(store.persistence(), behind.persistence());
        let committed = store.commit(&swarm(), Batch::new().put(space.clone(), key(), "value")).await.unwrap();
        assert_eq!(store.get(&swarm(), &space, &key()).await, behind.get(&swarm(), &space, &key()).await);
        assert_eq!(store.look(&swarm(), &space, &key()).await, behind.look(&swarm(), &space, &key()).await);
        assert_eq!(
            store.list(&swarm(), &space, &KeyRange::ALL, None, 1).await,
            behind.list(&swarm(), &space, &KeyRange::ALL, None, 1).await
        );
        assert_eq!(store.changes(&swarm(), None, 1).await, behind.changes(&swarm(), None, 1).await);
        assert_eq!(store.snapshot(&swarm(), None, 1).await, behind.snapshot(&swarm(), None, 1).await);
        assert_eq!(store.standing(&swarm()).await, behind.standing(&swarm()).await);
        assert_eq!(store.compact(&swarm(), committed.last).await, behind.standing(&swarm()).await);
        assert_eq!((faults.writes(), faults.reads()), (2, 6));
    });
}

#[test]
fn a_fault_before_the_write_changes_nothing_and_passes() {
    pollster::block_on(async {
        let setup = Setup::new();
        setup.faults.next_write(Fault::Before);
        let error = setup.write().await.unwrap_err();
        assert!(matches!(error, StoreError::Unavailable { .. }));
        assert_eq!(error.aftermath(), Aftermath::NothingChanged);
        assert_eq!(setup.true_last(), 0);
        assert!(setup.write().await.is_ok());
    });
}

#[test]
fn a_fault_during_the_write_poisons_until_the_store_is_opened_again() {
    for applied in [false, true] {
        pollster::block_on(async {
            let setup = Setup::new();
            setup.faults.next_write(Fault::During { applied });
            let error = setup.write().await.unwrap_err();
            assert!(matches!(error, StoreError::Failed { .. }));
            assert_eq!(error.aftermath(), Aftermath::MayBeHalfDone);
            assert_eq!(setup.true_last(), u64::from(applied));

            // Neither writes nor reads: what is shown might not be kept.
            assert!(matches!(setup.write().await, Err(StoreError::Poisoned { .. })));
            assert!(matches!(setup.store.standing(&swarm()).await, Err(StoreError::Poisoned { .. })));
            let looked = setup.store.look(&swarm(), &namespace!("state"), &key()).await;
            assert!(matches!(looked, Err(StoreError::Poisoned { .. })));
            let compaction = setup.store.compact(&swarm(), Version::MAX).await;
            assert!(matches!(compaction, Err(StoreError::Poisoned { .. })));
            assert_eq!(setup.true_last(), u64::from(applied));

            setup.faults.reopen();
            assert_eq!(setup.store.standing(&swarm()).await.unwrap().last.version.get(), u64::from(applied));
            assert!(setup.write().await.is_ok());
        });
    }
}

#[test]
fn a_write_that_the_true_store_refuses_poisons_nothing() {
    pollster::block_on(async {
        let setup = Setup::new();
        setup.faults.next_write(Fault::During { applied: true });
        let refused = setup.store.commit(&swarm(), Batch::new()).await.unwrap_err();
        assert_eq!(refused.code(), "input.empty");
        assert!(setup.write().await.is_ok());
    });
}

#[test]
fn without_room_reads_go_on() {
    pollster::block_on(async {
        let setup = Setup::new();
        setup.write().await.unwrap();
        setup.faults.fill();
        assert!(matches!(setup.write().await, Err(StoreError::Full { .. })));
        assert!(setup.store.get(&swarm(), &namespace!("state"), &key()).await.unwrap().is_some());
        assert_eq!(setup.true_last(), 1);
        setup.faults.make_room();
        assert!(setup.write().await.is_ok());
    });
}

#[test]
fn what_is_spoiled_is_not_served() {
    pollster::block_on(async {
        let setup = Setup::new();
        setup.write().await.unwrap();
        setup.faults.spoil();
        let read = setup.store.get(&swarm(), &namespace!("state"), &key()).await;
        assert!(matches!(read, Err(StoreError::Corrupted { .. })));
        assert!(setup.write().await.is_ok());
        setup.faults.mend();
        assert!(setup.store.get(&swarm(), &namespace!("state"), &key()).await.unwrap().is_some());
    });
}

#[test]
fn the_nth_write_fails_and_writes_that_never_got_there_do_not_count() {
    pollster::block_on(async {
        let setup = Setup::new();
        setup.write().await.unwrap();
        setup.faults.at_write(3, Fault::Before);
        setup.faults.at_write(1, Fault::During { applied: false });
        assert!(matches!(setup.write().await, Err(StoreError::Failed { .. })));
        assert!(matches!(setup.write().await, Err(StoreError::Poisoned { .. })));
        setup.faults.reopen();
        setup.faults.fill();
        assert!(matches!(setup.write().await, Err(StoreError::Full { .. })));
        setup.faults.make_room();
        assert!(setup.write().await.is_ok());
        assert!(matches!(setup.write().await, Err(StoreError::Unavailable { .. })));
        assert!(setup.write().await.is_ok());
        assert_eq!((setup.faults.writes(), setup.true_last()), (5, 3));
    });
}

#[test]
fn calls_wait_at_the_gate_until_every_gate_is_open() {
    let setup = Setup::new();
    let gate = setup.faults.hold();
    let other_gate = setup.faults.hold();
    let mut write = pin!(setup.write());
    let swarm = swarm();
    let mut read = pin!(setup.store.standing(&swarm));
    let mut two_wait = pin!(setup.faults.until_waiting(2));

    assert!(poll(write.as_mut()).is_pending());
    assert!(poll(two_wait.as_mut()).is_pending());
    assert!(poll(read.as_mut()).is_pending());
    assert!(poll(two_wait.as_mut()).is_ready());
    assert_eq!((setup.faults.waiting(), setup.faults.writes(), setup.true_last()), (2, 0, 0));

    drop(other_gate);
    assert!(poll(write.as_mut()).is_pending());
    gate.release();
    assert!(matches!(poll(write.as_mut()), Poll::Ready(Ok(_))));
    assert!(matches!(poll(read.as_mut()), Poll::Ready(Ok(standing)) if standing.last.version.get() == 1));
    assert_eq!(setup.faults.waiting(), 0);
}

#[test]
fn a_call_that_is_dropped_at_the_gate_does_nothing_and_waits_no_more() {
    let setup = Setup::new();
    let gate = setup.faults.hold();
    {
        let mut write = pin!(setup.write());
        assert!(poll(write.as_mut()).is_pending());
        assert_eq!(setup.faults.waiting(), 1);
    }
    assert_eq!(setup.faults.waiting(), 0);
    gate.release();
    assert_eq!((setup.faults.writes(), setup.true_last()), (0, 0));
}

#[test]
fn whoever_waits_is_woken() {
    let setup = Setup::new();
    let gate = setup.faults.hold();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| pollster::block_on(setup.write()).unwrap());
        }
        pollster::block_on(setup.faults.until_waiting(4));
        assert_eq!(setup.true_last(), 0);
        gate.release();
    });
    assert_eq!(setup.true_last(), 4);
}

#[test]
fn a_journal_fails_in_the_same_ways() {
    pollster::block_on(async {
        let (faults, behind) = (Faults::new(), MemoryJournal::new());
        let journal = FaultyJournal::new(Arc::new(behind.clone()), faults.clone());
        let append = || journal.append(vec![NewRecord::new(record_kind!("ballot"), Timestamp::UNIX_EPOCH, "approve")]);
        assert_eq!(journal.persistence(), behind.persistence());

        faults.next_write(Fault::Before);
        assert!(matches!(append().await, Err(JournalError::Unavailable { .. })));
        faults.fill();
        assert!(matches!(append().await, Err(JournalError::Full { .. })));
        assert_eq!(journal.head().await, Ok(Head::EMPTY));
        faults.make_room();
        faults.next_write(Fault::During { applied: false });
        assert!(matches!(append().await, Err(JournalError::Failed { .. })));
        assert_eq!(behind.head().await, Ok(Head::EMPTY));
        assert!(matches!(append().await, Err(JournalError::Poisoned { .. })));
        assert!(matches!(journal.read(1, 1).await, Err(JournalError::Poisoned { .. })));

        faults.reopen();
        faults.next_write(Fault::During { applied: true });
        assert!(matches!(append().await, Err(JournalError::Failed { .. })));
        assert_eq!(behind.head().await.unwrap().seq, 1);
        faults.reopen();
        faults.spoil();
        assert!(matches!(journal.read(1, 1).await, Err(JournalError::Corrupted { .. })));
        faults.mend();
        assert_eq!(journal.read(1, 1).await.unwrap().len(), 1);
        assert_eq!(append().await.unwrap().seq, 2);
    });
}

#[test]
fn a_store_and_a_journal_on_one_disk_fail_together() {
    pollster::block_on(async {
        let setup = Setup::new();
        let journal = FaultyJournal::new(Arc::new(MemoryJournal::new()), setup.faults.clone());
        setup.faults.next_write(Fault::During { applied: false });
        assert!(setup.write().await.is_err());
        assert!(matches!(journal.append(vec![]).await, Err(JournalError::Poisoned { .. })));
    });
}
