//! What must never happen to the journal in memory.

use moai_core::{
    Coded, Head, Journal, JournalError, Limits, NewRecord, Persistence, Timestamp, record_kind, verify_journal,
};
use moai_store::MemoryJournal;

fn new(payload: &'static str) -> NewRecord {
    NewRecord::new(record_kind!("decision"), Timestamp::UNIX_EPOCH, payload)
}

#[test]
fn records_are_numbered_linked_and_read_back_in_pages() {
    pollster::block_on(async {
        let journal = MemoryJournal::with_limits(Limits { page_items: 2, ..Limits::default() });
        assert_eq!(journal.persistence(), Persistence::Process);
        assert_eq!(journal.append(vec![]).await.unwrap(), Head::EMPTY);

        journal.append(vec![new("a"), new("b")]).await.unwrap();
        let head = journal.clone().append(vec![new("c")]).await.unwrap();
        assert_eq!(head.seq, 3);
        assert_eq!(journal.append(vec![]).await.unwrap(), head);
        assert_eq!(verify_journal(&journal, Some(head)).await.unwrap(), head);

        let first = journal.read(0, 100).await.unwrap();
        assert_eq!(first.iter().map(|record| record.seq).collect::<Vec<_>>(), [1, 2]);
        assert_eq!(journal.read(1, 100).await.unwrap(), first);
        assert_eq!(journal.read(3, 1).await.unwrap()[0].payload, "c");
        assert_eq!(journal.read(4, 1).await.unwrap(), []);
        assert_eq!(journal.read(u64::MAX, 1).await.unwrap(), []);
        assert_eq!(journal.read(1, 0).await.unwrap_err().code(), "input.empty");
    });
}

#[test]
fn an_append_over_the_limits_leaves_nothing_behind() {
    pollster::block_on(async {
        let journal = MemoryJournal::with_limits(Limits { append_records: 2, record_bytes: 3, ..Limits::default() });
        let many = journal.append(vec![new("a"), new("b"), new("c")]).await.unwrap_err();
        assert_eq!(many.code(), "input.too_many");
        let long = journal.append(vec![new("abc"), new("abcd")]).await.unwrap_err();
        assert!(matches!(long, JournalError::Input(_)));
        assert_eq!(journal.head().await.unwrap(), Head::EMPTY);
    });
}
