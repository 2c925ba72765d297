//! `moai show`: one gate, with everything that was said.

use std::path::PathBuf;

use clap::Args;
use moai_flow::Value;
use moai_flow::consensus::{Ballot, Choice, Decision, Evidence};
use serde::Serialize;

use crate::cli::Common;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::gate::{Left, Refused, is_zero};
use crate::gate_row::GateRow;
use crate::home::Home;
use crate::output::{Output, Style, harmless};
use crate::records::{Gate, Gates, Source, verified};
use crate::runtime;

/// One gate, with everything that was said
///
/// What was asked, who said what and why, what was decided, and how the command ended.
#[derive(Debug, Args)]
pub(crate) struct ShowArgs {
    /// The gate, or how its name begins; without it the last one
    gate: Option<String>,
    /// A journal, or what `moai export` wrote; without it the records of this folder
    #[arg(long, value_name = "FILE")]
    from: Option<PathBuf>,
}

/// A gate, for programs.
#[derive(Serialize)]
struct Shown<'a> {
    #[serde(flatten)]
    row: GateRow<'a>,
    content: &'a Value,
    content_digest: String,
    ballots: Vec<&'a Ballot>,
    no_ballot: Vec<NoBallot<'a>>,
    /// Who signed two things that contradict each other, and is proven to have.
    lied: Vec<String>,
    /// Who said another thing later, and had signed nothing: anybody may have said it.
    contradicted: Vec<String>,
    vetoes: Vec<Veto<'a>>,
    refused: Vec<NoVoice<'a>>,
    /// Processes of voters that could not be ended, in words.
    left_running: Vec<String>,
}

#[derive(Serialize)]
struct NoBallot<'a> {
    voter: &'a str,
    cause: &'a str,
}

/// Whether it proves something: what is not signed anybody may have said.
fn is_proven(evidence: &Evidence) -> bool {
    evidence.first.is_signed() && evidence.second.is_signed()
}

/// Who wanted to speak and may not; and how many more, of whom only the number is kept.
#[derive(Serialize)]
struct NoVoice<'a> {
    voter: &'a str,
    cause: &'a str,
    #[serde(skip_serializing_if = "is_zero")]
    more: u64,
}

#[derive(Serialize)]
struct Veto<'a> {
    by: &'a str,
    reason: &'a str,
}

pub(crate) fn run(common: &Common, args: ShowArgs) -> Result<Exit, Failure> {
    runtime::run(show(common, args))
}

async fn show(common: &Common, args: ShowArgs) -> Result<Exit, Failure> {
    let output = Output::new(common);
    let home = Home::find(common.store.as_deref())?;
    let none = || Failure::usage("show.none", "no gate was opened yet; nothing to show");
    let source = Source::named(args.from.as_deref(), &home).await?.ok_or_else(none)?;
    let found = verified(&source, &[], |_| {}).await?;
    let gate = wanted(&found.gates, args.gate.as_deref())?;
    if output.is_json() {
        output.json(&shown(gate, &home))?;
    } else {
        tell(output, gate, &home);
    }
    Ok(Exit::Done)
}

fn wanted<'a>(gates: &'a Gates, asked: Option<&str>) -> Result<&'a Gate, Failure> {
    let none = |what: String| Failure::usage("show.none", what).and_then("`moai log` names them");
    let Some(start) = asked else { return gates.all().last().ok_or_else(|| none("no gate was opened yet".into())) };
    let found: Vec<_> = gates.all().iter().filter(|gate| gate.id().as_str().starts_with(start)).collect();
    match found.as_slice() {
        [one] => Ok(one),
        [] => Err(none(format!("no gate begins with {start:?}"))),
        several => {
            let names: Vec<_> = several.iter().map(|gate| gate.id().as_str()).collect();
            Err(none(format!("{} gates begin with {start:?}: {}", several.len(), names.join(", "))))
        }
    }
}

