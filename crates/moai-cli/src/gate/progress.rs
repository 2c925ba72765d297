//! What whoever runs a gate sees of it, on the standard error: the standard output belongs to the command.

use std::io::{self, IsTerminal as _};
use std::time::Duration;

use moai_flow::consensus::{Choice, Decision, Entry};
use moai_flow::{Head, ProposalId};
use serde_json::{Value, json};
use tokio::time::Instant;
use unicode_width::UnicodeWidthChar as _;

use super::duration::write_duration;
use super::end::FAILED;
use super::people::Stands;
use super::plan::Plan;
use crate::cli::Common;
use crate::output::{coloured, harmless, json_line, obeys, put};

/// What whoever runs a gate sees of it.
#[derive(Debug)]
pub(super) struct Progress {
    manner: Manner,
    /// Only what went wrong is said.
    quiet: bool,
    /// More is said.
    verbose: bool,
    colours: bool,
    gate: ProposalId,
    rule: String,
    voters: Vec<(String, Standing)>,
    /// Until when it is open, and what for.
    until: Option<(Instant, &'static str)>,
    /// How many lines stand there that are to be drawn anew.
    drawn: usize,
    /// What is asked of whoever sits here.
    question: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Manner {
    Json,
    Lines,
    Live,
}

/// How a voter stands.
#[derive(Debug, Clone)]
enum Standing {
    Awaited,
    Said(Choice, String),
    Failed(String),
    Released,
}

impl Progress {
    pub(super) fn new(common: &Common, gate: &ProposalId, plan: &Plan) -> Self {
        let terminal = obeys(io::stderr().is_terminal());
        let manner = match () {
            () if common.json => Manner::Json,
            () if terminal && !common.quiet => Manner::Live,
            () => Manner::Lines,
        };
        let colours = coloured(io::stderr().is_terminal());
        let voters = plan.voters.iter().map(|voter| (voter.id.to_string(), Standing::Awaited)).collect();
        let rule = plan.rule_in_words.clone();
        let (quiet, verbose) = (common.quiet, common.verbose);
        Self {
            manner,
            quiet,
            verbose,
            colours,
            gate: gate.clone(),
            rule,
            voters,
            until: None,
            drawn: 0,
            question: None,
        }
    }

    /// Says that it is open.
    pub(super) fn opened(&mut self, command: &str, timeout: Duration) {
        self.until = Instant::now().checked_add(timeout).map(|until| (until, "open for"));
        let (gate, rule) = (self.gate.clone(), self.rule.clone());
        let names: Vec<&str> = self.voters.iter().map(|(name, _)| name.as_str()).collect();
        let event = json!({"event": "opened", "gate": gate, "command": command, "rule": rule, "voters": names});
        let plain = format!(
            "moai: gate {gate} asks {} about: {command}\nmoai: it passes with {}",
            names.join(", "),
            harmless(&rule)
        );
        self.tell(&event, &plain);
    }

    /// Says what was written down.
    pub(super) fn written(&mut self, entry: &Entry) {
        match entry {
            Entry::Ballot(ballot) if *ballot.proposal.as_str() == *self.gate.as_str() => {
                self.stands(ballot.voter.as_str(), Standing::Said(ballot.choice, ballot.reason.clone()));
            }
            Entry::Invalid { invalid, proposal, .. } if *proposal == self.gate => {
                self.stands(invalid.voter.as_str(), Standing::Failed(invalid.cause.clone()));
            }
            Entry::Decided(outcome) if outcome.proposal == self.gate => {
                for (_, standing) in &mut self.voters {
                    if matches!(standing, Standing::Awaited) {
                        *standing = Standing::Released;
                    }
                }
                self.settle();
                // Of every other decision the end of the gate is told, in one word.
                if outcome.decision == Decision::Approved {
                    let event = json!({"event": "decided", "gate": self.gate, "decision": outcome.decision.as_str(), "why": outcome.why});
                    self.tell(&event, &format!("moai: {}: {}", outcome.decision, harmless(&outcome.why)));
                }
            }
            _ => {}
        }
    }

    fn stands(&mut self, name: &str, standing: Standing) {
        let Some(voter) = self.voters.iter_mut().find(|(voter, _)| voter == name) else { return };
        voter.1 = standing;
        let (word, reason) = said(&voter.1);
        let missing = self.missing();
        let event = json!({"event": "vote", "gate": self.gate, "voter": name, "said": word, "reason": reason, "missing": missing});
        let reason = if reason.is_empty() { String::new() } else { format!(": {}", harmless(&reason)) };
        let waits = if missing.is_empty() { String::new() } else { format!(" (waiting for {})", missing.join(", ")) };
        // The table says it.
        if self.manner == Manner::Live {
            return self.draw();
        }
        self.tell(&event, &format!("moai: {name} {word}{reason}{waits}"));
    }

    /// How all voters stand.
    pub(super) fn standings(&self) -> Vec<Stands> {
        let stands = |(voter, standing): &(String, Standing)| {
            let (word, reason) = said(standing);
            let is_silent = matches!(standing, Standing::Awaited | Standing::Released);
            Stands { voter: voter.clone(), said: (!is_silent).then(|| word.to_owned()), reason }
        };
        self.voters.iter().map(stands).collect()
    }

    fn missing(&self) -> Vec<String> {
        let awaited = self.voters.iter().filter(|(_, standing)| matches!(standing, Standing::Awaited));
        awaited.map(|(name, _)| name.clone()).collect()
    }

    /// Says that it is approved, and how long somebody may still stop it.
    pub(super) fn held(&mut self, window: Duration, by: &[String]) {
        self.until = Instant::now().checked_add(window).map(|until| (until, "runs in"));
        let event = json!({"event": "held", "gate": self.gate, "for_s": window.as_secs_f64(), "veto_by": by});
        let plain =
            format!("moai: approved; it runs in {}, unless {} says no", write_duration(window), by.join(" or "));
        self.tell(&event, &plain);
    }

    /// Says something that happens beside.
    pub(super) fn note(&mut self, code: &str, what: &str) {
        let event = json!({"event": "note", "gate": self.gate, "code": code, "what": what});
        self.tell(&event, &format!("moai: {}", harmless(what)));
    }

    /// The same, also where little is to be said: it went wrong, or somebody is to do something.
    pub(super) fn say(&mut self, code: &str, what: &str) {
        let event = json!({"event": "note", "gate": self.gate, "code": code, "what": what});
        self.tell_anyway(&event, &format!("moai: {}", harmless(what)));
    }

    fn tell_anyway(&mut self, event: &Value, plain: &str) {
        let quiet = std::mem::take(&mut self.quiet);
        self.tell(event, plain);
        self.quiet = quiet;
    }

    /// Says one thing more, where more is wanted.
    pub(super) fn detail(&mut self, what: &str, which: &str) {
        if self.verbose && self.manner != Manner::Json {
            self.tell(&Value::Null, &format!("moai: {what:<8} {}", harmless(which)));
        }
    }

    /// Says that the command starts: from here on the terminal is its own.
    pub(super) fn started(&mut self, command: &str) {
        self.until = None;
        self.question = None;
        self.tell(
            &json!({"event": "started", "gate": self.gate, "command": command}),
            &format!("moai: runs {command}"),
        );
        self.drawn = 0;
    }

    /// Says how it ended, with the head of the record.
    pub(super) fn ended(&mut self, decision: &str, why: &str, exit: u8, head: Option<Head>) {
        self.until = None;
        self.question = None;
        let head = head.map(|head| head.to_string());
        let event =
            json!({"event": "ended", "gate": self.gate, "decision": decision, "why": why, "exit": exit, "head": head});
        // What failed is told behind that, with what to do.
        let said = if why.is_empty() || decision == FAILED { String::new() } else { format!(": {}", harmless(why)) };
        // Of what was approved only what could not be started went wrong.
        let went_wrong = decision != FAILED && (decision != Decision::Approved.as_str() || !why.is_empty());
        let head = head.filter(|_| !self.quiet).map_or_else(String::new, |head| format!("\nmoai: head {head}"));
        let plain = format!("moai: gate {} ended, {decision}{said} (exit {exit}){head}", self.gate);
        if went_wrong {
            self.tell_anyway(&event, &plain);
        } else {
            self.tell(&event, &plain);
        }
        self.drawn = 0;
    }

    /// Asks whoever sits here, or asks nothing any more.
    pub(super) fn ask(&mut self, question: Option<String>) {
        if self.question != question {
            self.question = question;
            self.draw();
        }
    }

    /// Lets stand what stands there.
    fn settle(&mut self) {
        self.question = None;
        // Its time is over.
        self.until = self.until.map(|(until, _)| (until, ""));
        self.draw();
        self.until = None;
        self.drawn = 0;
    }

    /// Whether a question would be seen.
    pub(super) const fn can_ask(&self) -> bool {
        !self.quiet && matches!(self.manner, Manner::Lines | Manner::Live)
    }

    /// Draws anew what changes as time passes. While somebody is asked that is the line above the question alone, and what was
    /// typed stays; where a long answer may have taken more lines than one, nothing.
    pub(super) fn tick(&mut self) {
        let Some((until, what)) = self.until.filter(|_| self.manner == Manner::Live && !self.quiet) else { return };
        match &self.question {
            None => self.draw(),
            Some(question) if question.contains('[') && question.len() + 20 < columns() => {
                let line = cut(&left(until, what), columns() - 1);
                put(&format!("\x1b7\x1b[1A\r{line}\x1b[K\x1b8"));
            }
            Some(_) => {}
        }
    }

    fn tell(&mut self, event: &Value, plain: &str) {
        let mut text = String::new();
        match self.manner {
            _ if self.quiet => return,
            Manner::Json => text.extend(json_line(event).map(|line| format!("{line}\n"))),
            Manner::Lines => text = format!("{plain}\n"),
            Manner::Live => {
                self.erase(&mut text);
                text.push_str(plain);
                text.push('\n');
                self.table(&mut text);
            }
        }
        put(&text);
    }

    /// Draws what changes, in its place.
    pub(super) fn draw(&mut self) {
        let mut text = String::new();
        match self.manner {
            _ if self.quiet => return,
            Manner::Json => return,
            Manner::Lines => text.extend(self.question.as_ref().map(|question| format!("{question} "))),
            Manner::Live => {
                self.erase(&mut text);
                self.table(&mut text);
            }
        }
        put(&text);
    }

    fn erase(&mut self, text: &mut String) {
        text.push('\r');
        if self.drawn > 0 {
            text.push_str(&format!("\x1b[{}A", self.drawn));
        }
        text.push_str("\x1b[J");
        self.drawn = 0;
    }

    fn table(&mut self, text: &mut String) {
        let Some((until, what)) = self.until else { return };
        let columns = columns();
        let longest = self.voters.iter().map(|(name, _)| name.len()).max().unwrap_or_default();
        for (name, standing) in &self.voters {
            let (word, reason) = said(standing);
            let line = format!("  {name:longest$}  {word:9} {}", harmless(&reason).trim_end());
            let line = cut(&line, columns - 1);
            let line = match (self.colours, standing) {
                (true, Standing::Said(Choice::For, _)) => format!("\x1b[32m{line}\x1b[0m"),
                (true, Standing::Said(Choice::Against, _) | Standing::Failed(_)) => format!("\x1b[31m{line}\x1b[0m"),
                (true, Standing::Awaited | Standing::Released) => format!("\x1b[2m{line}\x1b[0m"),
                _ => line,
            };
            text.push_str(&line);
            text.push('\n');
        }
        self.drawn = self.voters.len();
        if what.is_empty() {
            return;
        }
        text.push_str(&cut(&left(until, what), columns - 1));
        text.push('\n');
        self.drawn += 1;
        if let Some(question) = &self.question {
            text.push_str(&format!("{question} "));
        }
    }

    /// What was typed has moved the cursor by a line.
    pub(super) fn typed(&mut self) {
        if self.drawn > 0 {
            self.drawn += 1;
        }
    }
}

/// How wide the terminal is.
fn columns() -> usize {
    let columns = rustix::termios::tcgetwinsize(io::stderr()).ok().map(|size| usize::from(size.ws_col));
    // Where nobody says so.
    columns.filter(|columns| *columns > 0).unwrap_or(80).max(20)
}

/// How much time is left.
fn left(until: Instant, what: &str) -> String {
    let left = until.saturating_duration_since(Instant::now());
    format!("  {what} {}", write_duration(Duration::from_secs(left.as_secs().max(1))))
}

/// As much of a line as fits: it never goes on in the next one, where it would be taken for a row of its own.
fn cut(line: &str, columns: usize) -> String {
    let mut room = columns;
    let fits = |c: &char| {
        let left = room.checked_sub(c.width().unwrap_or(1));
        room = left.unwrap_or_default();
        left.is_some()
    };
    line.chars().take_while(fits).collect()
}

/// Why a voter failed, without what an error says of itself: everybody knows that here.
pub(super) fn cause_of(cause: &str) -> &str {
    let cause = cause.strip_prefix("the voter failed: ").unwrap_or(cause);
    cause.strip_suffix("; nothing changed").unwrap_or(cause)
}

fn said(standing: &Standing) -> (&'static str, String) {
    match standing {
        Standing::Awaited => ("…", String::new()),
        Standing::Said(choice, reason) => (choice.as_str(), reason.clone()),
        Standing::Failed(cause) => ("failed", cause_of(cause).to_owned()),
        Standing::Released => ("released", String::new()),
    }
}

#[cfg(test)]
mod tests {
    use super::cut;

    #[test]
    fn a_row_goes_on_in_the_next_line() {
        assert_eq!(cut("abc", 3), "abc");
        assert_eq!(cut("abcd", 3), "abc");
        assert_eq!(cut("漢字x", 3), "漢");
        assert_eq!(cut("\u{3000}\u{3000}x", 4), "\u{3000}\u{3000}");
        assert_eq!(cut("é\u{301}\u{301}x", 2), "é\u{301}\u{301}x");
    }
}
