//! What a vote over several rounds says besides, under the documents' keys.
//!
//! **Four lists, never merged**: who provably said two things, who changed its mind as far as was seen here, who fell
//! silent, and who is of another opinion. Only the first is malice.

use moai_core::{AgentId, Map};

use super::voices::{Loss, Voice};
use super::{ByzantineSession, readable};
use crate::Decision;

impl ByzantineSession {
    /// The report. All lists are in the order of readers: `agent-9` before `agent-10`.
    pub(super) fn report(&self, decision: Decision, at_deadline: bool) -> Map {
        let who = |wanted: &dyn Fn(&Voice) -> bool| {
            let all = self.ledger.opening.electorate.electors().iter().zip(self.voices.iter());
            named(all.filter(|(_, voice)| wanted(voice)).map(|(elector, _)| elector.id.clone()).collect())
        };
        let lost = |loss| move |voice: &Voice| voice.lost == Some(loss);
        let (proven, unstable) = (who(&lost(Loss::Proven)), who(&lost(Loss::Unstable)));
        let silent = who(&|voice| voice.lost == Some(Loss::Silent) || (at_deadline && self.voices.waits_for(voice)));
        let dissenting = named(self.ledger.dissent(decision).into_iter().map(|dissent| dissent.voter).collect());
        let count = |wanted: &dyn Fn(&Voice) -> bool| self.voices.iter().filter(|voice| wanted(voice)).count();
        let (malicious, means) =
            if proven.is_empty() { (unstable.clone(), "unstable") } else { (proven.clone(), "proven") };
        let took_part = count(&|voice| voice.answered() > 0);
        let honest = count(&|voice| voice.answered() > 0 && voice.lost.is_none());
        let strayed = |voice: &&Voice| matches!(voice.lost, Some(Loss::Proven | Loss::Unstable));
        let strayed: u64 = self.voices.iter().filter(strayed).map(Voice::weight).sum();

        let mut report = Map::new();
        report.insert("fault_tolerance", self.bound.faults);
        report.insert("agreement_threshold", self.quorum());
        report.insert("total_participants", took_part as u64);
        report.insert("honest_participants", honest as u64);
        report.insert("malicious_detected", malicious.len() as u64);
        report.insert("malicious_agents", malicious);
        report.insert("malicious_means", means);
        // More that strayed than may lie: what the vote rests on does not hold.
        report.insert("byzantine_safe", strayed <= self.bound.faults);
        report.insert("proven", proven);
        report.insert("unstable", unstable);
        report.insert("silent", silent);
        report.insert("dissenting", dissenting);
        report.insert("rounds", self.bound.rounds);
        report.insert("rounds_completed", self.rounds_completed());
        report
    }
}

fn named(mut names: Vec<AgentId>) -> Vec<String> {
    readable::sort(&mut names);
    names.into_iter().map(|name| name.to_string()).collect()
}
