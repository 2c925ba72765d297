//! The cache is never older than the store behind it, in whatever order things happen.

#[path = "../slow/mod.rs"]
mod slow;

use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use moai_core::{
    Batch, Held, KeyRange, MemoryProvider, Namespace, StateKey, StoreError, SwarmId, Version, namespace, swarm_id,
};
use moai_store::CachedStore;
use slow::Slow;

type Cached = CachedStore<Slow>;

fn swarm() -> SwarmId {
    swarm_id!("swarm-001")
}

fn space() -> Namespace {
    namespace!("state")
}

fn key(text: &str) -> StateKey {
    StateKey::new(text).unwrap()
}

fn put(at: &str, value: &str) -> Batch {
    Batch::new().put(space(), key(at), value.to_owned())
}

fn range(from: &str, to: &str) -> KeyRange {
    KeyRange { from: Some(key(from)), to: Some(key(to)) }
}

fn cached() -> Cached {
    CachedStore::new(Arc::new(Slow::new()), 1 << 20)
}

fn poll<F: Future>(future: Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

/// Drives a future to its end; whatever is queued meanwhile lands.
fn done<F: Future>(store: &Cached, future: F) -> F::Output {
    let mut future = pin!(future);
    loop {
        if let Poll::Ready(output) = poll(future.as_mut()) {
            return output;
        }
        store.inner().land();
    }
}

fn write(store: &Cached, batch: Batch) -> Result<Version, StoreError> {
    done(store, store.commit(&swarm(), batch)).map(|committed| committed.last)
}

/// Text and version of what the cache says, or `-` and `""`.
fn told(held: Held) -> String {
    match held {
        Held::Value(entry) => format!("{}@{}", String::from_utf8_lossy(&entry.value), entry.version),
        Held::Deleted(version) => format!("-@{version}"),
        Held::Nothing => String::new(),
    }
}

/// What the cache says about a key at its first poll, which only what is kept can answer.
fn kept(store: &Cached, at: &str) -> Option<String> {
    let (swarm, space, key) = (swarm(), space(), key(at));
    let mut look = pin!(store.look(&swarm, &space, &key));
    match poll(look.as_mut()) {
        Poll::Ready(held) => Some(told(held.unwrap())),
        Poll::Pending => None,
    }
}

/// What the cache or the store says about a key. Nothing lands meanwhile.
fn looked(store: &Cached, at: &str) -> String {
    let (swarm, space, key) = (swarm(), space(), key(at));
    let mut look = pin!(store.look(&swarm, &space, &key));
    loop {
        if let Poll::Ready(held) = poll(look.as_mut()) {
            return told(held.unwrap());
        }
    }
}

/// Starts a look, or a commit, as a variable that can be polled.
macro_rules! started {
    ($future:ident = $store:ident.look($at:expr)) => {
        let (its_swarm, its_space, its_key) = (swarm(), space(), key($at));
        let mut $future = Box::pin($store.look(&its_swarm, &its_space, &its_key));
        assert!(poll($future.as_mut()).is_pending(), "it has asked the store");
    };
    ($future:ident = $store:ident.commit($batch:expr)) => {
        let its_swarm = swarm();
        let mut $future = Box::pin($store.commit(&its_swarm, $batch));
        assert!(poll($future.as_mut()).is_pending(), "it is queued");
    };
}

/// The second poll looks, the third answers.
macro_rules! ready {
    ($future:ident) => {
        match poll($future.as_mut()) {
            Poll::Ready(output) => output.unwrap(),
            Poll::Pending => panic!("it waits for more"),
        }
    };
}

// Behind the macros, which they use.
mod dropped;
mod failed;
mod kept;
mod order;
