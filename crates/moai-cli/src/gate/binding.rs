//! What is approved: everything that ballots are bound to.

use std::ffi::OsString;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;
use std::time::Duration;
use std::{env, fmt};

use moai_flow::consensus::{Group, Ratio};
use moai_flow::{Limits, Timestamp, Value};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::plan::Plan;
use super::program::Program;
use super::snapshot::Snapshot;
use super::voter::{Voter, What};
use crate::failure::Failure;
use crate::os_text::{OsText, command_shown};

/// The content of a gate's proposal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Binding {
    pub(crate) action: String,
    pub(crate) rule: String,
    pub(crate) argv: Vec<OsText>,
    pub(crate) cwd: OsText,
    pub(crate) program: BoundProgram,
    pub(crate) files: Vec<BoundFile>,
    pub(crate) env: Vec<BoundVariable>,
    pub(crate) voters: Vec<BoundVoter>,
    pub(crate) veto_s: Seconds,
    pub(crate) timeout_s: Seconds,
    pub(crate) expires_at: Timestamp,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct BoundProgram {
    pub(crate) path: OsText,
    /// SHA-256, in hexadecimal digits.
    pub(crate) digest: String,
    pub(crate) size: u64,
    /// `copy` or `in-place`.
    pub(crate) how: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct BoundFile {
    pub(crate) name: String,
    pub(crate) path: OsText,
    pub(crate) digest: String,
    pub(crate) size: u64,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct BoundVariable {
    pub(crate) name: String,
    /// Nothing where it is not set.
    pub(crate) digest: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct BoundVoter {
    pub(crate) name: String,
    pub(crate) what: String,
    pub(crate) weight: Ratio,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) group: Option<Group>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) veto: bool,
}

/// A time in seconds: a whole number wherever it is one.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub(crate) enum Seconds {
    Whole(u64),
    Part(f64),
}

impl Seconds {
    fn of(time: Duration) -> Self {
        if time.subsec_nanos() == 0 { Self::Whole(time.as_secs()) } else { Self::Part(time.as_secs_f64()) }
    }

    /// Whether there is no such time.
    pub(crate) fn is_none(self) -> bool {
        self == Self::Whole(0)
    }

    /// The time; nothing where it is none, or too long.
    pub(crate) fn time(self) -> Option<Duration> {
        match self {
            Self::Whole(seconds) => Some(Duration::from_secs(seconds)),
            Self::Part(seconds) => Duration::try_from_secs_f64(seconds).ok(),
        }
    }
}

impl fmt::Display for Seconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Whole(seconds) => write!(f, "{seconds}"),
            Self::Part(seconds) => write!(f, "{seconds}"),
        }
    }
}

impl Binding {
    pub(super) fn of(plan: &Plan, cwd: &Path, program: &Program, snapshot: &Snapshot, expires_at: Timestamp) -> Self {
        let voter = |voter: &Voter| BoundVoter {
            name: voter.id.to_string(),
            what: voter.what.text(),
            weight: voter.weight,
            group: voter.group.clone(),
            veto: voter.veto,
        };
        Self {
            action: "run".into(),
            rule: plan.rule.text().into(),
            argv: plan.argv.iter().map(OsText::of).collect(),
            cwd: OsText::of(cwd),
            program: program.bound(),
            files: snapshot.bound(),
            env: plan.env.iter().map(|name| variable(name)).collect(),
            voters: plan.voters.iter().map(voter).collect(),
            veto_s: Seconds::of(plan.veto),
            timeout_s: Seconds::of(plan.timeout),
            expires_at,
        }
    }

    /// As the content of a proposal, and as the text that voters get.
    ///
    /// # Errors
    ///
    /// When it is too long.
    pub(super) fn content(&self) -> Result<(Value, String), Failure> {
        let wrong = |why: String| {
            Failure::usage("gate.content", format!("this cannot be put to a vote: {why}; nothing was done"))
        };
        let text = serde_json::to_string(self).map_err(|why| wrong(why.to_string()))?;
        let content = Value::from_json_within(&text, &Limits::default()).map_err(|why| wrong(why.to_string()))?;
        Ok((content, text))
    }

    /// Reads the content of a proposal; nothing where it is no gate's.
    pub(crate) fn read(content: &Value) -> Option<Self> {
        let text = serde_json::to_string(content).ok()?;
        serde_json::from_str::<Self>(&text).ok().filter(|read| read.action == "run")
    }

    /// The command as it would be typed, for people.
    pub(crate) fn command(&self) -> String {
        command_shown(&self.argv)
    }

    /// What is bound, for people: what it is, and which.
    pub(crate) fn rows(&self) -> Vec<(&'static str, String)> {
        let Self { cwd, program, files, env, .. } = self;
        let mut rows = vec![
            ("command", self.command()),
            ("in", cwd.to_string()),
            ("program", format!("{} ({}) sha256:{}", program.path, program.how, program.digest)),
        ];
        rows.extend(
            files.iter().map(|file| ("file", format!("{{{}}} = {} sha256:{}", file.name, file.path, file.digest))),
        );
        rows.extend(env.iter().map(|variable| {
            let digest = variable.digest.as_ref().map_or("was not set".to_owned(), |digest| format!("sha256:{digest}"));
            ("env", format!("{} {digest}", variable.name))
        }));
        rows
    }

    /// The voters that stand in it.
    ///
    /// # Errors
    ///
    /// What does not stand.
    pub(crate) fn voters(&self) -> Result<Vec<Voter>, Failure> {
        let voter = |bound: &BoundVoter| {
            let what = What::read(&bound.name, &bound.what)?;
            let plain = Voter::new(&bound.name, what)?;
            Ok(Voter { weight: bound.weight, group: bound.group.clone(), veto: bound.veto, ..plain })
        };
        self.voters.iter().map(voter).collect()
    }
}

/// What a variable holds, as a digest: it may be a secret.
fn variable(name: &str) -> BoundVariable {
    let digest = env::var_os(name).map(|value: OsString| hex(&Sha256::digest(value.as_bytes())));
    BoundVariable { name: name.into(), digest }
}

/// In hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
