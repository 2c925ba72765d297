//! Asks whoever sits at this terminal.

use std::fs::OpenOptions;
use std::io::{self, ErrorKind, IsTerminal as _};
use std::os::unix::fs::OpenOptionsExt as _;

use moai_flow::AgentId;
use tokio::net::unix::pipe;

use super::groups::is_in_front;
use super::people::{People, Stage, Word};
use super::voter::{OWNER, What};

/// Asks whoever sits at this terminal, line by line.
pub(super) struct Prompt {
    /// A terminal that is read as a pipe is.
    terminal: pipe::Receiver,
    typed: Vec<u8>,
    whoami: Option<AgentId>,
    at: At,
}

/// What is asked next.
#[derive(Debug, Clone, PartialEq, Eq)]
enum At {
    /// Who votes, or what, where only one can.
    Begin,
    /// What this one says.
    Word(AgentId),
    /// Why.
    Reason(AgentId, Word),
}

/// What came of a line.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Typed {
    /// Something more is to be asked.
    More,
    /// It means nothing.
    Unclear(&'static str),
    /// A person has spoken.
    Spoken { name: String, word: Word, because: String },
}

impl Prompt {
    /// The terminal, if somebody sits there: standard input and error are one, and this process may read from it.
    pub(super) fn open(whoami: Option<AgentId>) -> Option<Self> {
        if !io::stdin().is_terminal() || !io::stderr().is_terminal() {
            return None;
        }
        let flags = rustix::fs::OFlags::NONBLOCK | rustix::fs::OFlags::NOCTTY;
        let flags = i32::try_from(flags.bits()).ok()?;
        let terminal = OpenOptions::new().read(true).custom_flags(flags).open("/dev/tty").ok()?;
        // In the background reading would stop this process.
        let terminal =
            if is_in_front(&terminal) { pipe::Receiver::from_file_unchecked(terminal).ok()? } else { return None };
        let mut prompt = Self { terminal, typed: Vec::new(), whoami, at: At::Begin };
        prompt.forget();
        Some(prompt)
    }

    /// What was typed so far was no answer: it is thrown away, and whoever is asked is asked anew.
    pub(super) fn forget(&mut self) {
        // A terminal that refuses has gone, and reading says so.
        let _ = rustix::termios::tcflush(&self.terminal, rustix::termios::QueueSelector::IFlush);
        self.typed.clear();
        self.at = At::Begin;
    }

    /// Who of those that sit here may speak and has not.
    fn candidates(&self, people: &People, stage: &Stage) -> Vec<AgentId> {
        let sits_here = |id: &&AgentId| {
            let human = people.voters.iter().any(|voter| voter.id == **id && voter.what == What::Human);
            let me = self.whoami.as_ref().is_none_or(|me| me == *id);
            (human && me) || id.as_str() == OWNER
        };
        let spoke = |id: &&AgentId| stage.spoke.contains(id);
        stage.electorate.ids().filter(sits_here).filter(|id| !spoke(id)).cloned().collect()
    }

    /// What is asked at this moment; nothing where there is nothing to ask.
    pub(super) fn question(&mut self, people: &People) -> Option<String> {
        let stage = people.stage().filter(|stage| stage.request.is_some())?;
        let candidates = self.candidates(people, &stage);
        match &self.at {
            At::Word(who) | At::Reason(who, _) if !candidates.contains(who) => self.at = At::Begin,
            _ => {}
        }
        if let (At::Begin, [only]) = (&self.at, candidates.as_slice()) {
            self.at = At::Word(only.clone());
        }
        let names = || candidates.iter().map(AgentId::as_str).collect::<Vec<_>>().join(", ");
        match &self.at {
            _ if candidates.is_empty() => None,
            At::Begin => Some(format!("Who votes here? ({})", names())),
            At::Word(who) => {
                let veto = stage.electorate.electors().iter().any(|elector| elector.id == *who && elector.veto);
                let keys = match (stage.held, veto) {
                    (true, _) => "[v] veto  [y] run it now",
                    (false, true) => "[y] for  [n] against  [a] abstain  [v] veto",
                    (false, false) => "[y] for  [n] against  [a] abstain",
                };
                Some(format!("{who}: {keys}"))
            }
            At::Reason(who, _) => Some(format!("{who}, why? (empty for no reason)")),
        }
    }

    /// Waits for the next line; none where the terminal has gone, or its end was typed. May be dropped half way.
    pub(super) async fn line(&mut self) -> Option<String> {
        loop {
            if let Some(end) = self.typed.iter().position(|byte| *byte == b'\n') {
                let line: Vec<u8> = self.typed.drain(..=end).collect();
                return Some(String::from_utf8_lossy(&line).trim().to_owned());
            }
            self.terminal.readable().await.ok()?;
            let mut buffer = [0; 1024];
            // It gives one line at a time, however many were typed; so it is read until it has no more.
            match self.terminal.try_read(&mut buffer) {
                Ok(bytes @ 1..) => self.typed.extend_from_slice(buffer.get(..bytes)?),
                Err(why) if why.kind() == ErrorKind::WouldBlock => {}
                Ok(_) | Err(_) => return None,
            }
            // Nobody types so much.
            if self.typed.len() > 1 << 16 {
                return None;
            }
        }
    }

    /// Takes a line.
    pub(super) fn take(&mut self, people: &People, line: &str) -> Typed {
        let Some(stage) = people.stage() else { return Typed::More };
        match self.at.clone() {
            At::Begin => match self.candidates(people, &stage).into_iter().find(|id| id.as_str() == line) {
                Some(who) => {
                    self.at = At::Word(who);
                    Typed::More
                }
                None => Typed::Unclear("nobody here is called so"),
            },
            At::Word(who) => match word(line).filter(|word| !stage.held || matches!(word, Word::For | Word::Veto)) {
                // It runs at once or not at all: time does not wait for reasons.
                Some(word) if stage.held => {
                    self.at = At::Begin;
                    Typed::Spoken { name: who.to_string(), word, because: String::new() }
                }
                Some(word) => {
                    self.at = At::Reason(who, word);
                    Typed::More
                }
                None => Typed::Unclear("one of the letters, please"),
            },
            At::Reason(who, word) => {
                self.at = At::Begin;
                Typed::Spoken { name: who.to_string(), word, because: line.to_owned() }
            }
        }
    }
}

fn word(line: &str) -> Option<Word> {
    Some(match line.to_lowercase().as_str() {
        "y" | "yes" | "for" => Word::For,
        "n" | "no" | "against" => Word::Against,
        "a" | "abstain" => Word::Abstain,
        "v" | "veto" => Word::Veto,
        _ => return None,
    })
}
