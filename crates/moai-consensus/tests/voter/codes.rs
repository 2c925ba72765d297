//! Every reason for no ballot has a code, and a text that says what state is left.

use std::collections::BTreeSet;
use std::time::Duration;

use moai_consensus::VoterError;
use moai_core::{Aftermath, Coded, InvalidInput, JournalError, Timestamp, proposal_id};

#[test]
fn a_reason_for_no_ballot_has_no_code_or_does_not_say_what_is_left() {
    let proposal = proposal_id!("deploy-v2.0");
    let own = [
        VoterError::failed("no model"),
        VoterError::Panicked { why: "thinking is hard".into() },
        VoterError::Deadline { deadline: Timestamp::UNIX_EPOCH },
        VoterError::TooLong { longest: Duration::from_secs(300) },
        VoterError::Busy { limit: 2 },
        VoterError::Leaving,
        VoterError::TooManyRounds { proposal: proposal.clone(), limit: 64 },
        VoterError::Forgotten { proposal },
    ];
    let codes: BTreeSet<_> = own.iter().map(Coded::code).collect();
    assert_eq!(codes, VoterError::CODES.iter().copied().collect());
    let others = [
        VoterError::Rubbish(InvalidInput::Empty { field: "reason" }),
        VoterError::Journal(JournalError::Full { what: "a record".into() }),
        VoterError::Journal(JournalError::Failed { why: "the disk is gone".into() }),
        VoterError::Journal(JournalError::Poisoned { why: "the disk is gone".into() }),
        VoterError::Recall(JournalError::Unavailable { why: "the disk is slow".into() }),
    ];
    let codes = others.each_ref().map(Coded::code);
    assert_eq!(codes, ["input.empty", "journal.full", "journal.failed", "journal.poisoned", "journal.unavailable"]);
    assert_eq!(others[3].aftermath(), Aftermath::StopThisAgent);
    for error in own.iter().chain(&others) {
        let (text, left) = (error.to_string(), error.aftermath().to_string());
        assert!(text.ends_with(&left), "{text:?} does not say that {left}");
    }
}
