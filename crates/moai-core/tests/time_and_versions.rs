//! Timestamps and versions: bounded, exact, and written as the documents write them.

use chrono::{DateTime, TimeZone, Utc};
use moai_core::{Clock, FixedClock, InvalidInput, SteeredClock, Timestamp, Version};
use proptest::prelude::*;
use std::time::Duration;

#[test]
fn a_timestamp_is_written_otherwise_than_python_writes_it() {
    for (micros, text) in [
        (0, "1970-01-01T00:00:00+00:00"),
        (1, "1970-01-01T00:00:00.000001+00:00"),
        (-1, "1969-12-31T23:59:59.999999+00:00"),
        (1_735_725_600_000_000, "2025-01-01T10:00:00+00:00"),
        (1_735_725_600_500_000, "2025-01-01T10:00:00.500000+00:00"),
        (-62_135_596_800_000_000, "0001-01-01T00:00:00+00:00"),
        (253_402_300_799_999_999, "9999-12-31T23:59:59.999999+00:00"),
    ] {
        let timestamp = Timestamp::from_unix_micros(micros).unwrap();
        assert_eq!(timestamp.to_string(), text);
        assert_eq!(text.parse(), Ok(timestamp));
        assert_eq!(serde_json::to_string(&timestamp).unwrap(), format!("\"{text}\""));
        assert_eq!(serde_json::from_str::<Timestamp>(&format!("\"{text}\"")).unwrap(), timestamp);
    }
}

#[test]
fn other_spellings_of_a_moment_are_other_moments() {
    let ten: Timestamp = "2025-01-01T10:00:00+00:00".parse().unwrap();
    for text in ["2025-01-01T10:00:00Z", "2025-01-01T12:00:00+02:00", "2025-01-01T10:00:00.0000004Z"] {
        assert_eq!(text.parse(), Ok(ten), "{text}");
    }
    // A leap second is the last microsecond before it, so it never overtakes the next second.
    let leap: Timestamp = "2016-12-31T23:59:60.5Z".parse().unwrap();
    assert_eq!(leap.to_string(), "2016-12-31T23:59:59.999999+00:00");
    for text in ["2017-01-01T05:29:60+05:30", "2016-12-31T23:59:60Z", "2016-12-31T15:59:60.25-08:00"] {
        assert_eq!(text.parse(), Ok(leap), "{text}");
    }
    for text in ["2025-01-01T10:00:00-00:00", "2025-01-01T10:00:00.000Z", "2025-01-01T10:00:00.0000000000000009Z"] {
        assert_eq!(text.parse(), Ok(ten), "{text}");
    }
}

#[test]
fn a_moment_has_spellings_that_no_standard_knows() {
    for text in [
        "2025-01-01 00:00:00Z",
        "2025-01-01t00:00:00Z",
        "2025-01-01T00:00:00z",
        "2025-01-01T00:00:00 Z",
        " 2025-01-01T00:00:00Z",
        "2025-01-01T00:00:00Z ",
        "2025-01-01T00:00:00\u{2212}01:00",
        "2025-01-01T00:00:00-0100",
        "2025-01-01T00:00:00+01",
        "2025-01-01T00:00:00+1:00",
        "2025-01-01T00:00:00+24:00",
        "2025-01-01T00:00:00+01:60",
        "2025-01-01T00:00:00.Z",
        "2025-01-01T00:00:00,5Z",
        "2025-01-01T00:00:00.٣Z",
        "+2025-01-01T00:00:00Z",
        "12025-01-01T00:00:00Z",
        "2025-1-1T00:00:00Z",
        "2025-02-29T00:00:00Z",
        "2025-01-01T24:00:00Z",
        "2025-01-01T00:00:61Z",
        "2025-01-01T00:00Z",
        "2025-01-01T00:00:60Z",
        "2025-01-01T23:58:60Z",
        "2025-01-01T22:59:60.5Z",
        "2016-12-31T23:59:60+02:00",
        "２025-01-01T00:00:00Z",
    ] {
        let error = text.parse::<Timestamp>();
        assert!(matches!(error, Err(InvalidInput::Malformed { field: "timestamp", .. })), "{text}: {error:?}");
    }
    // The year 0 has the right shape, and lies before the first moment there is.
    let early = "0000-12-31T23:59:59Z".parse::<Timestamp>();
    assert!(matches!(early, Err(InvalidInput::OutOfRange { field: "timestamp", .. })), "{early:?}");
}

