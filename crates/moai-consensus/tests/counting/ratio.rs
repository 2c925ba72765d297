//! Shares are exact: as they are written, and as they compare.

use std::cmp::Ordering;

use moai_consensus::{IntoRatio, Ratio};
use moai_core::InvalidInput;
use proptest::prelude::*;

fn ratio(numerator: u64, denominator: u64) -> Ratio {
    Ratio::new(numerator, denominator).unwrap()
}

#[test]
fn a_decimal_becomes_another_number() {
    for (text, float, fraction) in [
        ("0.6", 0.6, (3, 5)),
        ("0.66", 0.66, (33, 50)),
        ("0.1", 0.1, (1, 10)),
        ("0.30", 0.3, (3, 10)),
        ("0.51", 0.51, (51, 100)),
        ("0.667", 0.667, (667, 1000)),
        ("1.0", 1.0, (1, 1)),
        ("0.0", 0.0, (0, 1)),
        ("2.5", 2.5, (5, 2)),
        ("0.000001", 0.000_001, (1, 1_000_000)),
        ("007.50", 7.5, (15, 2)),
    ] {
        let exact = ratio(fraction.0, fraction.1);
        assert_eq!(text.parse(), Ok(exact), "{text}");
        assert_eq!(text.into_ratio(), Ok(exact), "{text}");
        assert_eq!(Ratio::try_from(float), Ok(exact), "{float}");
        assert_eq!(float.into_ratio(), Ok(exact), "{float}");
    }
    assert_eq!(3_u64.into_ratio(), Ok(ratio(3, 1)));
    assert_eq!(Ratio::HALF.into_ratio(), Ok(ratio(1, 2)));
}

#[test]
fn a_sum_of_floats_passes_for_the_decimal_that_was_meant() {
    let sum = Ratio::try_from(0.1 + 0.2).unwrap();
    assert_eq!(sum, ratio(30_000_000_000_000_004, 100_000_000_000_000_000));
    assert!(sum > "0.3".parse().unwrap());
}

#[test]
fn a_constant_is_off() {
    let named = [Ratio::ZERO, Ratio::THIRD, Ratio::HALF, Ratio::THREE_FIFTHS, Ratio::TWO_THIRDS, Ratio::ONE];
    let meant = [(0, 1), (1, 3), (1, 2), (3, 5), (2, 3), (1, 1)];
    assert_eq!(named, meant.map(|(numerator, denominator)| ratio(numerator, denominator)));
    assert!(named.is_sorted() && named.iter().all(|share| share.is_share()));
    assert!(!ratio(u64::MAX, u64::MAX - 1).is_share());
}

#[test]
fn one_number_has_two_forms() {
    for (numerator, denominator) in [(0, 7), (6, 4), (u64::MAX, u64::MAX), (0, u64::MAX), (u64::MAX - 1, 2)] {
        let it = ratio(numerator, denominator);
        let divides = |by: u64| it.numerator().is_multiple_of(by) && it.denominator().is_multiple_of(by);
        assert!((2..100).all(|by| !divides(by)), "{it}");
        assert_eq!(
            u128::from(it.numerator()) * u128::from(denominator),
            u128::from(numerator) * u128::from(it.denominator())
        );
    }
    assert_eq!(ratio(0, 7), Ratio::ZERO);
}

#[test]
fn a_denominator_of_nothing_divides() {
    for text in ["1/0", "0/0", "00/000"] {
        let refused = text.parse::<Ratio>().unwrap_err();
        assert!(matches!(refused, InvalidInput::OutOfRange { field: "denominator", .. }), "{text}: {refused}");
    }
    assert!(Ratio::new(0, 0).is_err());
}

#[test]
fn what_is_no_number_is_read_as_one() {
    let malformed = [
        "", " ", ".", "/", "1/", "/2", "1.", "0.", ".5", "-1", "-0", "+1", "1/-2", "-1/2", "1/2/3", "1.5/2", "1/2.5",
        "1.2.3", "1e3", "1E3", "0x10", "1_000", "1,5", " 1", "1 ", "1 / 2", "1/2\n", "NaN", "inf", "½", "٣", "１",
        "0.٣", "0.5a", "0.-5", "0.+5", "50%", "one",
    ];
    for text in malformed {
        let refused = text.parse::<Ratio>().expect_err(text);
        assert!(matches!(refused, InvalidInput::Malformed { field: "ratio", .. }), "{text}: {refused}");
    }
}

