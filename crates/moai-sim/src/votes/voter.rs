//! An honest voter: it decides once, writes that down, and says it again whenever it is asked.

use std::collections::BTreeMap;
use std::sync::Arc;

use moai_consensus::{Choice, Reply, Request};
use moai_core::{AgentId, Limits};

use super::plan::{Word, voter_id};
use crate::world::{Effect, Input};

/// An honest voter: it decides once, writes that down, and says it again whenever it is asked.
#[derive(Debug)]
pub struct Voter {
    id: AgentId,
    word: Word,
    think: i64,
    limits: Limits,
    /// What it has said, round by round.
    said: BTreeMap<u32, Arc<[u8]>>,
    choice: Option<Choice>,
    /// What it thinks about, and until when.
    thinks: Option<(i64, Request)>,
}

type Effects<E> = Vec<Effect<Arc<[u8]>, E>>;

impl Voter {
    /// A voter that begins, or begins again with what it has said before.
    ///
    /// # Errors
    ///
    /// What is on its disk is not what it wrote.
    pub fn start(place: u32, life: u32, word: Word, think: i64, records: &[Arc<[u8]>]) -> Result<Self, String> {
        let id = AgentId::new(voter_id(place)).map_err(|why| why.to_string())?;
        let limits = Limits::default();
        let (mut said, mut choice) = (BTreeMap::new(), None);
        for record in records {
            let round = match Reply::from_bytes(record, &limits).map_err(|why| why.to_string())? {
                Reply::Ballot(ballot) => {
                    choice = Some(ballot.choice);
                    ballot.round
                }
                Reply::Failed { round, .. } => round,
                other => return Err(format!("a voter does not write {other:?}")),
            };
            said.insert(round, record.clone());
        }
        // Asked anew it would say something else: it must not be.
        let word = match (life % 2, word) {
            (1, Word::Says(Choice::For)) => Word::Says(Choice::Against),
            (1, Word::Says(_)) => Word::Says(Choice::For),
            (_, word) => word,
        };
        Ok(Self { id, word, think, limits, said, choice, thinks: None })
    }

    pub(super) fn handle<E>(&mut self, now: i64, input: Input<Arc<[u8]>, ()>, out: &mut Effects<E>) {
        match input {
            Input::Hear { from: 0, message } => {
                let Ok(request) = Request::from_bytes(&message, &self.limits) else { return };
                if let Some(said) = self.said.get(&request.round) {
                    out.push(Effect::Send { to: Some(0), message: said.clone() });
                } else if self.thinks.as_ref().is_none_or(|(_, about)| about.round < request.round) {
                    let due = now + self.think;
                    self.thinks = Some((due, request));
                    out.push(Effect::Arm(due));
                }
            }
            Input::Tick => {
                if let Some((_, request)) = self.thinks.take_if(|(due, _)| *due <= now) {
                    self.answer(&request, out);
                }
            }
            _ => {}
        }
    }

    fn answer<E>(&mut self, request: &Request, out: &mut Effects<E>) {
        let reply = match (self.choice, self.word) {
            (None, Word::Fails) => Reply::Failed {
                voter: self.id.clone(),
                proposal: request.proposal.id().clone(),
                instance: request.instance,
                round: request.round,
                cause: "no answer came to its mind".into(),
            },
            (None, Word::Says(choice)) | (Some(choice), _) => {
                self.choice = Some(choice);
                Reply::Ballot(request.ballot(self.id.clone(), choice).because("so"))
            }
        };
        let bytes: Arc<[u8]> = reply.to_bytes().into();
        self.said.insert(request.round, bytes.clone());
        out.push(Effect::Persist(bytes.clone()));
        out.push(Effect::Send { to: Some(0), message: bytes });
    }
}
