//! What each voter said round by round, and what can still come of it. Counting one ballot costs the same however many
//! voters there are.

use std::sync::Arc;

use crate::{Ballot, Choice, Electorate, Evidence};

/// Why a voter is heard no more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Loss {
    /// Did not answer a round before it closed.
    Silent,
    /// Answered with what is no ballot.
    Invalid,
    /// Changed its mind, as far as was seen here.
    Unstable,
    /// Provably said two things.
    Proven,
}

/// Whether a voter can still be confirmed for it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Reach {
    Yes,
    /// It could, had it not been silent.
    ButForSilence,
    No,
}

/// One voter.
#[derive(Default)]
pub(super) struct Voice {
    /// Its ballots, one of each round from the first.
    ballots: Vec<Arc<Ballot>>,
    pub(super) lost: Option<Loss>,
    weight: u64,
}

impl Voice {
    pub(super) fn weight(&self) -> u64 {
        self.weight
    }

    /// How many rounds it has answered.
    pub(super) fn answered(&self) -> usize {
        self.ballots.len()
    }

    /// Its ballot of a round.
    pub(super) fn in_round(&self, round: u32) -> Option<&Arc<Ballot>> {
        self.ballots.get(usize::try_from(round).ok()?.checked_sub(1)?)
    }

    /// What a ballot shows together with those that are kept.
    pub(super) fn contradiction(&self, ballot: &Ballot) -> Option<Evidence> {
        let first = self.in_round(ballot.round).or(self.ballots.first())?;
        Evidence::of(first, ballot)
    }

    fn reach(&self) -> Reach {
        let willing = self.ballots.first().is_none_or(|ballot| ballot.choice == Choice::For);
        match self.lost {
            None if willing => Reach::Yes,
            Some(Loss::Silent) if willing => Reach::ButForSilence,
            _ => Reach::No,
        }
    }
}

/// All of them.
pub(super) struct Voices {
    all: Vec<Voice>,
    /// Weights by [`Reach`].
    within_reach: u64,
    fell_silent: u64,
    /// The weight of those who are proven liars.
    pub(super) proven: u64,
    /// How many the round at hand still waits for.
    pub(super) waiting: usize,
    /// How many are still heard.
    pub(super) heard: usize,
    round: usize,
}

impl Voices {
    /// Nobody has said anything yet; the first round is at hand.
    pub(super) fn new(electorate: &Electorate) -> Self {
        let all: Vec<Voice> =
            electorate.electors().iter().map(|its| Voice { weight: its.weight, ..Voice::default() }).collect();
        let (within_reach, heads) = (electorate.total_weight(), all.len());
        Self { all, within_reach, fell_silent: 0, proven: 0, waiting: heads, heard: heads, round: 1 }
    }

    pub(super) fn get(&self, place: usize) -> Option<&Voice> {
        self.all.get(place)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Voice> {
        self.all.iter()
    }

    /// The weight that can still be confirmed for it.
    pub(super) fn within_reach(&self) -> u64 {
        self.within_reach
    }

    /// The same, had nobody been silent.
    pub(super) fn within_reach_but_for_silence(&self) -> u64 {
        self.within_reach + self.fell_silent
    }

    /// Takes in a voter's ballot of the round at hand.
    pub(super) fn say(&mut self, place: usize, ballot: Arc<Ballot>) {
        self.change(place, |voice| voice.ballots.push(ballot));
    }

    /// Hears a voter no more.
    pub(super) fn lose(&mut self, place: usize, loss: Loss) {
        self.change(place, |voice| voice.lost = Some(loss));
    }

    /// Whether the round at hand waits for a voter.
    pub(super) fn waits_for(&self, voice: &Voice) -> bool {
        voice.lost.is_none() && voice.answered() < self.round
    }

    /// The places of those for whom the round at hand waits.
    pub(super) fn thinking(&self) -> Vec<usize> {
        self.all.iter().enumerate().filter(|(_, voice)| self.waits_for(voice)).map(|(place, _)| place).collect()
    }

    /// Begins the next round: it waits for everybody who is still heard.
    pub(super) fn next_round(&mut self) {
        self.round += 1;
        self.waiting = self.heard;
    }

    fn change(&mut self, place: usize, change: impl FnOnce(&mut Voice)) {
        let round = self.round;
        let Some(voice) = self.all.get_mut(place) else { return };
        let look = |voice: &Voice| {
            (voice.reach(), voice.lost, usize::from(voice.lost.is_none() && voice.ballots.len() < round))
        };
        let (reach_before, lost_before, waited_before) = look(voice);
        change(voice);
        let (reach, lost, waited) = look(voice);
        let weight = voice.weight;
        match reach_before {
            Reach::Yes => self.within_reach -= weight,
            Reach::ButForSilence => self.fell_silent -= weight,
            Reach::No => {}
        }
        match reach {
            Reach::Yes => self.within_reach += weight,
            Reach::ButForSilence => self.fell_silent += weight,
            Reach::No => {}
        }
        if lost == Some(Loss::Proven) && lost_before != lost {
            self.proven += weight;
        }
        self.heard -= usize::from(lost_before.is_none() && lost.is_some());
        self.waiting = self.waiting + waited - waited_before;
    }
}
