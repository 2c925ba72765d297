//! The agent's side of a vote: it is asked, thinks, writes its word down, and gives it.

mod answer;
mod caught;
#[cfg(test)]
mod collision;
mod desk;
mod handler;
mod marks;
mod outbox;
mod record;
mod serve;
mod thought;
mod voter_error;
mod voter_fn;
mod words;
mod working;

use std::sync::Arc;

use async_trait::async_trait;

use crate::Request;

pub use answer::{Answer, IntoAnswer};
pub(crate) use caught::{Caught, told};
pub use desk::VoterCounts;
pub use handler::VoterHandler;
pub use serve::{Ended, Served, serve, serve_and_drain, serve_until};
pub use voter_error::VoterError;
pub use voter_fn::{VoterAsyncFn, VoterFn, voter_async_fn, voter_fn};
pub(crate) use working::Working;

/// Looks at a question, and says what it thinks of it. This is what an agent brings to a vote; a [`VoterHandler`] does
/// the rest. Where a function says it all, take [`voter_fn`] or [`voter_async_fn`].
///
/// # What it may count on
///
/// - It is asked once for each question, however many rounds the vote has, and is asked many questions at once.
/// - It may think as long as it likes, and is cut off at the deadline. **Its future may be dropped at any await**: when
///   the vote is decided without it, or at the deadline.
/// - An error, a panic or an answer over the limits is told to whoever asked, and the agent lives on. (Built with
///   `panic = "abort"` a panic ends the program, as everywhere.)
///
/// What computes long without an await holds up the whole agent: give it to a thread, and await that.
///
/// ```
/// use moai_consensus::{Answer, Choice, Request, Voter, VoterError, async_trait};
/// use moai_core::Value;
///
/// struct Careful;
///
/// #[async_trait]
/// impl Voter for Careful {
///     async fn vote(&self, request: &Request) -> Result<Answer, VoterError> {
///         let content = request.proposal.content();
///         let risk = content.get("risk").and_then(Value::as_text).ok_or_else(|| VoterError::failed("no risk is told"))?;
///         Ok(match risk {
///             "low" => Answer::new(Choice::For).because("little can go wrong"),
///             other => Answer::new(Choice::Against).because(format!("the risk is {other}")),
///         })
///     }
/// }
/// ```
#[async_trait]
pub trait Voter: Send + Sync {
    /// Says what it thinks of a question.
    ///
    /// # Errors
    ///
    /// Whatever kept it from having an opinion. Whoever asked is told, and does not take it for an abstention.
    async fn vote(&self, request: &Request) -> Result<Answer, VoterError>;
}

#[async_trait]
impl<V: Voter + ?Sized> Voter for Arc<V> {
    async fn vote(&self, request: &Request) -> Result<Answer, VoterError> {
        self.as_ref().vote(request).await
    }
}
