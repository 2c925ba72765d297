//! What a person votes on, checked before it is shown.

use moai_flow::consensus::{Electorate, Request};
use moai_flow::{Limits, ProposalId, Value};

use super::binding::Binding;
use super::socket::{Seen, unhex};
use super::terms::{Terms, hold_content};
use crate::failure::Failure;
use crate::output::harmless;

/// What a person votes on. What is shown of it is what ballots are bound to: that has been computed anew here.
#[derive(Debug)]
pub(crate) struct BallotPaper {
    pub(crate) binding: Binding,
    pub(crate) request: Request,
    pub(crate) electorate: Electorate,
    pub(crate) rule_in_words: String,
}

impl BallotPaper {
    /// Checks what a gate says.
    ///
    /// # Errors
    ///
    /// When the question is not about what is shown.
    pub(crate) fn read(seen: &Seen) -> Result<Self, Failure> {
        let wrong = |why: &str| {
            let what = format!("gate {} does not ask about what it shows: {why}; nothing was said", seen.gate);
            Failure::failed("vote.other", what)
        };
        let bytes = unhex(&seen.request).ok_or_else(|| wrong("the question cannot be read"))?;
        let request = Request::read(&bytes, &Limits::default()).map_err(|why| wrong(&why.to_string()))?;
        let content = Value::from_json(&seen.content).map_err(|why| wrong(&why.to_string()))?;
        let binding = Binding::read(&content).ok_or_else(|| wrong("it cannot be read"))?;
        let terms = Terms::of(&binding)?;
        let asked = request.proposal.content();
        let gate = ProposalId::new(&seen.gate).map_err(|why| wrong(&why.to_string()))?;
        let due = if seen.held { hold_content(&gate, content.digest()) } else { content };
        if *asked != due {
            return Err(wrong(if seen.held { "it holds something else" } else { "the question is another one" }));
        }
        request.check().map_err(|why| wrong(&why.to_string()))?;
        let (electorate, rule_in_words) = (terms.electorate(seen.held).clone(), terms.rule_in_words());
        if request.electorate != electorate.digest() || request.rule != terms.ruling(seen.held) {
            return Err(wrong("ballots would be bound to other voters, or another rule"));
        }
        Ok(Self { binding, request, electorate, rule_in_words })
    }

    /// For a person.
    pub(crate) fn text(&self, seen: &Seen) -> String {
        let Binding { veto_s, expires_at, .. } = &self.binding;
        let row = |name: &str, text: &str| format!("{name:<8} {}", harmless(text));
        let mut rows = vec![row("gate", &seen.gate)];
        rows.extend(self.binding.rows().into_iter().map(|(name, text)| row(name, &text)));
        let spoke = if seen.spoke.is_empty() { "nobody yet".to_owned() } else { seen.spoke.join(", ") };
        let stands = if seen.held { "approved, and can still be stopped" } else { "open" };
        rows.push(row("passes", &format!("with {}", self.rule_in_words)));
        rows.push(row("veto", &format!("{veto_s} s after it is approved")));
        rows.push(row("expires", &expires_at.to_string()));
        rows.push(row("stands", &format!("{stands}; may vote: {}; have: {spoke}", seen.may.join(", "))));
        rows.join("\n")
    }
}
