//! What has been carried.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::topology::SwarmTraffic;

/// What has been carried. The figures are each right, and not of one moment.
///
/// Nearly every message goes over one hop, so what is not as usual is counted on its own: a message costs one addition.
#[derive(Default)]
pub(super) struct Counts {
    delivered: AtomicU64,
    /// To whoever sent them: over no hop.
    own: AtomicU64,
    /// Over somebody else.
    relayed: AtomicU64,
    /// The hops of those, without their first one.
    beyond: AtomicU64,
    refused: AtomicU64,
}

impl Counts {
    /// A message was put into a mailbox, over so many hops.
    pub(super) fn delivered(&self, hops: u64) {
        match hops {
            0 => add(&self.own, 1),
            1 => {}
            hops => {
                add(&self.relayed, 1);
                add(&self.beyond, hops - 1);
            }
        }
        add(&self.delivered, 1);
    }

    /// The same of many: so many messages, of which so many were relayed, over so many hops beyond the first.
    pub(super) fn broadcast(&self, messages: u64, relayed: u64, beyond: u64) {
        add(&self.relayed, relayed);
        add(&self.beyond, beyond);
        add(&self.delivered, messages);
    }

    pub(super) fn refused(&self, messages: u64) {
        add(&self.refused, messages);
    }

    pub(super) fn read(&self) -> SwarmTraffic {
        let read = |count: &AtomicU64| count.load(Ordering::Relaxed);
        let (own, beyond, relayed) = (read(&self.own), read(&self.beyond), read(&self.relayed));
        let delivered = read(&self.delivered);
        let hops = (delivered + beyond).saturating_sub(own);
        SwarmTraffic { delivered, hops, relayed, refused: read(&self.refused) }
    }
}

fn add(count: &AtomicU64, more: u64) {
    if more > 0 {
        count.fetch_add(more, Ordering::Relaxed);
    }
}
