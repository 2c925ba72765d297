//! An agent of an agreement as a node of a world.

use std::sync::Arc;

use moai_consensus::Choice;
use moai_consensus::one_shot::{Agent, Agreed, Breach, Input as Asked, Output, Proof, Refusal, Setting, Statement};
use moai_core::{Coded, Timestamp};

use super::Keys;
use crate::Violation;
use crate::invariant::{bounded_memory, persisted_first};
use crate::world::{Effect, Input, Node};

/// An agent of an agreement as a node of a world. Asked for its vote, it gives its choice; asked again after a crash it
/// would give another one, which must not matter.
#[derive(Debug)]
pub struct Member {
    agent: Agent,
    choice: Choice,
    back: bool,
    most: usize,
    order: Result<(), Violation>,
}

/// What an observer is told of an agreement.
#[derive(Debug, Clone)]
pub enum Told {
    /// It is decided.
    Decided(Arc<Agreed>),
    /// Somebody is accused.
    Accused(Arc<Proof>),
    /// More lie than may: it claims no outcome.
    Beyond(Arc<Breach>),
    /// Something had no effect: the code says why.
    Refused(&'static str),
    /// A view was entered: the observer may know how far it came.
    Unknown,
}

impl Member {
    /// A member that begins, or begins again: `life` says how often it has been back.
    ///
    /// # Errors
    ///
    /// What its disk has kept is not what it wrote.
    pub fn start(
        setting: &Setting,
        keys: &Keys,
        place: u32,
        life: u32,
        choice: Choice,
        records: &[Arc<[u8]>],
    ) -> Result<Self, String> {
        let signer = keys.signer(place).ok_or("nobody has that place")?.clone();
        let (setting, verifier) = (setting.clone(), keys.verifier().clone());
        let members = setting.electorate().len();
        let agent = if life == 0 {
            Agent::new(setting, place, signer, verifier)
        } else {
            Agent::restore(setting, place, signer, verifier, records).map_err(|why| why.to_string())?
        };
        let choice = match (life % 2, choice) {
            (0, choice) => choice,
            (_, Choice::For) => Choice::Against,
            (_, _) => Choice::For,
        };
        // Votes of three kinds and two proposals in 33 views, what is said once, and the chain.
        let most = 33 * (3 * members + 2) + 10 * members + 3 * 33 + 10;
        Ok(Self { agent, choice, back: life > 0, most, order: Ok(()) })
    }

    /// What was agreed on, once it is.
    #[must_use]
    pub const fn agreed(&self) -> Option<&Arc<Agreed>> {
        self.agent.agreed()
    }

    /// Whether it has come to an end: there is an outcome, or it is shown that there can be none.
    #[must_use]
    pub const fn is_settled(&self) -> bool {
        self.agent.agreed().is_some() || self.agent.breach().is_some()
    }

    /// The view that it is in.
    #[must_use]
    pub const fn view(&self) -> u64 {
        self.agent.view()
    }

    fn give(&mut self, now: i64, input: Asked, out: &mut Vec<Effect<Arc<[u8]>, Told>>) {
        let outputs = self.agent.handle(moment(now), input);
        if self.order.is_ok() {
            self.order = persisted_first(outputs.iter().map(|output| matches!(output, Output::Persist(_))));
        }
        out.extend(outputs.into_iter().map(|output| match output {
            Output::Persist(record) => Effect::Persist(record),
            Output::Send { to, bytes } => Effect::Send { to, message: bytes },
            Output::Arm(time) => Effect::Arm(time.unix_micros()),
            Output::Decided(agreed) => Effect::Tell(Told::Decided(agreed)),
            Output::Evidence(proof) => Effect::Tell(Told::Accused(proof)),
            Output::FaultBoundExceeded(breach) => Effect::Tell(Told::Beyond(breach)),
            Output::Refused { why, .. } => Effect::Tell(Told::Refused(code(&why))),
            _ => Effect::Tell(Told::Unknown),
        }));
    }

    fn vote(&mut self, now: i64, out: &mut Vec<Effect<Arc<[u8]>, Told>>) {
        self.give(now, Asked::Vote(Statement::ballot(self.choice).because("so")), out);
    }
}

fn code(why: &Refusal) -> &'static str {
    why.code()
}

/// A time of a world as a moment.
pub(super) fn moment(micros: i64) -> Timestamp {
    Timestamp::from_unix_micros(micros).unwrap_or(Timestamp::MAX)
}

impl Node for Member {
    type Message = Arc<[u8]>;
    type Command = ();
    type News = Told;

    fn handle(&mut self, now: i64, input: Input<Arc<[u8]>, ()>, out: &mut Vec<Effect<Arc<[u8]>, Told>>) {
        match input {
            Input::Start => {
                self.give(now, Asked::Start, out);
                if self.back {
                    self.vote(now, out);
                }
            }
            Input::Hear { from, message } => self.give(now, Asked::Packet { from, bytes: message }, out),
            Input::Do(()) => self.vote(now, out),
            Input::Tick => self.give(now, Asked::Tick, out),
        }
    }

    fn check(&self) -> Result<(), Violation> {
        self.order.clone()?;
        let view = usize::try_from(self.agent.view()).unwrap_or(usize::MAX);
        bounded_memory(self.agent.held(), self.most.saturating_add(view))
    }
}