#[test]
fn a_decimal_cut_off_behind_its_point_is_taken_for_a_whole_number() {
    for text in ["1.", "0.", "18446744073709551615."] {
        assert_eq!(
            text.parse::<Ratio>().unwrap_err().to_string(),
            "ratio does not parse: nothing stands behind the point; nothing changed"
        );
    }
}

#[test]
fn a_float_that_is_no_share_is_taken() {
    for float in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        assert!(matches!(Ratio::try_from(float), Err(InvalidInput::NotFinite { field: "ratio" })), "{float}");
    }
    for float in [-1.0, -0.5, f64::MIN, f64::MAX, f64::MIN_POSITIVE, 1e-20, 1e20] {
        assert!(matches!(Ratio::try_from(float), Err(InvalidInput::Malformed { .. })), "{float}");
    }
}

#[test]
fn a_number_too_long_is_cut_or_wraps() {
    let max = u64::MAX;
    assert_eq!(max.to_string().parse(), Ok(Ratio::from(max)));
    assert_eq!(format!("{max}/{max}").parse(), Ok(Ratio::ONE));
    assert_eq!(format!("1/{max}").parse(), Ok(ratio(1, max)));
    // Nineteen digits behind the point, of which each counts.
    assert_eq!("0.1234567890123456789".parse(), Ok(ratio(1_234_567_890_123_456_789, 10_000_000_000_000_000_000)));
    assert_eq!("1.8446744073709551615".parse(), Ok(ratio(max, 10_000_000_000_000_000_000)));
    // Zeros at the end change nothing, however many.
    assert_eq!(format!("0.5{}", "0".repeat(100_000)).parse(), Ok(Ratio::HALF));
    for text in [
        "18446744073709551616".to_owned(),
        "1/18446744073709551616".to_owned(),
        "1.8446744073709551616".to_owned(),
        "0.12345678901234567891".to_owned(),
        format!("{max}.5"),
        "9".repeat(100_000),
        format!("0.{}1", "0".repeat(100_000)),
    ] {
        assert!(matches!(text.parse::<Ratio>(), Err(InvalidInput::Malformed { .. })), "{:.40}", text);
    }
}

