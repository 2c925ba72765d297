//! Who tells the story, line by line.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use moai_flow::consensus::{Choice, Entry};
use moai_flow::sim::stack::Ground;
use moai_flow::{Head, Record};
use tokio::sync::mpsc::Sender;

use super::beat::{Beat, Title, Verdict};
use super::fact::Fact;
use super::picture::{Mood, Picture};
use super::stand_still::stand_still;

/// Nobody watches any more.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("nobody watches any more; the story ends here")]
pub(super) struct Unwatched;

/// Tells the story, line by line, to whoever watches; the story's clock stands still until it is taken in.
#[derive(Debug, Clone)]
pub(super) struct Teller {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    ground: Ground,
    beats: Sender<Beat>,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    scene: usize,
    began_ms: u64,
    picture: Picture,
    verdict: Verdict,
}

impl Teller {
    pub(super) fn new(ground: Ground, beats: Sender<Beat>) -> Self {
        Self { shared: Arc::new(Shared { ground, beats, state: Mutex::default() }) }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.shared.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn beat(&self, beat: Beat) -> Result<(), Unwatched> {
        stand_still(self.shared.beats.send(beat)).map_err(|_| Unwatched)
    }

    fn now_ms(&self) -> u64 {
        u64::try_from(self.shared.ground.now().as_millis()).unwrap_or(u64::MAX)
    }

    /// A scene begins.
    pub(super) fn scene(&self, title: Title) -> Result<(), Unwatched> {
        let now = self.now_ms();
        let mut state = self.state();
        (state.scene, state.began_ms, state.picture) = (title.number, now, title.picture.clone());
        drop(state);
        self.beat(Beat::Scene(title))
    }

    /// A line.
    pub(super) fn fact(&self, mut fact: Fact) -> Result<(), Unwatched> {
        let now = self.now_ms();
        let mut state = self.state();
        (fact.scene, fact.at_ms) = (state.scene, now.saturating_sub(state.began_ms));
        if let Some(holds) = fact.holds {
            state.verdict.checked += 1;
            state.verdict.failed += u64::from(!holds);
        }
        drop(state);
        self.beat(Beat::Fact(fact))
    }

    /// Others are on stage, or something about them changes.
    pub(super) fn look(&self, change: impl FnOnce(&mut Picture)) -> Result<(), Unwatched> {
        let mut state = self.state();
        change(&mut state.picture);
        let picture = state.picture.clone();
        drop(state);
        self.beat(Beat::Look(picture))
    }

    /// The journal was verified up to here.
    pub(super) fn verified(&self, head: Head) {
        self.state().verdict.head = Some(head);
    }

    /// It is over.
    pub(super) fn end(&self) -> Verdict {
        let verdict = self.state().verdict;
        // Whoever has left does not hear it.
        let _ = self.beat(Beat::End(verdict));
        verdict
    }

    /// Tells what was written down. What it cannot read it does not tell: verifying the journal finds that.
    pub(super) fn written(&self, record: &Record) -> Result<(), Unwatched> {
        match Entry::from_payload(&record.kind, &record.payload) {
            Ok(Some(entry)) => self.entry(&entry),
            _ => Ok(()),
        }
    }

    fn entry(&self, entry: &Entry) -> Result<(), Unwatched> {
        match entry {
            Entry::Opened(opening) => {
                let may_vote = |name: &str| opening.electorate.ids().any(|id| id.as_str() == name);
                self.look(|picture| {
                    if picture.cut.is_some() {
                        return; // Who is cut off does not hear that it is asked anew.
                    }
                    for seat in picture.seats.iter_mut().filter(|seat| may_vote(&seat.name)) {
                        (seat.mood, seat.says) = (Mood::Waits, String::new());
                    }
                })?;
                let asked = opening.proposal.content().get("question").and_then(|it| it.as_text());
                let text = format!("asked: {}", asked.unwrap_or(opening.proposal.id().as_str()));
                self.fact(Fact::event("asked", text).with("proposal", opening.proposal.id().as_str()))
            }
            // In later rounds of a vote everybody repeats their word.
            Entry::Ballot(ballot) if ballot.round <= 1 => {
                let mood = match ballot.choice {
                    Choice::For => Mood::For,
                    Choice::Against => Mood::Against,
                    Choice::Abstain => Mood::Waits,
                };
                self.look(|picture| picture.seat(ballot.voter.as_str(), mood, &ballot.reason))?;
                let said = format!("{} is {} it: \"{}\"", ballot.voter, ballot.choice, ballot.reason);
                self.fact(Fact::event("ballot", said).with("voter", ballot.voter.as_str()))
            }
            Entry::Evidence(evidence) => {
                let voter = evidence.voter();
                let said = format!("signed {} and {}", evidence.first.choice, evidence.second.choice);
                self.look(|picture| picture.seat(voter.as_str(), Mood::Lied, &said))?;
                let text = format!("{voter} {said}: both ballots are kept, whole");
                self.fact(Fact::event("caught", text).with("voter", voter.as_str()))
            }
            Entry::Vetoed { by, reason, .. } => {
                self.look(|picture| picture.seat(by.as_str(), Mood::Against, reason))?;
                self.fact(Fact::event("veto", format!("{by} vetoes it: \"{reason}\"")).with("by", by.as_str()))
            }
            _ => Ok(()),
        }
    }
}
