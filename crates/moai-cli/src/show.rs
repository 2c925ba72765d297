//! `moai show`: one gate, with everything that was said.

use clap::Args;
use moai_flow::consensus::{Ballot, Choice};
use moai_flow::{Timestamp, Value};
use serde::Serialize;

use crate::cli::Common;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::home::Home;
use crate::output::{Output, Style, harmless};
use crate::records::{Gate, Gates, Source, os_text, verified};
use crate::runtime;

/// One gate: what was asked, who said what and why, what was decided, and how the command ended.
#[derive(Debug, Args)]
pub(crate) struct ShowArgs {
    /// The gate, or how its name begins; without it the last one
    gate: Option<String>,
}

/// A gate, for programs.
#[derive(Serialize)]
struct Shown<'a> {
    gate: &'a str,
    seq: u64,
    opened_at: Timestamp,
    deadline: Timestamp,
    content: &'a Value,
    content_digest: String,
    ballots: Vec<&'a Ballot>,
    no_ballot: Vec<NoBallot<'a>>,
    lied: Vec<String>,
    vetoes: Vec<Veto<'a>>,
    refused: Vec<NoBallot<'a>>,
    decision: &'a str,
    why: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    started_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ended_at: Option<Timestamp>,
    fate: String,
}

#[derive(Serialize)]
struct NoBallot<'a> {
    voter: &'a str,
    cause: &'a str,
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
    let source = Source::of(&home).await?.ok_or_else(none)?;
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
        gate: gate.id().as_str(),
        seq: gate.seq,
        opened_at: gate.opening.opened_at,
        deadline: gate.opening.deadline,
        content: gate.content(),
        content_digest: gate.content().digest().to_string(),
        ballots: gate.ballots.iter().map(AsRef::as_ref).collect(),
        no_ballot: gate.invalid.iter().map(|its| NoBallot { voter: its.voter.as_str(), cause: &its.cause }).collect(),
        lied: gate.evidence.iter().map(|its| its.voter().to_string()).collect(),
        vetoes: gate.vetoes.iter().map(|(by, reason)| Veto { by: by.as_str(), reason }).collect(),
        refused: gate.refused.iter().map(|(voter, cause)| NoBallot { voter, cause }).collect(),
        decision: gate.decision(),
        why: gate.outcome.as_ref().map_or("", |(_, outcome)| &outcome.why),
        started_at: gate.started.as_ref().map(|(time, _)| *time),
        ended_at: gate.finished.as_ref().map(|(time, _)| *time).or(gate.ended.as_ref().map(|(time, _)| *time)),
        fate: gate.fate().words(gate.lives(home)),
    }
}

fn tell(output: Output, gate: &Gate, home: &Home) {
    let row = |name: &str, text: &str| output.answer(format!("  {:<9} {}", name, harmless(text)));
    output.answer(output.paint(Style::Bold, gate.id()));
    row("command", &gate.command());
    if let Some(cwd) = gate.content().get("cwd") {
        row("in", os_text(cwd));
    }
    for field in ["rule", "expires_at"] {
        if let Some(text) = gate.text(field) {
            row(field.trim_end_matches("_at"), text);
        }
    }
    if let Some(program) = gate.content().get("program") {
        row("program", &bound(program));
    }
    for file in gate.content().get("files").and_then(Value::as_array).into_iter().flatten() {
        row("file", &bound(file));
    }
    for variable in gate.content().get("env").and_then(Value::as_array).into_iter().flatten() {
        let text = |field| variable.get(field).and_then(Value::as_text);
        let digest = text("digest").map_or_else(|| "was not set".to_owned(), |digest| format!("sha256:{digest}"));
        row("env", &format!("{} {digest}", text("name").unwrap_or("?")));
    }
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
        output.answer(format!(
            "  {:<12} {}",
            evidence.voter(),
            output.paint(Style::Bad, "signed two things, and is proven to have")
        ));
    }
    for (voter, why) in &gate.refused {
        let voter = harmless(voter);
        output.answer(format!("  {voter:<12} {}  {}", output.paint(Style::Warn, "refused"), harmless(why)));
    }
    for (by, reason) in &gate.vetoes {
        output.answer(format!("  {:<12} {}  {}", by, output.paint(Style::Bad, "veto"), harmless(reason)));
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
        row("veto time", &format!("{}: {}", hold.decision, hold.why));
    }
    if let Some((time, ended)) = &gate.ended {
        row("ended", &format!("{time}, {}{}{}", ended.why, if ended.said.is_empty() { "" } else { ": " }, ended.said));
    }
    row("fate", &gate.fate().words(gate.lives(home)));
}

/// A file or a program, and what of it was bound.
fn bound(what: &Value) -> String {
    let text = |field| what.get(field).map_or("?", os_text);
    let name = what.get("name").and_then(Value::as_text).map_or_else(String::new, |name| format!("{{{name}}} = "));
    let how = what.get("how").and_then(Value::as_text).map_or_else(String::new, |how| format!(" ({how})"));
    format!("{name}{}{how} sha256:{}", text("path"), text("digest"))
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
