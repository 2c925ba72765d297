//! Phase A: ballots, until the rule is determined or the deadline has passed.

use moai_core::Timestamp;

use super::agent::Agent;
use super::{Kind, Message, Offence, Refusal, Said, Statement};

impl Agent {
    /// On Request(I) an agent decides once, journals, broadcasts Ballot(I, choice, H(reason), confidence, revision 0).
    pub(super) fn vote(&mut self, now: Timestamp, statement: Statement) {
        if self.agreed.is_none() && self.breach.is_none() && statement.choice.is_some() && now < self.setting.deadline()
        {
            self.say(now, &Message::Statement(statement));
        }
    }

    /// Takes a statement in; all relay ballots (a grow-only map).
    pub(super) fn take_statement(&mut self, said: Said) -> Result<(), Refusal> {
        if !self.statements.lacks(&said) {
            return Ok(());
        }
        said.message()?;
        if said.verify(&self.setting, self.verifier.as_ref()).is_err() {
            return Err(Refusal::Unsigned { by: said.by() });
        }
        self.learn(&said);
        Ok(())
    }

    /// Takes in a statement that is genuine.
    pub(super) fn learn(&mut self, said: &Said) {
        let first = self.statements.first(said.by()).cloned();
        if self.statements.take(said)
            && let Some(first) = first
        {
            self.accuse(Offence::DoubleStatement, first, Some(said.clone()));
        }
    }

    /// The phase ends when the rule is determined, or at deadline D.
    pub(super) fn end_phase_a(&mut self, now: Timestamp) {
        let over = now >= self.setting.deadline();
        // Who had no ballot says so: an outcome that expired carries ballots, or statements that there are none.
        if over && !self.mine.has(Kind::Statement, 0) {
            self.say(now, &Message::Statement(Statement::none()));
        }
        if self.view == 0 && (over || self.statements.is_determined(&self.setting)) {
            self.enter(now, 1, false);
        }
    }
}
