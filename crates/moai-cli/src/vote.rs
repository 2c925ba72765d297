//! `moai vote`.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;

use clap::{Args, ValueEnum as _};
use moai_flow::AgentId;
use moai_flow::consensus::{Reply, Signer as _, SigningKey};

use crate::cli::Common;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::gate::{BallotPaper, Call, Reaction, Seen, Word, find_socket, hex, is_a_voters};
use crate::home::Home;
use crate::key::failure;
use crate::output::Output;

/// Vote on an open gate
///
/// Without a vote it shows what is asked. Where one gate is open its name can be left out; else the first letters of it are
/// enough.
///
/// It counts from a process of the same user, with a key of any, and not below a gate: what a voter or a command has started does
/// not vote.
#[derive(Debug, Args)]
#[command(override_usage = "moai vote [GATE] [for|against|abstain|veto] [OPTIONS]")]
pub(crate) struct VoteArgs {
    /// Which gate, and `for`, `against`, `abstain` or `veto`
    #[arg(value_name = "[GATE] VOTE", num_args = 0..=2)]
    said: Vec<String>,
    /// Who votes, where it is not clear
    #[arg(long = "as", value_name = "NAME")]
    whoami: Option<String>,
    /// Why
    #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
    because: String,
    /// The file of the key that signs
    #[arg(long, value_name = "FILE")]
    key: Option<PathBuf>,
}

fn wrong(code: &str, why: impl std::fmt::Display) -> Failure {
    Failure::usage(code, format!("{why}; nothing was said"))
}

/// Tells a gate what a person says.
pub(crate) fn run(common: &Common, args: VoteArgs) -> Result<Exit, Failure> {
    let (gate, word) = what(&args.said)?;
    let home = Home::find(common.store.as_deref())?;
    let mut line = Line::to(&home, gate)?;
    let seen = match line.call(&Call::Look)? {
        Reaction::Look(seen) => *seen,
        Reaction::Refused(why) => return Err(Failure::failed("vote.refused", format!("{why}; nothing was said"))),
        Reaction::Taken => return Err(Failure::failed("vote.answer", "the gate gave no answer; nothing was said")),
    };
    let paper = BallotPaper::read(&seen)?;
    let output = Output::new(common);
    output.line(paper.text(&seen));
    let Some(word) = word else {
        if output.is_json() {
            let content: serde_json::Value = serde_json::from_str(&seen.content).unwrap_or_default();
            let Seen { gate, held, may, spoke, .. } = &seen;
            output.json(
                &serde_json::json!({"gate": gate, "held": held, "may": may, "have": spoke, "content": content}),
            )?;
        }
        return Ok(Exit::Done);
    };
    let key = args.key.as_ref().map(SigningKey::load).transpose().map_err(|why| failure(&why))?;
    let name = speaker(&args, &seen, &paper, key.as_ref())?;
    let call = match key {
        None => Call::Speak { name: name.to_string(), word, because: args.because, instance: paper.request.instance },
        Some(key) => {
            if paper.electorate.key(&name) != Some(&key.key()) {
                return Err(wrong("vote.key", format!("this is not the key of {name}")));
            }
            // Whoever signs holds to it: a second thing that is signed would prove a lie.
            if seen.spoke.contains(&name.to_string()) {
                return Err(wrong("vote.again", format!("{name} has voted, and whoever signs holds to it")));
            }
            let ballot = paper.request.ballot(name.clone(), word.choice()).because(args.because).sign(&key);
            Call::Take { ballot: hex(&Reply::Ballot(ballot).to_bytes()), veto: word == Word::Veto }
        }
    };
    match line.call(&call)? {
        Reaction::Taken => {
            let word = word.to_possible_value().map(|word| word.get_name().to_owned()).unwrap_or_default();
            if output.is_json() {
                output.json(&serde_json::json!({"gate": seen.gate, "voter": name, "said": word}))?;
            }
            output.line(format!("{name} has said {word}"));
            Ok(Exit::Done)
        }
        Reaction::Refused(why) => {
            let failure = wrong("vote.refused", format!("this does not count: {why}"));
            let is_second = why.contains("vote.conflicting");
            let next = "what was said first counts; whoever has a veto can still use it: moai vote … veto";
            Err(if is_second { failure.and_then(next) } else { failure })
        }
        Reaction::Look(_) => {
            Err(Failure::failed("vote.answer", "the gate gave another answer; whether it counts is not known"))
        }
    }
}

