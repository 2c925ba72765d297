//! The thinking about one question, from the question to the answers.

use std::sync::Arc;
use std::time::Duration;

use moai_core::Outgoing;
use moai_core::planted::planted;
use tokio::sync::oneshot;

use super::caught::Caught;
use super::desk::{Begins, Waiting};
use super::handler::{CAUSE, Setup, VoterHandler};
use super::record::Recorded;
use super::words::{Kept, Key, Said, Silence};
use super::{Answer, VoterError};
use crate::{Ballot, Choice, Request};

/// The thinking about one question. Dropped before its end, it leaves no trace but a ballot that may be in the journal.
pub(super) struct Thought {
    handler: VoterHandler,
    question: Key,
    ticket: u64,
}

impl Thought {
    pub(super) fn new(handler: VoterHandler, question: Key, ticket: u64) -> Self {
        Self { handler, question, ticket }
    }

    /// Thinks, writes down, and gives the answers to whoever waits by then.
    pub(super) async fn think(self, request: Request, begins: Begins, stopped: oneshot::Receiver<()>) -> Vec<Outgoing> {
        let ballot = match begins {
            Begins::Recording(ballot) => Ok(ballot),
            Begins::Anew => match self.ask(&request, stopped).await {
                None => return Vec::new(),
                Some(answer) => answer.and_then(|answer| self.judge(&request, answer)),
            },
            Begins::Recalling(marks) => match self.recall(&marks).await {
                Err(why) => return self.not_recalled(&request, &why),
                Ok(Some((ballot, seq))) => return self.repeat(&ballot, seq),
                // Other questions have the same mark, and this one is new.
                Ok(None) => match self.ask_in_time(&request, stopped).await {
                    None => return Vec::new(),
                    Some(answer) => answer.and_then(|answer| self.judge(&request, answer)),
                },
            },
        };
        match ballot {
            Err(why) => self.fail(&request, &why),
            Ok(ballot) => match self.record(&request, &ballot).await {
                Ok(Some(kept)) => self.say(&request, &ballot, kept),
                Ok(None) => Vec::new(),
                Err(_) if planted("giving_what_was_not_recorded") => self.say(&request, &ballot, Kept::Here),
                Err(why) => self.withhold(&request, ballot, &why),
            },
        }
    }

    /// The ballot on this question that stands in the journal under one of these numbers, if one does.
    ///
    /// # Errors
    ///
    /// Where no word of the agent stands under one of them: it was given, and is not there any more.
    async fn recall(&self, marks: &[u64]) -> Result<Option<(Arc<Ballot>, u64)>, VoterError> {
        let Setup { agent, journal, .. } = self.handler.setup.as_ref();
        let Some(journal) = journal else {
            return Err(VoterError::Forgotten { proposal: self.question.proposal.clone() });
        };
        let mut is_missing = false;
        for seq in marks {
            let page = journal.read(*seq, 1).await.map_err(VoterError::Recall)?;
            let record = page.first().filter(|record| record.seq == *seq);
            let read = record.map(|record| Recorded::read(record, agent)).transpose();
            match read.map_err(|why| VoterError::Recall(why.into()))?.flatten() {
                Some(Recorded { ballot, .. }) if self.question.is_answered_by(&ballot) => {
                    return Ok(Some((Arc::new(ballot), *seq)));
                }
                Some(_) => {}
                None => is_missing = true,
            }
        }
        let proposal = self.question.proposal.clone();
        if is_missing { Err(VoterError::Forgotten { proposal }) } else { Ok(None) }
    }

    /// As [`ask`](Self::ask), unless it is too late by now.
    async fn ask_in_time(
        &self,
        request: &Request,
        stopped: oneshot::Receiver<()>,
    ) -> Option<Result<Answer, VoterError>> {
        if self.handler.setup.clock.now() >= request.deadline {
            return Some(Err(VoterError::Deadline { deadline: request.deadline }));
        }
        self.handler.desk().counts.asked += 1;
        self.ask(request, stopped).await
    }

    /// What the voter answers; none when it was told to stop.
    async fn ask(&self, request: &Request, stopped: oneshot::Receiver<()>) -> Option<Result<Answer, VoterError>> {
        let Setup { voter, clock, longest, .. } = self.handler.setup.as_ref();
        let now = tokio::time::Instant::now();
        let left = request.deadline.unix_micros().saturating_sub(clock.now().unix_micros());
        let deadline = now + Duration::from_micros(u64::try_from(left).unwrap_or(0));
        let longest_until = now.checked_add(*longest).unwrap_or(deadline);
        tokio::select! {
            biased;
            _ = stopped => None,
            answer = Caught::new(voter.clone(), request.clone()) => Some(answer),
            () = tokio::time::sleep_until(deadline.min(longest_until)) => Some(Err(if deadline <= longest_until {
                VoterError::Deadline { deadline: request.deadline }
            } else {
                VoterError::TooLong { longest: *longest }
            })),
        }
    }

