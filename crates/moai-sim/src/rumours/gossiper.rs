//! Whoever tells what it knows to a few others, round after round.

use std::sync::Arc;

use moai_consensus::{Choice, GossipDraws, learn_ballots};

use crate::world::{Effect, Input, Node};

/// How long a round takes, in microseconds.
const PERIOD: i64 = 150_000;

/// Whoever tells what it knows to a few others, round after round. Its own ballot is durable before anybody hears of it;
/// what it was told a crash may take back.
#[derive(Debug)]
pub struct Gossiper {
    place: u32,
    /// How many there are to tell: those who vote, and whoever else is there.
    around: usize,
    fanout: u32,
    seed: u64,
    round: u32,
    own: Option<Choice>,
    known: Vec<u64>,
    ballots: Vec<Option<Choice>>,
}

/// What one knows: a bit for each ballot, and the ballots.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Heard {
    /// Whether the other one is to say what it knows besides.
    pub asks: bool,
    known: Arc<[u64]>,
    ballots: Arc<[Option<Choice>]>,
}

type Effects = Vec<Effect<Heard, ()>>;

impl Gossiper {
    /// A gossiper that begins, or begins again with what its disk has kept: one of so many who vote, with so many around.
    #[must_use]
    pub fn start(place: u32, members: u32, around: u32, fanout: u32, seed: u64, records: &[Arc<[u8]>]) -> Self {
        let known = vec![0; (members as usize).div_ceil(64)];
        let ballots = vec![None; members as usize];
        let around = around as usize;
        let mut it = Self { place, around, fanout, seed, round: 0, own: None, known, ballots };
        for record in records {
            let Some((of, [choice])) = record.split_first_chunk() else { continue };
            let of = u32::from_le_bytes(*of);
            let choice = Choice::ALL.into_iter().find(|known| *known as u8 == *choice);
            it.note(of, choice);
            if of == place {
                it.own = choice;
            }
        }
        it
    }

    /// The ballots that it knows, one for each place.
    #[must_use]
    pub fn ballots(&self) -> &[Option<Choice>] {
        &self.ballots
    }

    fn note(&mut self, of: u32, choice: Option<Choice>) {
        if let Some(word) = self.known.get_mut(of as usize / 64) {
            *word |= 1 << (of % 64);
        }
        if let Some(ballot) = self.ballots.get_mut(of as usize) {
            *ballot = choice;
        }
    }

    fn record(of: u32, choice: Choice) -> Arc<[u8]> {
        let [a, b, c, d] = of.to_le_bytes();
        [a, b, c, d, choice as u8][..].into()
    }

    fn vote(&mut self, choice: Choice, out: &mut Effects) {
        if self.own.is_none() {
            self.own = Some(choice);
            self.note(self.place, Some(choice));
            out.push(Effect::Persist(Self::record(self.place, choice)));
            out.push(Effect::Tell(()));
        }
    }

    fn says(&self, asks: bool) -> Heard {
        Heard { asks, known: self.known.as_slice().into(), ballots: self.ballots.as_slice().into() }
    }

    fn tell(&mut self, now: i64, out: &mut Effects) {
        self.round = self.round.wrapping_add(1);
        let mut places = vec![0; self.fanout as usize];
        let draws = GossipDraws::new(self.seed, self.round);
        let said = self.says(true);
        for peer in draws.peers(self.place as usize, self.around, &mut places) {
            out.push(Effect::Send { to: u32::try_from(*peer).ok(), message: said.clone() });
        }
        out.push(Effect::Arm(now + PERIOD));
    }

    fn hear(&mut self, from: u32, heard: &Heard, out: &mut Effects) {
        let before = self.known.clone();
        if learn_ballots(&mut self.known, &heard.known) {
            for (of, (mine, theirs)) in (0..).zip(self.ballots.iter_mut().zip(&*heard.ballots)) {
                if let (None, Some(choice)) = (*mine, *theirs) {
                    *mine = Some(choice);
                    out.push(Effect::Write(Self::record(of, choice)));
                }
            }
        }
        let more = before.iter().zip(&*heard.known).any(|(mine, theirs)| mine & !theirs != 0);
        if heard.asks && more {
            out.push(Effect::Send { to: Some(from), message: self.says(false) });
        }
    }
}

impl Node for Gossiper {
    type Message = Heard;
    type Command = Choice;
    type News = ();

    fn handle(&mut self, now: i64, input: Input<Heard, Choice>, out: &mut Effects) {
        match input {
            Input::Start | Input::Tick => self.tell(now, out),
            Input::Do(choice) => self.vote(choice, out),
            Input::Hear { from, message } => self.hear(from, &message, out),
        }
    }
}