/// The gate and the word, as far as they were said.
fn what(said: &[String]) -> Result<(Option<&str>, Option<Word>), Failure> {
    let word = |text: &str| {
        let known = Word::from_str(text, true);
        known.map_err(|_| wrong("vote.word", format!("`{text}` is no vote: for, against, abstain, veto")))
    };
    match said {
        [] => Ok((None, None)),
        [one] if one.starts_with("g-") => Ok((Some(one), None)),
        [one] => Ok((None, Some(word(one)?))),
        [gate, said, ..] => Ok((Some(gate), Some(word(said)?))),
    }
}

/// Who speaks: who was named; else whose key it is; else the only one who may; else who is called as this user is.
fn speaker(args: &VoteArgs, seen: &Seen, paper: &BallotPaper, key: Option<&SigningKey>) -> Result<AgentId, Failure> {
    let mut electors = paper.electorate.electors().iter();
    let named = args.whoami.clone();
    let by_key = key.and_then(|key| electors.find(|elector| elector.key == Some(key.key())));
    let only = match seen.may.as_slice() {
        [only] => Some(only.clone()),
        _ => None,
    };
    let user = std::env::var("USER").ok().filter(|user| seen.may.contains(user));
    let name = named.or(by_key.map(|elector| elector.id.to_string())).or(only).or(user);
    let name = name.ok_or_else(|| {
        wrong("vote.who", "it is not clear who votes")
            .and_then(format!("say it: --as NAME, one of {}", seen.may.join(", ")))
    })?;
    AgentId::new(&name).map_err(|why| wrong("vote.who", format!("`{name}` is no name: {why}")))
}

/// The line to an open gate.
struct Line(BufReader<UnixStream>);

impl Line {
    fn to(home: &Home, gate: Option<&str>) -> Result<Self, Failure> {
        let folders = fs::read_dir(home.gates()).into_iter().flatten().flatten();
        let open = folders.filter_map(|folder| {
            let name = folder.file_name().into_string().ok().filter(|name| name.starts_with("g-"))?;
            Some((name, UnixStream::connect(find_socket(&folder.path())).ok()?))
        });
        let mut open: Vec<(String, UnixStream)> = open.collect();
        open.sort_by(|left, right| left.0.cmp(&right.0));
        let names = open.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>().join(", ");
        let there = if names.is_empty() { "none is open here".to_owned() } else { format!("open are: {names}") };
        let fits =
            |name: &str| gate.is_none_or(|gate| name.starts_with(gate) || name.starts_with(&format!("g-{gate}")));
        open.retain(|(name, _)| fits(name));
        match (open.len(), open.pop()) {
            (1, Some((name, stream))) if is_a_voters(&stream) => {
                let what =
                    format!("a program that a voter has started answers in the place of gate {name}; nothing was said");
                Err(Failure::failed("vote.other_gate", what).and_then("end that gate, and look at its voters"))
            }
            (1, Some((_, stream))) => Ok(Self(BufReader::new(stream))),
            (0, _) => {
                Err(wrong("vote.gate", format!("there is no such gate open; {there} ({})", home.folder().display()))
                    .and_then("how one ended: moai show GATE; one of another folder: --store FOLDER"))
            }
            _ => Err(wrong("vote.gate", format!("it is not clear which gate is meant; {there}"))),
        }
    }

    fn call(&mut self, call: &Call) -> Result<Reaction, Failure> {
        let left = if matches!(call, Call::Look) { "nothing was said" } else { "whether it counts is not known" };
        let lost = |why: String| Failure::failed("vote.lost", format!("the gate has ended: {why}; {left}"));
        let mut bytes = serde_json::to_vec(call).map_err(|why| lost(why.to_string()))?;
        bytes.push(b'\n');
        // Whoever is sent away is told so without having been heard.
        let sent = self.0.get_mut().write_all(&bytes);
        let mut line = String::new();
        let read = self.0.read_line(&mut line).map(drop);
        if line.is_empty() {
            sent.and(read).map_err(|why| lost(why.to_string()))?;
        }
        serde_json::from_str(&line).map_err(|why| lost(why.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_sent_away_unheard_is_not_told_why() {
        let (mine, mut theirs) = UnixStream::pair().unwrap();
        theirs.write_all(b"{\"refused\":\"too many\"}\n").unwrap();
        drop(theirs);
        let told = Line(BufReader::new(mine)).call(&Call::Look).unwrap();
        assert!(matches!(&told, Reaction::Refused(why) if why == "too many"));
    }

    #[test]
    fn who_is_not_answered_passes_for_heard() {
        let (mine, theirs) = UnixStream::pair().unwrap();
        drop(theirs);
        let told = Line(BufReader::new(mine)).call(&Call::Look).unwrap_err();
        assert!(told.to_string().contains("the gate has ended: "), "{told}");
    }
}
