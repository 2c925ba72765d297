//! Stamps at their edges.

use moai_crdt::Stamp;

#[test]
fn the_count_spills_into_the_milliseconds() {
    let last = Stamp::from_parts(Stamp::MAX_MILLIS, u16::MAX).unwrap();
    assert_eq!(last.get(), u64::MAX);
    assert_eq!((last.millis(), last.count()), (Stamp::MAX_MILLIS, u16::MAX));
    assert!(Stamp::from_parts(Stamp::MAX_MILLIS + 1, 0).is_err());
    assert!(Stamp::from_parts(1, u16::MAX).unwrap() < Stamp::from_parts(2, 0).unwrap());
    assert_eq!(Stamp::from_u64(1 << 16).to_string(), "1+0");
}
