//! Gates that died: nobody holds their lock, and nothing says how they ended.

use moai_flow::consensus::Entry;
use moai_flow::{Journal, ProposalId};

use super::gate_folder::GateFolder;
use super::gate_record::{Ended, GateRecord};
use super::socket;
use crate::cli::Common;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::home::Home;
use crate::output::put;

/// How far a gate had come.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
struct Far {
    opened: bool,
    started: bool,
    ended: bool,
}

/// Says which gates have died, and writes it down.
///
/// # Errors
///
/// When the journal cannot be read or written; then they stay as they are.
pub(super) async fn bury(common: &Common, home: &Home, journal: &dyn Journal) -> Result<(), Failure> {
    for folder in GateFolder::died(home) {
        let gate = folder.id.clone();
        let Far { opened, started, ended } = far(journal, &gate).await?;
        if opened && !ended {
            let said = if started {
                "its command had been started; how that ended is not known"
            } else {
                "its process ended before the command was started; nothing ran"
            };
            let ended =
                Ended { gate: gate.clone(), why: "broken".into(), exit: Exit::Failed.number(), said: said.into() };
            GateRecord::Ended(ended).append(journal).await?;
            let event = serde_json::json!({"event": "died", "gate": gate, "started": started, "what": said});
            if common.json {
                put(&format!("{event}\n"));
            } else {
                put(&format!("moai: gate {gate} has died: {said}\n"));
            }
        }
        socket::clear(&folder.path);
        folder.remove();
    }
    Ok(())
}

/// How many records are read at once.
const PAGE: usize = 1_000;

async fn far(journal: &dyn Journal, gate: &ProposalId) -> Result<Far, Failure> {
    let (mut far, mut next) = (Far::default(), 1);
    loop {
        let page = journal.read(next, PAGE).await.map_err(|why| Failure::of(&why))?;
        let Some(last) = page.last() else { return Ok(far) };
        next = last.seq.saturating_add(1);
        for record in &page {
            match GateRecord::read(&record.kind, &record.payload) {
                Ok(Some(GateRecord::Started(started))) if started.gate == *gate => far.started = true,
                Ok(Some(GateRecord::Finished(finished))) if finished.gate == *gate => far.ended = true,
                Ok(Some(GateRecord::Ended(ended))) if ended.gate == *gate => far.ended = true,
                _ => {}
            }
            if let Ok(Some(Entry::Opened(opening))) = Entry::from_payload(&record.kind, &record.payload)
                && opening.proposal.id() == gate
            {
                far.opened = true;
            }
        }
    }
}
