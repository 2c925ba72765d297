//! The ways in which a journal can break its word, each with the check that must notice.

macro_rules! faults {
    ($($fault:ident => $check:literal,)+) => {
        /// One broken sentence.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum Fault { $($fault),+ }

        /// Every fault, with the check that must notice it.
        pub(crate) const FAULTS: &[(Fault, &str)] = &[$((Fault::$fault, $check)),+];
    };
}

faults! {
    NumbersFromZero => "records_are_not_numbered_from_one",
    SkipsANumber => "numbers_have_gaps",
    GivesTheHeadBefore => "an_append_gives_another_head",
    RecordsNothing => "an_append_of_nothing_leaves_something",
    StaysAtTheFirstHead => "a_head_is_not_at_the_end",
    BeginsWithAHead => "an_empty_journal_has_a_head",

    ReadsBehind => "reading_begins_with_another_record",
    ReadsNothingFromZero => "zero_is_not_the_beginning",
    RepeatsTheLast => "there_is_something_behind_the_end",
    EndsAtAnAppend => "an_answer_is_empty_before_the_end",
    ReadsWithoutLimit => "a_page_is_too_long",
    ReadsWithoutOwnLimit => "a_journal_forgets_its_own_limit",
    ReadsNone => "a_page_of_none_is_given",
    ReadsManyBytes => "a_page_has_too_many_bytes",
    ReadsNoLargeRecord => "a_large_record_stops_the_reader",

    TrimsPayloads => "a_payload_is_changed_by_keeping_it",
    CutsTimes => "a_time_is_changed_by_keeping_it",
    CutsKinds => "a_kind_is_changed_by_keeping_it",
    RecordsEqualsOnce => "equal_records_are_taken_for_one",
    Forgets => "a_record_changes_later",
    BreaksTheChain => "the_chain_does_not_hold",
    GivesItsOwnHeads => "a_head_is_no_witness",

    KeepsLongPayloads => "a_payload_over_the_limit_is_kept",
    KeepsManyRecords => "too_many_records_are_kept",
    KeepsWhatFits => "a_refused_append_leaves_some_records",
    RefusesAtTheLimit => "an_append_at_its_limits_is_refused",

    AppendsOneByOne => "appends_at_once_mix_their_records",
    ShowsOneByOne => "a_reader_sees_half_an_append",
    IsDroppedBetweenTwo => "a_dropped_append_is_half_done",
    AppendsToAnOldHead => "appends_on_threads_break_the_chain",

    LosesTheLast => "a_record_is_lost_by_reopening",
    LosesTimes => "a_record_changes_by_reopening",
    BeginsAnew => "the_chain_begins_anew_by_reopening",
}
