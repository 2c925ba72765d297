//! What a node wants done.

use std::sync::Arc;

/// What a node wants done, in this order.
#[derive(Debug, Clone)]
pub enum Effect<M, E> {
    /// Write this behind all that is on its disk, and go on when it and all before it is durable.
    Persist(Arc<[u8]>),
    /// Write this, and go on at once: a crash may take it back.
    Write(Arc<[u8]>),
    /// Say this to one, or to all others when `to` is nobody.
    Send {
        /// To whom.
        to: Option<u32>,
        /// What.
        message: M,
    },
    /// Come back with an [`Input::Tick`](super::Input::Tick) at this time of its own clock.
    Arm(i64),
    /// Tell the observer.
    Tell(E),
}
