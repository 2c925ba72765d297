//! The ways in which a coordinator can break its word, each with the check that must notice.

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
    NamesAnotherSwarm => "a_coordinator_is_of_another_swarm",
    SharesOneRegistry => "two_swarms_hear_each_other",
    IsReachedOnlyOnceItListens => "who_joined_is_not_reached_at_once",
    MixesUpOwners => "a_mailbox_names_somebody_else",
    LetsTheReservedNameIn => "the_reserved_name_joins",
    GivesANameTwice => "a_name_is_given_twice",
    EvictsOnARefusedJoin => "a_refused_join_takes_out_the_first",
    HoldsOneMore => "a_full_swarm_takes_one_more",
    HoldsOneLess => "a_swarm_is_full_too_early",
    CountsRefusedJoins => "a_refused_join_takes_a_place",
    CutsNames => "a_long_name_is_cut",

    ShowsServices => "a_service_is_counted",
    RemembersTheFirstRole => "a_member_that_became_a_service_is_counted",
    HidesServices => "a_service_is_not_reached_by_name",
    SilencesServices => "a_service_cannot_send",
    SilencesBroadcastsOfServices => "a_service_cannot_broadcast",
    BroadcastsToServices => "a_service_hears_a_broadcast",
    GivesServicesAState => "a_service_has_a_state",
    GivesServicesAMembersMailbox => "a_service_has_the_mailbox_of_a_member",
    KeepsServices => "a_service_cannot_leave",

    CarriesForOtherSwarms => "an_envelope_of_another_swarm_is_carried",
    LetsStrangersSend => "a_stranger_sends",
    AcceptsForNobody => "a_message_to_nobody_is_accepted",
    CopiesToOthers => "a_message_reaches_somebody_else",
    RefusesOneself => "nobody_can_write_to_itself",
    ForgetsTheCorrelation => "a_message_is_changed_on_its_way",
    DeliversTwice => "a_message_arrives_twice",
    PutsTheLastFirst => "messages_of_one_sender_overtake_each_other",
    CarriesLargePayloads => "a_payload_over_the_limit_is_carried",
    RefusesAPayloadAtTheLimit => "a_payload_at_the_limit_is_refused",
    LosesWhatIsSentMeanwhile => "many_senders_at_once_lose_or_double_messages",
    WritesBackWhatItRead => "threads_lose_or_double_messages",

    WaitsForRoom => "a_send_to_a_full_mailbox_waits",
    TakesOneMessageMore => "a_full_mailbox_takes_one_more",
    MisnamesAFullMailbox => "a_full_mailbox_is_misnamed",
    TakesOneMessageLess => "a_mailbox_is_full_too_early",
    IsFullWhenOneIs => "a_full_mailbox_stops_the_others",
    DropsTheOldest => "a_refusal_pushes_out_what_was_accepted",
    KeepsTheRefused => "what_was_refused_arrives_later",
    CountsWhatWasEverAccepted => "a_drained_mailbox_stays_full",

    BroadcastsToAllButTheLast => "a_broadcast_misses_a_member",
    BroadcastsToTheSender => "a_broadcast_comes_back_to_its_sender",
    IgnoresExceptions => "a_broadcast_reaches_who_was_excepted",
    RefusesStrangeExceptions => "a_strange_exception_spoils_a_broadcast",
    NamesTheReachedBackwards => "a_broadcast_lies_about_whom_it_reached",
    HidesRefusals => "a_broadcast_hides_a_full_mailbox",
    BroadcastsUpToTheFirstFull => "a_full_mailbox_stops_a_broadcast",
    RefusesABroadcastToNobody => "a_broadcast_to_nobody_is_an_error",
    BroadcastsFirst => "a_broadcast_overtakes_a_message",
    BroadcastsTwice => "a_broadcast_is_changed_or_doubled",
    BroadcastsForOtherSwarms => "a_broadcast_of_another_swarm_is_carried",
    LetsStrangersBroadcast => "a_stranger_broadcasts",
    BroadcastsLargePayloads => "a_broadcast_over_the_limit_is_carried",

    EndsAnEmptyMailbox => "a_mailbox_ends_while_its_owner_is_there",
    WakesNobody => "a_sleeping_receiver_is_not_woken",
    WakesTheFirstWaker => "a_receiver_that_moved_is_not_woken",
    HandsToADroppedRecv => "dropping_a_recv_loses_a_message",
    HandsToADroppedRecvMany => "dropping_a_recv_many_loses_messages",
    GivesManyBackwards => "recv_many_mixes_up_the_order",
    IgnoresTheLimitOfMany => "recv_many_takes_more_than_its_limit",
    ClearsWhatWasGathered => "recv_many_forgets_what_was_gathered",
    CountsWhatWasGathered => "recv_many_miscounts",
    TakesOneForNone => "recv_many_of_none_waits_or_takes",
    GivesNoneOfNothing => "recv_many_gives_none_to_its_owner",
    WakesNobodyFromMany => "a_sleeping_recv_many_is_not_woken",

    ReachesWhoLeft => "who_left_is_still_reached",
    BroadcastsToWhoLeft => "who_left_still_gets_broadcasts",
    ShowsWhoLeft => "who_left_is_still_seen",
    LetsWhoLeftSend => "who_left_still_sends",
    EmptiesALeftMailbox => "what_was_accepted_is_lost_by_leaving",
    GivesNoneOfALeftMailbox => "recv_many_loses_what_was_accepted_by_leaving",
    NeverEnds => "a_left_mailbox_never_ends",
    ReadsByName => "an_ended_mailbox_begins_again",
    NeverEndsMany => "recv_many_of_an_ended_mailbox_waits",
    LeavesSilently => "a_receiver_sleeps_through_its_leave",
    KeepsNames => "a_name_stays_taken_after_leaving",
    BequeathsMessages => "a_successor_inherits_messages",
    BequeathsTheState => "a_successor_inherits_a_state",
    LetsStrangersLeave => "a_stranger_leaves",
    StaysWhenDropped => "a_dropped_mailbox_stays_in_the_swarm",
    LeavesByNameWhenDropped => "dropping_an_old_mailbox_takes_out_the_new_owner_of_the_name",

    BeginsIdle => "a_new_member_is_not_active",
    ShowsAllButTheFirst => "a_view_misses_a_member",
    ShowsInTheOrderOfJoining => "a_view_is_unsorted",
    IgnoresStates => "a_state_is_not_seen",
    SetsTheStateOfAll => "a_state_spreads_to_others",
    TakesStatesOfStrangers => "a_stranger_has_a_state",
    HidesTheFailed => "a_failed_member_vanishes",
    CutsOffTheBusy => "a_busy_member_is_cut_off",

    JoinsBeforeItAnswers => "a_dropped_join_keeps_its_name",
    LeavesInTwoSteps => "a_dropped_leave_is_half_done",
    SendsWhatWasDropped => "a_dropped_send_arrives_late_or_twice",
    BroadcastsInTwoSteps => "a_dropped_broadcast_reaches_some",
}
