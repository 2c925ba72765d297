//! What an agent is thinking about, and what it has said.

use std::sync::Arc;

use moai_core::{AgentId, CorrelationId, Envelope, Timestamp};
use tokio::sync::oneshot;

use super::VoterError;
use super::words::{Kept, Key, Said, Words};
use crate::{Ballot, Request};

/// How many rounds of one question wait for its voter at the most.
const ROUNDS: usize = 64;

/// How often an agent did what.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct VoterCounts {
    /// The voter was asked.
    pub asked: u64,
    /// It gave a ballot.
    pub answered: u64,
    /// It failed, was cut off, or its ballot could not be recorded.
    pub failed: u64,
    /// It was told to stop while it thought.
    pub stopped: u64,
    /// A question was put again, and got the word that was given before, or the same wait.
    pub repeated: u64,
    /// A question was turned down without asking: too many at once, or too late.
    pub turned_down: u64,
    /// A message was no question, or belonged to another swarm.
    pub refused: u64,
    /// A question was [flawed](crate::RequestFlaw): whoever put it asked for ballots on something else than it showed.
    pub flawed: u64,
    /// A question was turned down because it was signed for before, and the word is kept nowhere any more.
    pub forgotten: u64,
}

/// Who waits for an answer, and in which round.
pub(super) struct Waiting {
    pub(super) asker: AgentId,
    pub(super) correlation: CorrelationId,
    pub(super) round: u32,
}

impl Waiting {
    pub(super) fn of(envelope: &Envelope, round: u32) -> Self {
        Self { asker: envelope.sender().clone(), correlation: envelope.correlation(), round }
    }

    /// Whether both wait for the same vote: one question may be put by several, and again.
    fn is_same_vote(&self, other: &Self) -> bool {
        self.asker == other.asker && self.correlation == other.correlation
    }
}

/// A question that is thought about, or whose ballot is being recorded.
struct Open {
    question: Key,
    /// Tells it from an earlier or later thinking about the same question.
    ticket: u64,
    waiting: Vec<Waiting>,
    /// The voter's ballot, once there is one. From then on nothing stops it.
    ballot: Option<Arc<Ballot>>,
    /// Tells the voter to stop.
    stop: oneshot::Sender<()>,
}

/// What is to be done about a question.
pub(super) enum Next {
    /// Ask the voter, unless there is something to begin with.
    Think { ticket: u64, begins: Begins, stopped: oneshot::Receiver<()> },
    /// Say this again.
    Repeat(Arc<Ballot>),
    /// Say that there is no ballot.
    Fail(VoterError),
    /// The voter is at it already.
    Wait,
}

/// What the thinking about a question begins with.
pub(super) enum Begins {
    /// Nothing is known: ask the voter.
    Anew,
    /// Its ballot, which is to be written down.
    Recording(Arc<Ballot>),
    /// The numbers under which its ballot may stand in the journal, the latest first. Where none is it, ask the voter.
    Recalling(Vec<u64>),
}

/// All that an agent keeps.
pub(super) struct Desk {
    pub(super) most_open: usize,
    /// By their questions. Most agents think about one at a time, or none, and there are many agents: so this is no tree,
    /// which makes room for eleven at once.
    #[expect(clippy::vec_box, reason = "inserting moves pointers instead of what they point to")]
    open: Vec<Box<Open>>,
    pub(super) words: Words,
    tickets: u64,
    pub(super) counts: VoterCounts,
}

impl Desk {
    pub(super) fn new(most_open: usize, most_words: usize) -> Self {
        let (open, counts) = (Vec::new(), VoterCounts::default());
        Self { most_open, open, words: Words::new(most_words), tickets: 0, counts }
    }

    pub(super) fn thinking(&self) -> usize {
        self.open.len()
    }

    /// Takes in a question, by an agent that is about to leave or not.
    pub(super) fn take(&mut self, now: Timestamp, request: &Request, waiting: Waiting, leaves: bool) -> Next {
        let next = self.look(now, request, waiting, leaves);
        match &next {
            Next::Think { begins: Begins::Anew, .. } => self.counts.asked += 1,
            // Whether it was answered before, the journal will tell.
            Next::Think { begins: Begins::Recalling(_), .. } => {}
            Next::Think { .. } | Next::Repeat(_) | Next::Wait => self.counts.repeated += 1,
            // A failure that is told again was counted when it happened.
            Next::Fail(_) => {}
        }
        next
    }