fn shown<'a>(gate: &'a Gate, home: &Home) -> Shown<'a> {
    Shown {
        row: GateRow::of(gate, home),
        content: gate.content(),
        content_digest: gate.content().digest().to_string(),
        ballots: gate.ballots.iter().map(AsRef::as_ref).collect(),
        no_ballot: gate.invalid.iter().map(|its| NoBallot { voter: its.voter.as_str(), cause: &its.cause }).collect(),
        lied: gate.evidence.iter().filter(|its| is_proven(its)).map(|its| its.voter().to_string()).collect(),
        contradicted: gate.evidence.iter().filter(|its| !is_proven(its)).map(|its| its.voter().to_string()).collect(),
        vetoes: gate.vetoes.iter().map(|(by, reason)| Veto { by: by.as_str(), reason }).collect(),
        refused: gate
            .refused
            .iter()
            .map(|Refused { voter, why, more, .. }| NoVoice { voter, cause: why, more: *more })
            .collect(),
        left_running: gate.left.iter().map(Left::words).collect(),
    }
}

fn tell(output: Output, gate: &Gate, home: &Home) {
    let row = |name: &str, text: &str| output.answer(format!("  {:<9} {}", name, harmless(text)));
    output.answer(output.paint(Style::Bold, gate.id()));
    for (name, text) in gate.binding.rows() {
        row(name, &text);
    }
    row("rule", &gate.binding.rule);
    row("expires", &gate.binding.expires_at.to_string());
    row("opened", &gate.opening.opened_at.to_string());
    row("digest", &gate.content().digest().to_string());
    output.answer("");
    for ballot in &gate.ballots {
        said(output, ballot);
    }
    for invalid in &gate.invalid {
        let word = output.paint(Style::Warn, "no ballot");
        output.answer(format!("  {:<12} {word}  {}", invalid.voter, harmless(&invalid.cause)));
    }
    for evidence in &gate.evidence {
        let said = if is_proven(evidence) {
            output.paint(Style::Bad, "signed two things, and is proven to have")
        } else {
            let (first, second) = (evidence.first.choice, evidence.second.choice);
            output.paint(Style::Warn, format!("said {first}, and later {second}: the first counts"))
        };
        output.answer(format!("  {:<12} {said}", evidence.voter()));
    }
    for Refused { voter, why, more, .. } in &gate.refused {
        let who = if *more == 0 { harmless(voter) } else { format!("{more} more") };
        output.answer(format!("  {who:<12} {}  {}", output.paint(Style::Warn, "refused"), harmless(why)));
    }
    for left in &gate.left {
        row("left", &left.words());
    }
    for (by, reason) in &gate.vetoes {
        let word = output.paint(Style::Bad, "veto     ");
        output.answer(format!("  {by:<12} {word} {}", harmless(reason)));
    }
    if let Some((_, outcome)) = &gate.outcome {
        for voter in &outcome.silent {
            output.answer(format!("  {:<12} {}", voter, output.paint(Style::Dim, "silent")));
        }
        output.answer("");
        row("decided", &format!("{}: {}", gate.decision(), outcome.why));
        row("when", &outcome.decided_at.to_string());
    }
    if let Some((_, hold)) = &gate.hold {
        let nobody = "nobody has stopped it";
        row("veto time", if hold.decision == Decision::Approved { nobody } else { &hold.why });
    }
    if let Some((time, ended)) = &gate.ended {
        row("ended", &format!("{time}, {}{}{}", ended.why, if ended.said.is_empty() { "" } else { ": " }, ended.said));
    }
    row("fate", &gate.fate().words(gate.lives(home)));
}

fn said(output: Output, ballot: &Ballot) {
    let word = match ballot.choice {
        Choice::For => output.paint(Style::Good, "for      "),
        Choice::Against => output.paint(Style::Bad, "against  "),
        Choice::Abstain => output.paint(Style::Dim, "abstains "),
    };
    let signed = if ballot.is_signed() { " (signed)" } else { "" };
    output.answer(format!("  {:<12} {word}{signed} {}", ballot.voter, harmless(&ballot.reason)));
    let said = ballot.metadata.get("output").and_then(Value::as_text).unwrap_or_default();
    for line in said.lines() {
        output.answer(output.paint(Style::Dim, format!("               | {}", harmless(line))));
    }
}
