//! A certificate as bytes: one form for each.

use std::sync::Arc;

use moai_core::{AgentId, InvalidInput, Limits, ProposalId};

use super::Certificate;
use crate::codec::{Reader, Writer};
use crate::{Ballot, Decision, Elector, Electorate, Evidence, Group, Proposal, Reply, VoterKey};

const FIELD: &str = "certificate";

impl Certificate {
    /// The bytes to keep, or to show to others.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        // No bit makes one of the others.
        let decision = match self.decision {
            Decision::Approved => 1,
            Decision::Rejected => 2,
            Decision::Timeout => 4,
        };
        let to = Writer::new(512 * (1 + self.ballots.len()))
            .byte(decision)
            .text(self.proposal.id().as_str())
            .text(self.proposal.proposer().as_str())
            .value(self.proposal.content())
            .digest(&self.instance);
        let to = count(to.u64(self.electorate.epoch()).u64(self.electorate.unit()), self.electorate.len());
        let to = self.electorate.electors().iter().fold(to, write_elector);
        let to = self.ballots.iter().fold(count(to, self.ballots.len()), |to, ballot| {
            to.bytes(&Reply::Ballot(Ballot::clone(ballot)).to_bytes())
        });
        let to = count(to, self.evidence.len());
        self.evidence.iter().fold(to, |to, evidence| to.bytes(&evidence.to_bytes())).finish()
    }

    /// Reads the bytes of a certificate. Nothing is verified by that.
    ///
    /// # Errors
    ///
    /// What cannot be read, and what is written in another form than the one that there is.
    pub fn from_bytes(bytes: &[u8], limits: &Limits) -> Result<Self, InvalidInput> {
        let mut from = Reader::new(FIELD, bytes, limits)?;
        let decision = match from.byte()? {
            1 => Decision::Approved,
            2 => Decision::Rejected,
            4 => Decision::Timeout,
            other => return Err(from.malformed(format!("{other} is no decision"))),
        };
        let id = from.name("proposal id", |text| ProposalId::new(text))?;
        let proposer = from.name("agent id", |text| AgentId::new(text))?;
        let proposal = Proposal::assemble(id, proposer, from.value("proposal", limits.value_bytes)?);
        let instance = from.digest()?;
        let (epoch, unit, electors) = (from.u64()?, from.u64()?, from.u32()?);
        let electors = (0..electors).map(|_| read_elector(&mut from)).collect::<Result<Vec<_>, _>>()?;
        if unit == 0 {
            return Err(from.malformed("the unit of weights is at least 1"));
        }
        let electorate = Electorate::build(electors, unit, epoch)?;
        let ballots = (0..from.u32()?).map(|_| read_ballot(&mut from, limits)).collect::<Result<Vec<_>, _>>()?;
        let evidence = (0..from.u32()?)
            .map(|_| Evidence::from_bytes(from.bytes("evidence", bytes.len())?, limits).map(Arc::new))
            .collect::<Result<Vec<_>, _>>()?;
        let read = Self { proposal, electorate, instance, decision, ballots, evidence };
        if from.is_empty() && read.to_bytes() == bytes {
            return Ok(read);
        }
        Err(from.malformed("it is not in its one form"))
    }
}

/// What there is more of than four bytes can tell is over every limit, and refused where it is read.
fn count(to: Writer, count: usize) -> Writer {
    to.u32(u32::try_from(count).unwrap_or(u32::MAX))
}

fn write_elector(to: Writer, elector: &Elector) -> Writer {
    let to = to.text(elector.id.as_str()).u64(elector.weight);
    let to = to.text(elector.group.as_ref().map_or("", Group::as_str)).byte(elector.veto.into());
    match &elector.key {
        Some(key) => to.byte(1).array(key.as_bytes()),
        None => to.byte(0),
    }
}

fn read_elector(from: &mut Reader<'_>) -> Result<Elector, InvalidInput> {
    let id = from.name("agent id", |text| AgentId::new(text))?;
    let weight = from.u64()?;
    let group = match from.text("group", Limits::ID_BYTES)? {
        "" => None,
        name => Some(Group::new(name)?),
    };
    let mut flag = || match from.byte()? {
        0 => Ok(false),
        1 => Ok(true),
        other => Err(from.malformed(format!("{other} is neither 0 nor 1"))),
    };
    let (veto, has_key) = (flag()?, flag()?);
    let key = if has_key { Some(VoterKey::from_bytes(from.array()?)) } else { None };
    Ok(Elector { id, weight, group, veto, key })
}

fn read_ballot(from: &mut Reader<'_>, limits: &Limits) -> Result<Arc<Ballot>, InvalidInput> {
    match Reply::from_bytes(from.bytes("ballot", usize::MAX)?, limits)? {
        Reply::Ballot(ballot) => Ok(Arc::new(ballot)),
        Reply::Failed { .. } => Err(from.malformed("what stands in it is no ballot")),
    }
}
