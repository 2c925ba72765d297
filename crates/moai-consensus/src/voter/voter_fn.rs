//! Voters that are functions.

use std::fmt;

use async_trait::async_trait;

use super::{Answer, IntoAnswer, Voter, VoterError};
use crate::Request;

/// A voter that is a function: it gives a [`Choice`](crate::Choice), an [`Answer`] with a reason, or a [`Result`] of
/// either. One that has to wait for something is a [`voter_async_fn`].
///
/// ```
/// use moai_consensus::{Answer, Choice, Request, voter_fn};
///
/// let eager = voter_fn(|_: &Request| Choice::For);
/// let silent_about_itself = voter_fn(|request: &Request| {
///     Answer::new(Choice::Abstain).because(format!("{} concerns me", request.proposal.id()))
/// });
/// # let _ = (eager, silent_about_itself);
/// ```
pub fn voter_fn<F, A>(function: F) -> VoterFn<F>
where
    F: Fn(&Request) -> A + Send + Sync,
    A: IntoAnswer,
{
    VoterFn(function)
}

/// The voter that [`voter_fn`] makes.
#[derive(Clone, Copy)]
pub struct VoterFn<F>(F);

#[async_trait]
impl<F, A> Voter for VoterFn<F>
where
    F: Fn(&Request) -> A + Send + Sync,
    A: IntoAnswer,
{
    async fn vote(&self, request: &Request) -> Result<Answer, VoterError> {
        (self.0)(request).into_answer()
    }
}

impl<F> fmt::Debug for VoterFn<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VoterFn").finish_non_exhaustive()
    }
}

/// A voter that is an asynchronous function: it gives what a [`voter_fn`] gives, and may wait before. The question is its
/// own copy, which costs a few pointers. What a [`Voter`] may count on, it may: its future may be dropped at any await.
///
/// ```
/// use moai_consensus::{Answer, Choice, Request, VoterError, voter_async_fn};
///
/// /// Stands for a model that is asked over the network.
/// async fn ask_the_model(about: String) -> Result<bool, std::io::Error> {
///     Ok(about.contains("deploy"))
/// }
///
/// let voter = voter_async_fn(|request: Request| async move {
///     let is_good = ask_the_model(request.proposal.content().to_string()).await;
///     match is_good.map_err(|error| VoterError::failed(error.to_string()))? {
///         true => Ok(Answer::new(Choice::For).because("the model sees no risk")),
///         false => Ok(Answer::new(Choice::Against).because("the model does not know what this is")),
///     }
/// });
/// # let _ = voter;
/// ```
pub fn voter_async_fn<F, T, A>(function: F) -> VoterAsyncFn<F>
where
    F: Fn(Request) -> T + Send + Sync,
    T: Future<Output = A> + Send,
    A: IntoAnswer,
{
    VoterAsyncFn(function)
}

/// The voter that [`voter_async_fn`] makes.
#[derive(Clone, Copy)]
pub struct VoterAsyncFn<F>(F);

#[async_trait]
impl<F, T, A> Voter for VoterAsyncFn<F>
where
    F: Fn(Request) -> T + Send + Sync,
    T: Future<Output = A> + Send,
    A: IntoAnswer,
{
    async fn vote(&self, request: &Request) -> Result<Answer, VoterError> {
        (self.0)(request.clone()).await.into_answer()
    }
}

impl<F> fmt::Debug for VoterAsyncFn<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VoterAsyncFn").finish_non_exhaustive()
    }
}
