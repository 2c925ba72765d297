//! What a gate is to do, before anything is done.

use std::collections::BTreeSet;
use std::env;
use std::ffi::OsString;
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use moai_flow::consensus::{Electorate, Group, Ratio};
use moai_flow::{AgentId, InvalidInput};
use tokio::process::Command;

use super::args::{GateArgs, Placing};
use super::config::NamedGate;
use super::duration::read_duration;
use super::rule::WrittenRule;
use super::snapshot::FILES;
use super::voter::{Voter, What, electorate};
use crate::failure::Failure;
use crate::home::CONFIG;

/// What a gate is to do.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) rule: WrittenRule,
    pub(super) rule_in_words: String,
    pub(super) voters: Vec<Voter>,
    pub(super) electorate: Electorate,
    /// Under their names, in the order in which they were named.
    pub(super) files: Vec<(String, PathBuf)>,
    pub(super) env: Vec<String>,
    pub(super) veto: Duration,
    pub(super) timeout: Duration,
    /// Who sits at this terminal.
    pub(super) whoami: Option<AgentId>,
    pub(super) placing: Option<Placing>,
    /// At least one.
    pub(super) argv: Vec<OsString>,
}

/// How long it is open, unless said otherwise.
const TIMEOUT: Duration = Duration::from_secs(600);

fn wrong(why: impl std::fmt::Display) -> Failure {
    Failure::usage("gate.plan", format!("{why}; nothing was done"))
}

impl Plan {
    /// What stands on the command line, over what the named gate says. Paths on the command line mean what they do where they
    /// were typed, those in `moai.toml` what they do where it lies.
    ///
    /// # Errors
    ///
    /// What cannot be meant.
    pub(super) fn of(args: &GateArgs, named: Option<NamedGate>, typed_in: &Path) -> Result<Self, Failure> {
        let (is_named, named) = (named.is_some(), named.unwrap_or_default());
        let argv: Vec<OsString> =
            named.command.iter().map(OsString::from).chain(args.command.iter().cloned()).collect();
        if argv.first().is_none_or(|program| program.is_empty()) {
            let gates = NamedGate::names();
            let named = if gates.is_empty() {
                String::new()
            } else {
                format!("; or name a gate of {CONFIG}: {}", gates.join(", "))
            };
            let next = format!("it stands behind two dashes: moai gate … -- COMMAND{named}");
            return Err(wrong("there is no command").and_then(next));
        }
        let mut voters = named.voters()?;
        let mut said_so_far = BTreeSet::new();
        for said in &args.voters {
            let (name, what) = pair("--voter", said)?;
            let voter = Voter::new(name, What::read(name, what)?)?;
            if !said_so_far.insert(voter.id.clone()) {
                return Err(
                    wrong(format!("--voter {name} stands there twice")).and_then("give each voter a name of its own")
                );
            }
            match voters.iter_mut().find(|known| known.id == voter.id) {
                Some(known) => known.what = voter.what,
                None => voters.push(voter),
            }
        }
        if voters.is_empty() {
            return Err(
                wrong("nobody may vote").and_then("name voters: --voter tests='cargo test' --voter review=human")
            );
        }
        distinguish(&mut voters, args)?;
        let electorate = electorate(&voters)?;
        let rule = args.rule.as_ref().or(named.rule.as_ref()).map_or("majority", String::as_str);
        let said = |why: super::rule::RuleError| Failure::usage("gate.rule", why);
        let rule = WrittenRule::read(rule).map_err(said)?;
        let rule_in_words = rule.for_voters(&electorate).map_err(said)?.words_for(&electorate);
        let whoami = args.whoami.as_deref().map(|name| known(&voters, "--as", name)).transpose()?;
        let is_human = |id: &AgentId| voters.iter().any(|voter| voter.id == *id && voter.what == What::Human);
        if let Some(program) = whoami.as_ref().filter(|id| !is_human(id)) {
            return Err(wrong(format!("--as: {program} is nobody who can sit at a terminal"))
                .and_then("it names a voter that is `human`; who has a key votes with `moai vote --key`"));
        }
        let time = |said: &Option<String>, option: &str, written: &Option<String>, field: &str| match (said, written) {
            (Some(text), _) => read_duration(option, text).map(Some),
            (None, Some(text)) => read_duration(&format!("{field} in {CONFIG}"), text).map(Some),
            (None, None) => Ok(None),
        };
        let veto = time(&args.veto, "--veto", &named.veto, "veto")?.unwrap_or(Duration::ZERO);
        let timeout = time(&args.timeout, "--timeout", &named.timeout, "timeout")?.unwrap_or(TIMEOUT);
        let least = Duration::from_millis(100);
        if timeout < least || (veto > Duration::ZERO && veto < least) {
            return Err(
                wrong("--timeout and --veto are 100ms at the least").and_then("leave out --veto for no such time")
            );
        }
        let mut said = args.files.iter().map(file).collect::<Result<Vec<_>, _>>()?;
        if is_named {
            said.iter_mut().for_each(|(_, path)| *path = typed_in.join(&path));
        }
        let mut files: Vec<(String, PathBuf)> =
            named.files.iter().map(|(name, path)| (name.clone(), PathBuf::from(path))).collect();
        files.retain(|(name, _)| !said.iter().any(|(other, _)| other == name));
        files.extend(said);
        check_names(&files)?;
        let mut env: Vec<String> = named.env.iter().chain(&args.env).cloned().collect();
        env.sort();
        env.dedup();
        if let Some(bad) = env.iter().find(|name| name.is_empty() || name.contains(['=', '\0'])) {
            return Err(wrong(format!("`{bad}` is no name of a variable"))
                .and_then("name it without its value, which is read from the environment: --env TARGET"));
        }
        check_variables(&env)?;
        let placing = args.program.or(named.program);
        let plan = Self { rule, rule_in_words, voters, electorate, files, env, veto, timeout, whoami, placing, argv };
        plan.takes_copies().map_err(wrong)?;
        Ok(plan)
    }
}

