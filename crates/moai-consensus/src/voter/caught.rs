//! A voter's thinking, with its panics caught.

use std::any::Any;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use super::{Answer, Voter, VoterError};
use crate::Request;

/// A voter that thinks about a question. A panic, be it while it thinks or while it is dropped, is an error of the voter's
/// and of nobody else.
pub(crate) struct Caught(Option<Thought>);

type Thought = Pin<Box<dyn Future<Output = Result<Answer, VoterError>> + Send>>;

impl Caught {
    pub(crate) fn new(voter: Arc<dyn Voter>, request: Request) -> Self {
        Self(Some(Box::pin(async move { voter.vote(&request).await })))
    }
}

impl Future for Caught {
    type Output = Result<Answer, VoterError>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let Some(thought) = self.0.as_mut() else { return Poll::Pending };
        // What the voter left half done is dropped unseen, or is the voter's own.
        let answer = match catch_unwind(AssertUnwindSafe(|| thought.as_mut().poll(context))) {
            Ok(Poll::Pending) => return Poll::Pending,
            Ok(Poll::Ready(answer)) => answer,
            Err(panic) => Err(VoterError::Panicked { why: told(panic) }),
        };
        discard(self.0.take());
        Poll::Ready(answer)
    }
}

impl Drop for Caught {
    fn drop(&mut self) {
        discard(self.0.take());
    }
}

/// What a panic says.
pub(crate) fn told(panic: Box<dyn Any + Send>) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    let text = text.or_else(|| panic.downcast_ref::<String>().cloned());
    discard(panic);
    text.unwrap_or_else(|| "without a word".to_owned())
}

/// Drops it, whatever its drop does.
fn discard<T>(it: T) {
    if let Err(panic) = catch_unwind(AssertUnwindSafe(|| drop(it))) {
        // Dropping this one could panic in turn, without end.
        std::mem::forget(panic);
    }
}