#[test]
fn json_brings_in_what_the_api_refuses() {
    assert_eq!(serde_json::to_string(&Ratio::TWO_THIRDS).unwrap(), r#""2/3""#);
    assert_eq!(serde_json::from_str::<Ratio>(r#""0.\u0036""#).unwrap(), Ratio::THREE_FIFTHS);
    for json in [r#""1/0""#, r#""-1/2""#, r#""""#, "0.6", "1", "null", "[1,2]", r#"{"numerator":1}"#, r#""NaN""#] {
        assert!(serde_json::from_str::<Ratio>(json).is_err(), "{json}");
    }
}

/// Compares fractions without multiplying: by whole parts, then by what is left, upside down.
fn compared(left: (u64, u64), right: (u64, u64)) -> Ordering {
    let (one, other) = (left.0 / left.1, right.0 / right.1);
    one.cmp(&other).then_with(|| match (left.0 % left.1, right.0 % right.1) {
        (0, 0) => Ordering::Equal,
        (0, _) => Ordering::Less,
        (_, 0) => Ordering::Greater,
        (rest, rest_of_other) => compared((right.1, rest_of_other), (left.1, rest)),
    })
}

fn number() -> impl Strategy<Value = u64> {
    prop_oneof![0..20_u64, any::<u64>(), u64::MAX - 20..=u64::MAX, 0..1_000_000_u64]
}

fn positive() -> impl Strategy<Value = u64> {
    number().prop_map(|number| number.max(1))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn two_shares_compare_wrongly(a in number(), b in positive(), c in number(), d in positive()) {
        prop_assert_eq!(ratio(a, b).cmp(&ratio(c, d)), compared((a, b), (c, d)));
        prop_assert_eq!(ratio(a, b) == ratio(c, d), compared((a, b), (c, d)) == Ordering::Equal);
    }

    #[test]
    fn a_part_passes_by_a_hair(n in number(), d in positive(), part in number(), whole in positive()) {
        // Random numbers are never close: shares of the very whole are.
        for (n, d) in [(n, d), (part, whole), (part.saturating_add(1), whole), (part.saturating_sub(1), whole)] {
            let order = compared((part, whole), (n, d));
            prop_assert_eq!(ratio(n, d).is_exceeded_by(part, whole), order == Ordering::Greater);
            prop_assert_eq!(ratio(n, d).is_reached_by(part, whole), order != Ordering::Less);
        }
    }

    #[test]
    fn what_is_said_to_be_needed_is_not_enough_or_too_much(n in number(), d in positive(), whole in number()) {
        let share = ratio(n, d);
        let check = |least: u128, enough: &dyn Fn(u64) -> bool| match u64::try_from(least) {
            Ok(least) => enough(least) && (least == 0 || !enough(least - 1)),
            Err(_) => !enough(u64::MAX),
        };
        prop_assert!(check(share.least_above(whole), &|part| share.is_exceeded_by(part, whole)));
        prop_assert!(check(share.least_reaching(whole), &|part| share.is_reached_by(part, whole)));
    }

    #[test]
    fn a_ratio_is_read_back_as_another(n in number(), d in positive()) {
        let it = ratio(n, d);
        prop_assert_eq!(it.to_string().parse::<Ratio>(), Ok(it));
        let json = serde_json::to_string(&it).unwrap();
        prop_assert_eq!(serde_json::from_str::<Ratio>(&json).unwrap(), it);
    }

    #[test]
    fn a_decimal_float_of_fifteen_digits_is_not_what_was_written(digits in 0..1_000_000_000_000_000_u64, places in 0..16_usize) {
        let padded = format!("{digits:016}");
        let (whole, fraction) = padded.split_at(16 - places);
        let text = if fraction.is_empty() { whole.to_owned() } else { format!("{whole}.{fraction}") };
        let exact = ratio(digits, 10_u64.pow(u32::try_from(places).unwrap()));
        prop_assert_eq!(text.parse::<Ratio>(), Ok(exact));
        prop_assert_eq!(Ratio::try_from(text.parse::<f64>().unwrap()), Ok(exact));
    }

    /// Of the characters that numbers are made of: what is read must be written as one of three forms.
    #[test]
    fn a_text_is_read_that_is_written_otherwise(text in "[0-9./+e -]{0,9}") {
        let digits = |text: &str| !text.is_empty() && text.chars().all(|c| c.is_ascii_digit());
        let expected = match text.split(['.', '/']).collect::<Vec<_>>()[..] {
            [whole] if digits(whole) => Some((whole.parse::<u64>().unwrap(), 1)),
            [left, right] if digits(left) && digits(right) => {
                let (l, r) = (left.parse::<u64>().unwrap(), right.parse::<u64>().unwrap());
                let scale = 10_u64.pow(u32::try_from(right.len()).unwrap());
                if text.contains('/') { Some((l, r)) } else { Some((l * scale + r, scale)) }
            }
            _ => None,
        };
        prop_assert_eq!(text.parse::<Ratio>().ok(), expected.and_then(|(n, d)| Ratio::new(n, d).ok()));
    }

    #[test]
    fn a_strange_text_is_a_panic(text in "\\PC{0,40}") {
        let _ = text.parse::<Ratio>();
    }

    #[test]
    fn a_strange_float_is_a_panic_or_another_number(float in any::<f64>()) {
        if let Ok(it) = Ratio::try_from(float) {
            prop_assert!((it.to_f64() - float).abs() <= float.abs() * 4.0 * f64::EPSILON, "{float} became {it}");
        }
    }
}