/// That what is bound is what the command gets.
fn check_variables(names: &[String]) -> Result<(), Failure> {
    for name in names {
        if OURS.contains(&name.as_str()) || name.starts_with(FILES) {
            return Err(wrong(format!("{name} is set by moai itself, and cannot be bound")).and_then("leave it out"));
        }
        if env::vars_os().filter(|(set, _)| set.as_bytes() == name.as_bytes()).count() > 1 {
            return Err(wrong(format!("{name} stands in the environment twice, and which one counts is not clear"))
                .and_then("set it once: env -u NAME, then NAME=value"));
        }
    }
    Ok(())
}

/// What voters or the command get of moai, beside what begins with `MOAI_FILE_`.
const OURS: [&str; 5] = ["MOAI_GATE", "MOAI_PROGRAM", "MOAI_VOTER", "MOAI_COMMAND", "MOAI_CONTENT"];

/// Keeps back what this process has of that kind from somewhere else.
pub(super) fn withhold_inherited(command: &mut Command) {
    let is_ours = |name: &OsString| name.to_str().is_some_and(|name| OURS.contains(&name) || name.starts_with(FILES));
    for name in env::vars_os().map(|(name, _)| name).filter(is_ours) {
        command.env_remove(name);
    }
}

fn pair<'a>(option: &str, said: &'a str) -> Result<(&'a str, &'a str), Failure> {
    let next = match option {
        "--voter" => "such as: --voter tests='cargo test', --voter review=human",
        "--weight" => "such as: --weight tests=2",
        _ => "such as: --group tests=machines",
    };
    said.split_once('=').ok_or_else(|| wrong(format!("{option} takes NAME=…, not `{said}`")).and_then(next))
}

fn known(voters: &[Voter], option: &str, name: &str) -> Result<AgentId, Failure> {
    let found = voters.iter().find(|voter| voter.id.as_str() == name).map(|voter| voter.id.clone());
    found.ok_or_else(|| {
        let names: Vec<&str> = voters.iter().map(|voter| voter.id.as_str()).collect();
        wrong(format!("{option}: no voter is called `{name}`; there are: {}", names.join(", ")))
    })
}

/// Weights, groups and vetoes.
fn distinguish(voters: &mut [Voter], args: &GateArgs) -> Result<(), Failure> {
    let place = |voters: &[Voter], option: &str, name: &str| {
        let id = known(voters, option, name)?;
        Ok::<_, Failure>(voters.iter().position(|voter| voter.id == id))
    };
    for said in &args.weights {
        let (name, weight) = pair("--weight", said)?;
        let unfit =
            |why: String| wrong(format!("--weight {said}: {why}")).and_then("a number above 0, such as 2, 2.5 or 5/2");
        let weight: Ratio = weight.parse().map_err(|why: InvalidInput| unfit(why.to_string()))?;
        if weight == Ratio::ZERO {
            return Err(unfit("a vote that weighs nothing is none".into()));
        }
        let at = place(voters, "--weight", name)?;
        at.and_then(|at| voters.get_mut(at)).into_iter().for_each(|voter| voter.weight = weight);
    }
    for said in &args.groups {
        let (name, group) = pair("--group", said)?;
        let group = Group::new(group).map_err(|why| wrong(format!("--group {said}: {why}")))?;
        let at = place(voters, "--group", name)?;
        at.and_then(|at| voters.get_mut(at)).into_iter().for_each(|voter| voter.group = Some(group.clone()));
    }
    for name in &args.veto_by {
        let at = place(voters, "--veto-by", name)?;
        at.and_then(|at| voters.get_mut(at)).into_iter().for_each(|voter| voter.veto = true);
    }
    if !voters.iter().any(|voter| voter.veto) {
        voters.iter_mut().for_each(|voter| voter.veto = voter.what.is_person());
    }
    Ok(())
}

/// `NAME=PATH`, or a path alone, whose name is `file`.
fn file(said: &OsString) -> Result<(String, PathBuf), Failure> {
    let bytes = said.as_bytes();
    let cut = bytes.iter().position(|byte| *byte == b'=');
    let parts = cut.and_then(|cut| Some((std::str::from_utf8(bytes.get(..cut)?).ok()?, bytes.get(cut + 1..)?)));
    let (name, path) = match parts.filter(|(name, _)| is_name(name)) {
        Some((name, path)) => (name.to_owned(), OsString::from_vec(path.to_vec())),
        None => ("file".to_owned(), said.clone()),
    };
    if path.is_empty() {
        Err(wrong("--file takes a path").and_then("such as: --file plan=plan.json"))
    } else {
        Ok((name, path.into()))
    }
}

/// Whether a file can be called so.
pub(super) fn is_name(text: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    !text.is_empty() && text.len() <= 64 && text.bytes().all(fits)
}

fn check_names(files: &[(String, PathBuf)]) -> Result<(), Failure> {
    let mut seen = BTreeSet::new();
    for (name, _) in files {
        if !is_name(name) {
            return Err(wrong(format!("a file cannot be called `{name}`: a-z, 0-9 and _ only"))
                .and_then("name it otherwise: --file plan=PATH"));
        }
        if !seen.insert(name) {
            return Err(wrong(format!("two files are called {name}")).and_then("give them names: --file plan=PATH"));
        }
    }
    Ok(())
}