    fn look(&mut self, now: Timestamp, request: &Request, waiting: Waiting, leaves: bool) -> Next {
        let question = Key::of(request);
        if let Some(open) = self.open_mut(&question) {
            let known = |other: &Waiting| other.round == waiting.round && other.is_same_vote(&waiting);
            if open.waiting.iter().any(known) {
                return Next::Wait;
            } else if open.waiting.len() >= ROUNDS {
                let proposal = request.proposal.id().clone();
                return self.turn_down(VoterError::TooManyRounds { proposal, limit: ROUNDS });
            }
            open.waiting.push(waiting);
            return Next::Wait;
        }
        let begins = match self.words.get(&question) {
            Some(Said::Ballot { ballot, kept: Kept::Here | Kept::At(_) }) => return Next::Repeat(ballot.clone()),
            Some(Said::Ballot { ballot, .. }) => Begins::Recording(ballot.clone()),
            Some(Said::Nothing(silence)) if silence.deadline == request.deadline => {
                let why = silence.why.clone();
                self.counts.repeated += 1;
                return Next::Fail(why);
            }
            // A failure that is in memory says nothing of a word that left it before.
            Some(Said::Nothing(_)) | None => match self.words.marks(&question) {
                marks if marks.is_empty() => Begins::Anew,
                // Whoever signed once and does not know what signs no more.
                marks if marks.contains(&0) => {
                    self.counts.forgotten += 1;
                    return Next::Fail(VoterError::Forgotten { proposal: request.proposal.id().clone() });
                }
                marks => Begins::Recalling(marks),
            },
        };
        // What was said is said again at any time.
        if now >= request.deadline && !matches!(begins, Begins::Recalling(_)) {
            return self.turn_down(VoterError::Deadline { deadline: request.deadline });
        }
        if leaves {
            return self.turn_down(VoterError::Leaving);
        }
        if self.open.len() >= self.most_open {
            return self.turn_down(VoterError::Busy { limit: self.most_open });
        }
        let (stop, stopped) = oneshot::channel();
        self.tickets += 1;
        let ticket = self.tickets;
        let ballot = match &begins {
            Begins::Recording(ballot) => Some(ballot.clone()),
            Begins::Anew | Begins::Recalling(_) => None,
        };
        let place = self.open.partition_point(|open| open.question < question);
        self.open.insert(place, Box::new(Open { question, ticket, waiting: vec![waiting], ballot, stop }));
        Next::Think { ticket, begins, stopped }
    }

    fn turn_down(&mut self, why: VoterError) -> Next {
        self.counts.turned_down += 1;
        Next::Fail(why)
    }

    /// Somebody's vote on this question is closed. When nobody else waits, the voter is told to stop. Says whether it was.
    pub(super) fn close(&mut self, question: &Key, closed: &Waiting) -> bool {
        let Some(open) = self.open_mut(question).filter(|open| open.ballot.is_none()) else { return false };
        open.waiting.retain(|waiting| !waiting.is_same_vote(closed));
        if !open.waiting.is_empty() {
            return false;
        }
        let ticket = open.ticket;
        if let Some(open) = self.remove(question, ticket) {
            // Whoever thought may be gone already.
            let _ = open.stop.send(());
        }
        self.counts.stopped += 1;
        true
    }

    /// Keeps the voter's ballot while it is being recorded: should nobody see to the end of that, it is known all the
    /// same. Not if the question was taken back meanwhile: somebody else may have thought about it since.
    pub(super) fn keep(&mut self, question: &Key, ticket: u64, ballot: &Arc<Ballot>) -> bool {
        let open = self.open_mut(question).filter(|open| open.ticket == ticket);
        open.map(|open| open.ballot = Some(ballot.clone())).is_some()
    }

    /// Ends the thinking about a question with a word, and gives who waits for it.
    pub(super) fn end(&mut self, question: &Key, ticket: u64, said: Said) -> Vec<Waiting> {
        match said {
            Said::Ballot { kept: Kept::Here | Kept::At(_), .. } => self.counts.answered += 1,
            Said::Ballot { kept: Kept::Not, .. } | Said::Nothing(_) => self.counts.failed += 1,
        }
        let Some(open) = self.remove(question, ticket) else { return Vec::new() };
        let Open { question, waiting, .. } = open;
        self.words.put(question, said);
        waiting
    }

    /// Ends the looking for a word with that word, and gives who waits for it.
    pub(super) fn recalled(&mut self, question: &Key, ticket: u64, ballot: Arc<Ballot>, seq: u64) -> Vec<Waiting> {
        self.counts.repeated += 1;
        let Some(Open { question, waiting, .. }) = self.remove(question, ticket) else { return Vec::new() };
        self.words.put(question, Said::Ballot { ballot, kept: Kept::At(seq) });
        waiting
    }

    /// Ends the looking for a word that cannot be read for now, and gives who waits for it. It is looked for again.
    pub(super) fn not_recalled(&mut self, question: &Key, ticket: u64, why: &VoterError) -> Vec<Waiting> {
        match why {
            VoterError::Forgotten { .. } => self.counts.forgotten += 1,
            _ => self.counts.failed += 1,
        }
        self.remove(question, ticket).map(|open| open.waiting).unwrap_or_default()
    }

    /// Ends the thinking about a question, because nobody sees to it any more.
    pub(super) fn abandon(&mut self, question: &Key, ticket: u64) {
        if let Some(Open { question, ballot: Some(ballot), .. }) = self.remove(question, ticket) {
            self.words.put(question, Said::Ballot { ballot, kept: Kept::Not });
        }
    }

    fn place(&self, question: &Key) -> Option<usize> {
        self.open.binary_search_by(|open| open.question.cmp(question)).ok()
    }

    fn open_mut(&mut self, question: &Key) -> Option<&mut Open> {
        let place = self.place(question)?;
        self.open.get_mut(place).map(Box::as_mut)
    }

    fn remove(&mut self, question: &Key, ticket: u64) -> Option<Open> {
        let place = self.place(question)?;
        let ours = self.open.get(place).is_some_and(|open| open.ticket == ticket);
        let open = ours.then(|| *self.open.remove(place));
        if self.open.is_empty() {
            // Ten thousand agents have had many questions at some time.
            self.open = Vec::new();
        }
        open
    }
}
