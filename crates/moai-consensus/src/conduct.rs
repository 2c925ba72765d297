//! How voters conducted themselves in one vote, and what each accusation rests on.

use moai_core::{AgentId, Value};
use serde::Serialize;

use crate::{Certificate, Dissent, Evidence, Outcome, Verifier};

/// How voters conducted themselves in one vote: four lists, never merged. Only the first is malice, and it says whether it
/// rests on proof.
///
/// ```
/// # #[cfg(feature = "signing")] {
/// # fn example(outcome: &moai_consensus::Outcome, certificate: Option<&moai_consensus::Certificate>) {
/// use moai_consensus::{Ed25519, Ground};
///
/// let conduct = outcome.conduct(certificate, &Ed25519);
/// if conduct.proven.ground == Ground::Proof {
///     println!("they lied, and anybody can check it: {:?}", conduct.proven.who);
/// }
/// # }
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Conduct {
    /// Who signed two things that contradict each other.
    pub proven: Listed,
    /// Who said two things, as far as whoever managed the vote has told.
    pub unstable: Listed,
    /// Who was not heard.
    pub silent: Listed,
    /// Who did not say what was decided: everybody's right.
    pub dissenting: Listed,
}

/// Some voters, and what it rests on that they are listed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Listed {
    /// Who, in the order of the outcome's own list.
    pub who: Vec<AgentId>,
    /// What it rests on, for each of them.
    pub ground: Ground,
}

/// What it rests on that voters are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Ground {
    /// Signed ballots of each of them, which were checked.
    Proof,
    /// The word of whoever managed the vote: what came in was not signed, or is not at hand.
    Word,
    /// The same, about what nobody can ever prove: that somebody said nothing.
    Silence,
}

impl Outcome {
    /// How voters conducted themselves. The signatures in its evidence are checked, and where there is a
    /// [`Certificate`] those of who dissents.
    ///
    /// Who is listed as proven without a proof that verifies makes that list rest on a [`Word`](Ground::Word).
    #[must_use]
    pub fn conduct(&self, certificate: Option<&Certificate>, verifier: &dyn Verifier) -> Conduct {
        let proves = |evidence: &&Evidence| {
            let key = self.electorate.own_key(evidence.voter());
            evidence.first.instance == self.instance && key.is_some_and(|key| evidence.verify_by(key, verifier).is_ok())
        };
        let mut caught: Vec<&AgentId> = self.evidence.iter().filter(proves).map(Evidence::voter).collect();
        caught.sort_unstable();
        // Other votes than those that bear liars have no such list of their own.
        let proven = self.listed("proven").unwrap_or_else(|| caught.iter().map(|id| (*id).clone()).collect());
        let seen = self.evidence.iter().map(Evidence::voter).filter(|voter| !proven.contains(voter));
        let unstable = self.listed("unstable").unwrap_or_else(|| seen.cloned().collect());
        let silent = self.listed("silent").unwrap_or_else(|| self.silent.clone());
        let ground = |proof| if proof { Ground::Proof } else { Ground::Word };
        let all_caught = proven.iter().all(|voter| caught.binary_search(&voter).is_ok());
        let signed = |dissent: &Dissent| {
            let ballots = certificate.iter().flat_map(|certificate| certificate.ballots());
            let mut its = ballots.filter(|ballot| ballot.voter == dissent.voter && ballot.instance == self.instance);
            let key = self.electorate.own_key(&dissent.voter);
            let proves = |key| its.any(|its| its.choice == dissent.choice && its.verify(key, verifier).is_ok());
            key.is_some_and(proves)
        };
        let all_signed = self.dissent.iter().all(signed);
        let dissenting = self.dissent.iter().map(|dissent| dissent.voter.clone()).collect();
        Conduct {
            proven: Listed { who: proven, ground: ground(all_caught) },
            unstable: Listed { who: unstable, ground: Ground::Word },
            silent: Listed { who: silent, ground: Ground::Silence },
            dissenting: Listed { who: dissenting, ground: ground(all_signed) },
        }
    }

    /// A list of names in the report, where there is one.
    fn listed(&self, key: &str) -> Option<Vec<AgentId>> {
        let Value::Array(names) = self.metadata.get(key)? else { return None };
        names.iter().map(|name| AgentId::new(name.as_text()?).ok()).collect()
    }
}
