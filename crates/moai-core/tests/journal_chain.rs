//! The chain of records: every changed byte is found, and a head that was written down finds what the chain cannot.

use async_trait::async_trait;
use moai_core::{
    BadRecord, Chain, Coded, Digest, Flaw, Head, Journal, JournalError, NewRecord, Persistence, Record, Timestamp,
    record_kind, verify_journal,
};

/// A journal of `n` records.
fn records(n: u64) -> Vec<Record> {
    let mut head = Head::EMPTY;
    (1..=n)
        .map(|i| {
            let time = Timestamp::from_unix_micros(i64::try_from(i).unwrap()).unwrap();
            let record =
                Record::after(head, NewRecord::new(record_kind!("ballot"), time, format!("vote {i}"))).unwrap();
            head = record.head();
            record
        })
        .collect()
}

fn follow(mut chain: Chain, records: &[Record]) -> Result<Head, BadRecord> {
    records.iter().try_for_each(|record| chain.follow(record))?;
    chain.finish()
}

#[test]
fn an_untouched_journal_is_called_bad() {
    assert_eq!(follow(Chain::new(), &[]), Ok(Head::EMPTY));
    let all = records(5);
    let head = all[4].head();
    assert_eq!(follow(Chain::new(), &all), Ok(head));
    for record in &all {
        assert_eq!(follow(Chain::new().through(record.head()), &all), Ok(head));
    }
    assert_eq!(follow(Chain::new().through(Head::EMPTY), &all), Ok(head));
}

#[test]
fn a_changed_record_goes_unseen() {
    type Change = fn(&mut Record);
    let changes: [(&str, Change); 6] = [
        ("payload", |record| record.payload = "vote for me".into()),
        ("kind", |record| record.kind = record_kind!("decision")),
        ("time", |record| record.time = Timestamp::MAX),
        ("seq", |record| record.seq += 1),
        ("previous", |record| record.previous = Digest::from_bytes([7; 32])),
        ("digest", |record| record.digest = Digest::from_bytes([7; 32])),
    ];
    for at in 0..5 {
        for (what, change) in changes {
            let mut all = records(5);
            change(&mut all[at]);
            let error = follow(Chain::new(), &all).expect_err(what);
            assert_eq!(error.seq, at as u64 + 1, "{what} of record {at}");
        }
    }
}

#[test]
fn a_record_that_was_taken_out_or_put_in_goes_unseen() {
    for at in 0..4 {
        let mut all = records(5);
        all.remove(at);
        let got = at as u64 + 2;
        assert_eq!(follow(Chain::new(), &all), Err(BadRecord::new(at as u64 + 1, Flaw::Number { got })));

        let mut all = records(5);
        all.swap(at, at + 1);
        assert!(follow(Chain::new(), &all).is_err());

        let mut all = records(5);
        all.insert(at, all[at].clone());
        assert_eq!(follow(Chain::new(), &all).unwrap_err().seq, at as u64 + 2);
    }
}

#[test]
fn a_record_from_another_journal_fits() {
    let mut all = records(3);
    let other = Record::after(
        Head { seq: 1, digest: Digest::from_bytes([1; 32]) },
        NewRecord::new(record_kind!("ballot"), Timestamp::UNIX_EPOCH, "forged"),
    )
    .unwrap();
    all[1] = other;
    assert_eq!(follow(Chain::new(), &all), Err(BadRecord::new(2, Flaw::Link)));
}

#[test]
fn a_cut_or_rewritten_journal_passes_before_a_witness() {
    let all = records(5);
    let witness = all[4].head();
    // Without a witness a cut journal is whole: that is why heads are written down.
    assert!(follow(Chain::new(), &all[..3]).is_ok());
    let cut = follow(Chain::new().through(witness), &all[..3]).unwrap_err();
    assert_eq!(cut, BadRecord::new(4, Flaw::Missing { witnessed: 5 }));

    let mut head = Head::EMPTY;
    let rewritten: Vec<Record> = all
        .iter()
        .map(|record| {
            let new = NewRecord::new(record.kind.clone(), record.time, "rewritten");
            let record = Record::after(head, new).unwrap();
            head = record.head();
            record
        })
        .collect();
    assert!(follow(Chain::new(), &rewritten).is_ok());
    assert_eq!(follow(Chain::new().through(witness), &rewritten), Err(BadRecord::new(5, Flaw::Witness)));
    let no_such = Head { seq: 0, digest: witness.digest };
    assert_eq!(follow(Chain::new().through(no_such), &all).unwrap_err().flaw, Flaw::Witness);
}

/// A journal that names one head and holds what it likes.
struct Promising {
    head: Head,
    records: Vec<Record>,
}

#[async_trait]
impl Journal for Promising {
    fn persistence(&self) -> Persistence {
        Persistence::Process
    }

    async fn append(&self, _: Vec<NewRecord>) -> Result<Head, JournalError> {
        Ok(self.head)
    }

    async fn read(&self, from: u64, _: usize) -> Result<Vec<Record>, JournalError> {
        // As small as can be: only an empty answer means the end.
        Ok(self.records.iter().find(|record| record.seq == from).cloned().into_iter().collect())
    }

    async fn head(&self) -> Result<Head, JournalError> {
        Ok(self.head)
    }
}

#[test]
fn a_journal_that_does_not_go_through_its_own_head_is_called_good() {
    let all = records(5);
    let verify = |head, witness| {
        let journal = Promising { head, records: all.clone() };
        pollster::block_on(verify_journal(&journal, witness))
    };
    let bad = |seq, flaw| Err(JournalError::Bad(BadRecord::new(seq, flaw)));
    let (third, last) = (all[2].head(), all[4].head());
    assert_eq!(verify(last, None), Ok(last));
    // It has grown since it was asked.
    assert_eq!(verify(third, Some(all[1].head())), Ok(last));
    assert_eq!(verify(Head { digest: last.digest, ..third }, None), bad(3, Flaw::Witness));
    assert_eq!(verify(Head { digest: third.digest, ..last }, Some(third)), bad(5, Flaw::Witness));
    assert_eq!(verify(Head { seq: 6, ..last }, None), bad(6, Flaw::Missing { witnessed: 6 }));
    assert_eq!(verify(last, Some(Head { digest: last.digest, ..third })), bad(3, Flaw::Witness));
}

#[test]
fn a_code_of_a_bad_record_is_never_seen() {
    let all = records(2);
    let mut changed = all.clone();
    changed[0].payload = "changed".into();
    let mut link = all.clone();
    link[1] = Record::after(
        Head { seq: 1, digest: Digest::from_bytes([1; 32]) },
        NewRecord::new(record_kind!("ballot"), Timestamp::UNIX_EPOCH, ""),
    )
    .unwrap();
    let codes = [
        follow(Chain::new(), &all[1..]).unwrap_err().code(),
        follow(Chain::new(), &link).unwrap_err().code(),
        follow(Chain::new(), &changed).unwrap_err().code(),
        follow(Chain::new().through(Head { seq: 1, ..Head::EMPTY }), &all).unwrap_err().code(),
        follow(Chain::new().through(Head { seq: 9, ..Head::EMPTY }), &all).unwrap_err().code(),
    ];
    assert_eq!(codes, BadRecord::CODES);
}

#[test]
fn the_last_number_wraps() {
    let head = Head { seq: u64::MAX, ..Head::EMPTY };
    assert!(Record::after(head, NewRecord::new(record_kind!("ballot"), Timestamp::UNIX_EPOCH, "")).is_none());
}