    /// The ballot that an answer is, if it stands.
    fn judge(&self, request: &Request, answer: Answer) -> Result<Arc<Ballot>, VoterError> {
        let Setup { agent, limits, .. } = self.handler.setup.as_ref();
        let ballot = answer.fill(request.ballot(agent.clone(), Choice::Abstain));
        ballot.check(limits).map_err(VoterError::Rubbish)?;
        Ok(Arc::new(self.handler.signed(ballot)))
    }

    /// Writes the ballot down, unless nobody asks for it any more.
    async fn record(&self, request: &Request, ballot: &Arc<Ballot>) -> Result<Option<Kept>, VoterError> {
        let Setup { swarm, journal, clock, .. } = self.handler.setup.as_ref();
        let Some(journal) = journal.as_ref().filter(|_| !planted("giving_before_recording")) else {
            return Ok(Some(Kept::Here));
        };
        // Before anything is awaited: from here on it may be in the journal.
        if !self.handler.desk().keep(&self.question, self.ticket, ballot) {
            return Ok(None);
        }
        let (swarm, content) = (swarm.clone(), request.proposal.digest());
        let recorded = Recorded { swarm, content, ballot: ballot.as_ref().clone() };
        let record = recorded.to_record(clock.now()).map_err(VoterError::Rubbish)?;
        let head = journal.append(vec![record]).await.map_err(VoterError::Journal)?;
        Ok(Some(Kept::At(head.seq)))
    }

    fn say(&self, request: &Request, ballot: &Arc<Ballot>, kept: Kept) -> Vec<Outgoing> {
        let (agent, proposal, choice) = (&self.handler.setup.agent, request.proposal.id(), ballot.choice);
        tracing::debug!(%agent, %proposal, round = request.round, %choice, "a voter gives its ballot");
        let waiting = self.end(Said::Ballot { ballot: ballot.clone(), kept });
        self.give(waiting, ballot)
    }

    /// Says once more what stands in the journal.
    fn repeat(&self, ballot: &Arc<Ballot>, seq: u64) -> Vec<Outgoing> {
        let waiting = self.handler.desk().recalled(&self.question, self.ticket, ballot.clone(), seq);
        self.give(waiting, ballot)
    }

    /// What was said is not read for now. Nothing else is said in its place.
    fn not_recalled(&self, request: &Request, why: &VoterError) -> Vec<Outgoing> {
        let waiting = self.handler.desk().not_recalled(&self.question, self.ticket, why);
        self.tell(request, waiting, why)
    }

    fn give(&self, waiting: Vec<Waiting>, ballot: &Ballot) -> Vec<Outgoing> {
        let give = |Waiting { asker, correlation, round }| self.handler.ballot(asker, correlation, round, ballot);
        waiting.into_iter().map(give).collect()
    }

    /// The ballot is not given, and not lost either.
    fn withhold(&self, request: &Request, ballot: Arc<Ballot>, why: &VoterError) -> Vec<Outgoing> {
        let waiting = self.end(Said::Ballot { ballot, kept: Kept::Not });
        self.tell(request, waiting, why)
    }

    fn fail(&self, request: &Request, why: &VoterError) -> Vec<Outgoing> {
        let waiting = self.end(Said::Nothing(Box::new(Silence { why: shorter(why), deadline: request.deadline })));
        self.tell(request, waiting, why)
    }

    fn tell(&self, request: &Request, waiting: Vec<Waiting>, why: &VoterError) -> Vec<Outgoing> {
        let tell =
            |Waiting { asker, correlation, round }| self.handler.failure(asker, correlation, request, round, why);
        waiting.into_iter().map(tell).collect()
    }

    fn end(&self, said: Said) -> Vec<Waiting> {
        self.handler.desk().end(&self.question, self.ticket, said)
    }
}

impl Drop for Thought {
    fn drop(&mut self) {
        self.handler.desk().abandon(&self.question, self.ticket);
    }
}

/// The same error, with no more of a voter's words than are told: it is remembered.
fn shorter(why: &VoterError) -> VoterError {
    let cut = |why: &String| {
        let mut why = why.clone();
        why.truncate(why.floor_char_boundary(CAUSE));
        why.shrink_to_fit();
        why
    };
    match why {
        VoterError::Failed { why } => VoterError::Failed { why: cut(why) },
        VoterError::Panicked { why } => VoterError::Panicked { why: cut(why) },
        other => other.clone(),
    }
}
