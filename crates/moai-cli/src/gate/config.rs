//! `moai.toml`: gates with names.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::{env, fs};

use moai_flow::consensus::{Group, Ratio};
use serde::Deserialize;

use super::args::Placing;
use super::voter::{Voter, What};
use crate::failure::Failure;
use crate::home::{CONFIG, is_trusted};
use crate::output::harmless;

/// The whole file.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Config {
    #[serde(default)]
    gate: BTreeMap<String, NamedGate>,
}

/// A gate with a name.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NamedGate {
    pub(super) command: Vec<String>,
    pub(super) rule: Option<String>,
    #[serde(default)]
    voters: toml::Table,
    #[serde(default)]
    pub(super) files: BTreeMap<String, String>,
    #[serde(default)]
    pub(super) env: Vec<String>,
    pub(super) veto: Option<String>,
    pub(super) timeout: Option<String>,
    pub(super) program: Option<Placing>,
}

/// A voter, with what it has of its own.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct NamedVoter {
    is: String,
    weight: Option<Number>,
    group: Option<String>,
    #[serde(default)]
    veto: bool,
}

/// A weight: decimals are read from their text, so that 0.1 is a tenth.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Number {
    Whole(u64),
    Float(f64),
    Text(String),
}

impl NamedGate {
    /// The gate of this name, and the folder of its `moai.toml`.
    ///
    /// # Errors
    ///
    /// No `moai.toml` here or above, one that cannot be read, no such gate.
    pub(super) fn find(name: &str) -> Result<(Self, PathBuf), Failure> {
        let here =
            env::current_dir().map_err(|why| Failure::failed("config.here", format!("no working directory: {why}")))?;
        let folder = nearest(&here);
        let folder = folder.ok_or_else(|| {
            Failure::usage(
                "config.absent",
                format!("the gate {} is one of {CONFIG}, and there is none here or above", harmless(name)),
            )
            .and_then("write one with `moai init`, or say it all: moai gate --voter … -- COMMAND")
        })?;
        let path = folder.join(CONFIG);
        if !is_trusted(&path, &here) {
            let what = format!(
                "{} is another user's, and what stands in it would run as you; nothing was done",
                path.display()
            );
            return Err(Failure::usage("config.foreign", what)
                .and_then("copy it into a folder of yours, or say it all: moai gate --voter … -- COMMAND"));
        }
        let mut config = read(&path)?;
        let names = config.gate.keys().map(|name| harmless(name)).collect::<Vec<_>>().join(", ");
        let gate = config.gate.remove(name).ok_or_else(|| {
            let there = if names.is_empty() { "there is none yet".into() } else { format!("there are: {names}") };
            Failure::usage("config.gate", format!("{} has no gate {}; {there}", path.display(), harmless(name)))
                .and_then(format!("take one of them, or write a table [gate.{}]", harmless(name)))
        })?;
        Ok((gate, folder.to_path_buf()))
    }

    /// The names of those there are; none where there is no `moai.toml` that reads.
    pub(super) fn names() -> Vec<String> {
        let here = env::current_dir().unwrap_or_default();
        let config = nearest(&here).map(|folder| folder.join(CONFIG)).filter(|path| is_trusted(path, &here));
        let config = config.and_then(|path| read(&path).ok()).unwrap_or_default();
        config.gate.keys().map(|name| harmless(name)).collect()
    }

    /// Its voters, in the order of their names.
    ///
    /// # Errors
    ///
    /// What does not stand.
    pub(super) fn voters(&self) -> Result<Vec<Voter>, Failure> {
        self.voters.iter().map(|(name, written)| voter(name, written)).collect()
    }
}

/// The folder of the nearest `moai.toml`.
fn nearest(here: &Path) -> Option<&Path> {
    here.ancestors().find(|above| above.join(CONFIG).is_file())
}

fn read(path: &Path) -> Result<Config, Failure> {
    let wrong = |why: String| {
        Failure::usage("config.read", format!("{} does not read: {why}; nothing was done", path.display()))
            .and_then("`moai init` in an empty folder writes one with comments, to compare it with")
    };
    let text = fs::read_to_string(path).map_err(|why| wrong(why.to_string()))?;
    toml::from_str(&text).map_err(|why| wrong(why.to_string()))
}

fn voter(name: &str, written: &toml::Value) -> Result<Voter, Failure> {
    let wrong = |why: String| {
        let what = format!("{CONFIG}: the voter {} does not stand: {why}", harmless(name));
        Failure::usage("config.voter", what).and_then(
            r#"a voter is `NAME = "human"`, or `NAME = { is = "cargo test", weight = 2, group = "x", veto = true }`"#,
        )
    };
    let more = match written {
        toml::Value::String(is) => return Voter::new(name, What::read(name, is)?),
        more => NamedVoter::deserialize(more.clone()).map_err(|why| wrong(why.message().to_owned()))?,
    };
    let mut voter = Voter::new(name, What::read(name, &more.is)?)?;
    if let Some(weight) = more.weight {
        let text = match weight {
            Number::Whole(whole) => whole.to_string(),
            Number::Float(float) => float.to_string(),
            Number::Text(text) => text,
        };
        voter.weight = text.parse::<Ratio>().map_err(|why| wrong(why.to_string()))?;
    }
    voter.group = more.group.map(Group::new).transpose().map_err(|why| wrong(why.to_string()))?;
    voter.veto = more.veto;
    Ok(voter)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_init_writes_is_a_gate_with_three_voters() {
        let config: Config = toml::from_str(crate::init::TEMPLATE).unwrap();
        let voters = config.gate["deploy"].voters().unwrap();
        assert_eq!(voters.iter().map(|voter| voter.id.as_str()).collect::<Vec<_>>(), ["lint", "review", "tests"]);
    }

    #[test]
    fn what_is_commented_out_in_it_can_be_used() {
        let text = crate::init::TEMPLATE.replace("review = \"human\"\n", "").replace("# files", "files");
        let text =
            text.replace("# env", "env").replace("# program = ", "program = ").replace("# review = {", "review = {");
        let config: Config = toml::from_str(&text).unwrap();
        let gate = &config.gate["deploy"];
        let review = gate.voters().unwrap().into_iter().find(|voter| voter.id.as_str() == "review").unwrap();
        assert_eq!((review.weight.to_string().as_str(), review.veto), ("5/2", true));
        assert_eq!((gate.files["plan"].as_str(), gate.program), ("plan.json", Some(Placing::Copy)));
    }

    #[test]
    fn a_word_that_means_nothing_is_refused() {
        assert!(toml::from_str::<Config>("[gate.x]\ncommand = [\"true\"]\nrules = \"all\"").is_err());
        let config: Config =
            toml::from_str("[gate.x]\ncommand = [\"true\"]\nvoters.a = { is = \"human\", wait = 1 }").unwrap();
        assert!(config.gate["x"].voters().is_err());
    }
}
