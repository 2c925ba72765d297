//! What a person votes on, checked before it is shown.

use moai_flow::consensus::{Electorate, Request};
use moai_flow::{Limits, ProposalId, Value};

use super::binding::{Binding, BoundVoter};
use super::socket::{Seen, unhex};
use super::terms::{Terms, check_expiry, hold_content};
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
        let request = Request::from_bytes(&bytes, &Limits::default()).map_err(|why| wrong(&why.to_string()))?;
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
        if !seen.held {
            check_expiry(&binding, request.deadline).map_err(&wrong)?;
        }
        let (electorate, rule_in_words) = (terms.electorate(seen.held).clone(), terms.rule_in_words());
        if request.electorate != electorate.digest() || request.rule != terms.ruling(seen.held) {
            return Err(wrong("ballots would be bound to other voters, or another rule"));
        }
        Ok(Self { binding, request, electorate, rule_in_words })
    }

    /// For a person.
    pub(crate) fn text(&self, seen: &Seen) -> String {
        let row = |name: &str, text: &str| format!("{name:<8} {}", harmless(text));
        let mut rows = vec![row("gate", &seen.gate)];
        rows.extend(self.binding.rows().into_iter().map(|(name, text)| row(name, &text)));
        for BoundVoter { name, what, .. } in &self.binding.voters {
            let stands = seen.standings.iter().find(|stands| stands.voter == *name);
            let said = stands.and_then(|stands| Some((stands.said.as_deref()?, stands.reason.as_str())));
            let said = match said {
                None => "has not spoken".to_owned(),
                Some((word, "")) => format!("said {word}"),
                Some((word, reason)) => format!("said {word}: {reason}"),
            };
            rows.push(row("voter", &format!("{name} ({what}) {said}")));
        }
        rows.push(row("passes", &format!("with {}", self.rule_in_words)));
        let veto = match self.binding.veto_s {
            veto if veto.is_none() => "no time for one after it is approved".to_owned(),
            veto => format!("for {veto} s after it is approved"),
        };
        rows.push(row("veto", &veto));
        rows.push(row("good", &format!("until {}", self.binding.expires_at)));
        let deadline = self.request.deadline;
        rows.push(if seen.held {
            row("stands", &format!("approved; runs at {deadline}, unless somebody stops it"))
        } else {
            row("stands", &format!("open until {deadline}"))
        });
        let words = if seen.held { "for|veto" } else { "for|against|abstain|veto" };
        rows.push(row("vote", &format!("moai vote {} {words} --as {}", seen.gate, seen.may.join("|"))));
        rows.join("\n")
    }
}
