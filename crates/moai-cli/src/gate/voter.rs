//! Who votes.

use moai_flow::AgentId;
use moai_flow::consensus::{Elector, Electorate, Group, Ratio, VoterKey};

use crate::failure::Failure;
use crate::output::harmless;

/// Somebody who votes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Voter {
    pub(crate) id: AgentId,
    pub(crate) what: What,
    pub(crate) weight: Ratio,
    pub(crate) group: Option<Group>,
    pub(crate) veto: bool,
}

/// What somebody is who votes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum What {
    /// A person at a terminal.
    Human,
    /// A person whose ballots are signed.
    Keyed(VoterKey),
    /// A line for the shell.
    Program(String),
}

/// These names have a meaning of their own.
const RESERVED: [&str; 2] = [OWNER, MANAGER];
/// Who runs the gate.
pub(crate) const OWNER: &str = "owner";
/// Who counts.
pub(crate) const MANAGER: &str = "moai";

impl What {
    /// What stands behind `NAME=`.
    ///
    /// # Errors
    ///
    /// A key that is none, and nothing at all.
    pub(crate) fn read(name: &str, text: &str) -> Result<Self, Failure> {
        let wrong = |why: &str| {
            Failure::usage(
                "gate.voter",
                format!("the voter {} does not stand: {why}; nothing was done", harmless(name)),
            )
            .and_then(
                "such as: --voter tests='cargo test', review=human, or anna=key:HEX with what `moai key FILE` says",
            )
        };
        match (text.trim(), text.strip_prefix("key:")) {
            ("", _) => Err(wrong("it is `human`, `key:HEX`, or a line for the shell")),
            ("human", _) => Ok(Self::Human),
            (_, Some(hex)) => {
                let key = hex.trim().parse::<VoterKey>();
                let key = key.map_err(|_| wrong("a key is `key:` and 64 hexadecimal digits"))?;
                if key.is_of_small_order() {
                    return Err(wrong("this key is nobody's own, anybody can sign for it"));
                }
                Ok(Self::Keyed(key))
            }
            (_, None) if text.contains('\0') => Err(wrong("a line for the shell has no zero bytes")),
            (digits, None) if is_bare_key(digits) => {
                let key = format!("key:{}", digits.to_ascii_lowercase());
                Err(wrong("these digits are no line for the shell").and_then(format!("did you mean {key}?")))
            }
            _ => Ok(Self::Program(text.into())),
        }
    }

    /// As it is written.
    pub(crate) fn text(&self) -> String {
        match self {
            Self::Human => "human".into(),
            Self::Keyed(key) => format!("key:{}", key),
            Self::Program(line) => line.clone(),
        }
    }

    pub(crate) const fn is_person(&self) -> bool {
        matches!(self, Self::Human | Self::Keyed(_))
    }
}

/// Whether it looks like a key that does not say that it is one.
fn is_bare_key(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

impl Voter {
    /// Somebody of weight 1.
    ///
    /// # Errors
    ///
    /// A name that is none, or means something else.
    pub(crate) fn new(name: &str, what: What) -> Result<Self, Failure> {
        let wrong = |why: String| Failure::usage("gate.voter", format!("{why}; nothing was done"));
        let id = AgentId::new(name)
            .map_err(|why| wrong(format!("the voter `{}` cannot be called so: {why}", harmless(name))))
            .map_err(|why| {
                why.and_then("names are of a-z, 0-9, `-`, `_` and `.`, and begin with a letter or a digit")
            })?;
        if RESERVED.contains(&name) {
            return Err(wrong(format!("no voter can be called {name}: that has a meaning of its own")));
        }
        Ok(Self { id, what, weight: Ratio::ONE, group: None, veto: false })
    }

    fn elector(&self) -> Elector {
        let elector = Elector::new(self.id.clone());
        let elector = self.group.iter().cloned().fold(elector, Elector::in_group);
        let elector = if self.veto { elector.with_veto() } else { elector };
        match self.what {
            What::Keyed(key) => elector.with_key(key),
            _ => elector,
        }
    }
}

/// Those who may vote.
///
/// # Errors
///
/// A name that stands there twice, weights that are too much together.
pub(crate) fn electorate(voters: &[Voter]) -> Result<Electorate, Failure> {
    let wrong =
        |why: moai_flow::InvalidInput| Failure::usage("gate.voters", format!("these cannot vote together: {why}"));
    let plain = Electorate::new(voters.iter().map(Voter::elector)).map_err(wrong)?;
    let weight = |id: &AgentId| voters.iter().find(|voter| voter.id == *id).map(|voter| voter.weight);
    plain.weighted(weight).map_err(wrong)
}

/// The people who may stop what was approved: those with a veto; or whoever runs the gate, where there are none.
///
/// # Errors
///
/// As [`electorate`].
pub(crate) fn holders(voters: &[Voter]) -> Result<Electorate, Failure> {
    let mut holders: Vec<Elector> =
        voters.iter().filter(|voter| voter.veto && voter.what.is_person()).map(Voter::elector).collect();
    if holders.is_empty() {
        let owner = AgentId::new(OWNER).map_err(|why| Failure::of(&why))?;
        holders.push(Elector::new(owner).with_veto());
    }
    Electorate::new(holders).map_err(|why| Failure::of(&why))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_that_does_not_say_so_is_a_line_for_the_shell() {
        let digits = "D75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";
        let key = format!("key:{}", digits.to_lowercase());
        let told = What::read("anna", &format!(" {digits}")).unwrap_err();
        assert!(told.exit == crate::exit::Exit::Usage && told.next == format!("did you mean {key}?"), "{told}");
        assert_eq!(What::read("anna", &key).unwrap().text(), key);
        for line in [&digits[1..], &format!("{digits} x"), &format!("./{digits}")] {
            assert!(matches!(What::read("anna", line), Ok(What::Program(_))), "{line}");
        }
    }
}