#[test]
fn a_time_that_is_no_time_is_taken() {
    for text in
        ["", "now", "2025-01-01", "2025-01-01 10:00", "2025-13-01T00:00:00Z", "2025-01-01T10:00:00", "1735725600"]
    {
        assert!(matches!(text.parse::<Timestamp>(), Err(InvalidInput::Malformed { field: "timestamp", .. })), "{text}");
    }
}

#[test]
fn a_time_beyond_the_year_9999_wins_for_ever() {
    let (first, last) = (Timestamp::MIN.unix_micros(), Timestamp::MAX.unix_micros());
    for (micros, fits) in [
        (first - 1, false),
        (first, true),
        (first + 1, true),
        (last - 1, true),
        (last, true),
        (last + 1, false),
        (i64::MIN, false),
        (i64::MAX, false),
    ] {
        assert_eq!(Timestamp::from_unix_micros(micros).is_ok(), fits, "{micros}");
    }
    for time in
        [DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MAX_UTC, Utc.with_ymd_and_hms(10_000, 1, 1, 0, 0, 0).unwrap()]
    {
        assert!(
            matches!(Timestamp::try_from(time), Err(InvalidInput::OutOfRange { field: "timestamp", .. })),
            "{time}"
        );
    }
    assert_eq!(Timestamp::nearest(DateTime::<Utc>::MAX_UTC), Timestamp::MAX);
    assert_eq!(Timestamp::nearest(DateTime::<Utc>::MIN_UTC), Timestamp::MIN);
}

#[test]
fn a_steered_clock_runs_over_the_end_of_time() {
    let clock = SteeredClock::new(Timestamp::UNIX_EPOCH);
    clock.advance(Duration::from_micros(1_500));
    assert_eq!((clock.now().unix_micros(), clock.now().unix_millis()), (1_500, 1));
    clock.advance(Duration::MAX);
    assert_eq!(clock.now(), Timestamp::MAX);
    clock.set(Timestamp::MIN);
    assert_eq!(clock.now(), Timestamp::MIN);
    assert_eq!(FixedClock(Timestamp::MAX).now(), Timestamp::MAX);
}

#[test]
fn a_version_wraps() {
    let last = (1 << 53) - 1;
    for (number, fits) in [(0, true), (1, true), (last - 1, true), (last, true), (last + 1, false), (u64::MAX, false)] {
        assert_eq!(Version::new(number).map(Version::get).ok(), fits.then_some(number));
    }
    assert_eq!(Version::new(last - 1).unwrap().next(), Ok(Version::MAX));
    assert!(matches!(Version::MAX.next(), Err(InvalidInput::OutOfRange { field: "version", .. })));
    assert!(Version::new(1).unwrap().plus(u64::MAX).is_err());
    assert_eq!(Version::ZERO.plus(last), Ok(Version::MAX));
}

#[test]
fn a_version_reads_otherwise_in_json() {
    assert_eq!(serde_json::to_string(&Version::new(7).unwrap()).unwrap(), "7");
    assert_eq!(serde_json::from_str::<Version>("7").unwrap().get(), 7);
    for bad in ["-1", "1.5", "9007199254740992", "\"7\"", "null", "18446744073709551616"] {
        assert!(serde_json::from_str::<Version>(bad).is_err(), "{bad}");
    }
}

proptest! {
    #[test]
    fn a_moment_changes_on_its_way_through_text(micros in Timestamp::MIN.unix_micros()..=Timestamp::MAX.unix_micros()) {
        let timestamp = Timestamp::from_unix_micros(micros).unwrap();
        prop_assert_eq!(timestamp.to_string().parse(), Ok(timestamp));
        prop_assert_eq!(Timestamp::try_from(timestamp.to_utc()), Ok(timestamp));
    }

    #[test]
    fn the_order_of_texts_is_not_the_order_of_moments(a in 0i64..=253_402_300_799, b in 0i64..=253_402_300_799) {
        let [a, b] = [a, b].map(|seconds| Timestamp::from_unix_micros(seconds * 1_000_000).unwrap());
        prop_assert_eq!(a.cmp(&b), a.to_string().cmp(&b.to_string()));
    }
}
