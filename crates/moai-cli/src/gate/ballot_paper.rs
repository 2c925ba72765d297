//! What a person votes on, checked before it is shown.

use moai_flow::consensus::{Electorate, Request, Ruling, Unanimous};
use moai_flow::{Limits, Value};

use super::binding::Binding;
use super::rule::WrittenRule;
use super::socket::{Seen, unhex};
use super::voter::{electorate, holders};
use crate::failure::Failure;
use crate::os_text::OsText;
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
        let voters = binding.voters()?;
        let everybody = electorate(&voters)?;
        let rule = WrittenRule::read(&binding.rule).map_err(|why| wrong(&why.to_string()))?;
        let rule = rule.for_voters(&everybody).map_err(|why| wrong(&why.to_string()))?;
        let rule_in_words = rule.words_for(&everybody);
        let asked = request.proposal.content();
        let (electorate, rule) = if seen.held {
            let held = asked.get("content").and_then(Value::as_text);
            if asked.get("action").and_then(Value::as_text) != Some("hold")
                || held != Some(&content.digest().to_string())
            {
                return Err(wrong("it holds something else"));
            }
            (holders(&voters)?, Ruling::of(&Unanimous))
        } else if *asked == content {
            (everybody, Ruling::of(rule.as_ref()))
        } else {
            return Err(wrong("the question is another one"));
        };
        request.check().map_err(|why| wrong(&why.to_string()))?;
        if request.electorate != electorate.digest() || request.rule != rule {
            return Err(wrong("ballots would be bound to other voters, or another rule"));
        }
        Ok(Self { binding, request, electorate, rule_in_words })
    }

    /// For a person.
    pub(crate) fn text(&self, seen: &Seen) -> String {
        let Binding { argv, cwd, program, files, env, veto_s, expires_at, .. } = &self.binding;
        let argv: Vec<String> = argv.iter().map(OsText::quoted).collect();
        let row = |name: &str, text: &str| format!("{name:<8} {}", harmless(text));
        let mut rows = vec![
            row("gate", &seen.gate),
            row("command", &argv.join(" ")),
            row("in", cwd.text()),
            row("program", &format!("{} ({}), sha256 {}", program.path.text(), program.how, program.digest)),
        ];
        for file in files {
            rows.push(row("file", &format!("{} = {}, sha256 {}", file.name, file.path.text(), file.digest)));
        }
        for variable in env {
            let digest = variable.digest.as_ref().map_or("not set".to_owned(), |digest| format!("sha256 {digest}"));
            rows.push(row("env", &format!("{}, {digest}", variable.name)));
        }
        let spoke = if seen.spoke.is_empty() { "nobody yet".to_owned() } else { seen.spoke.join(", ") };
        let stands = if seen.held { "approved, and can still be stopped" } else { "open" };
        rows.push(row("passes", &format!("with {}", self.rule_in_words)));
        rows.push(row("veto", &format!("{veto_s} s after it is approved")));
        rows.push(row("expires", &expires_at.to_string()));
        rows.push(row("stands", &format!("{stands}; may vote: {}; have: {spoke}", seen.may.join(", "))));
        rows.join("\n")
    }
}
