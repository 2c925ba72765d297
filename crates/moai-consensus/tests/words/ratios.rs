//! Shares are exact, however they are written.

use moai_consensus::{IntoRatio, Ratio};
use moai_core::InvalidInput;
use proptest::prelude::*;

fn ratio(numerator: u64, denominator: u64) -> Ratio {
    Ratio::new(numerator, denominator).unwrap()
}

#[test]
fn decimals_and_fractions_are_taken_as_they_are_written() {
    const TEN_TO_19: u64 = 10_000_000_000_000_000_000;
    let table: &[(&str, u64, u64)] = &[
        ("0.6", 3, 5),
        ("0.66", 33, 50),
        ("0.10", 1, 10),
        ("0.100000000000000000000000000000", 1, 10),
        ("2", 2, 1),
        ("2.0", 2, 1),
        ("2.50", 5, 2),
        ("7.5", 15, 2),
        ("0", 0, 1),
        ("0.0", 0, 1),
        ("0/7", 0, 1),
        ("3/5", 3, 5),
        ("6/10", 3, 5),
        ("007", 7, 1),
        ("00.50", 1, 2),
        ("0.3333333333333333333", 3_333_333_333_333_333_333, TEN_TO_19),
        ("1.8446744073709551615", u64::MAX / 5, TEN_TO_19 / 5),
        ("9999999999999999999", 9_999_999_999_999_999_999, 1),
        ("18446744073709551615", u64::MAX, 1),
        ("18446744073709551615.000", u64::MAX, 1),
        ("18446744073709551615/18446744073709551615", 1, 1),
        ("18446744073709551615/18446744073709551614", u64::MAX, u64::MAX - 1),
        ("1844674407370955161.5", u64::MAX / 5, 2),
    ];
    for &(text, numerator, denominator) in table {
        let read: Ratio = text.parse().unwrap_or_else(|error| panic!("{text}: {error}"));
        assert_eq!((read.numerator(), read.denominator()), (numerator, denominator), "{text}");
        assert_eq!(read.to_string().parse(), Ok(read), "{text}");
        assert_eq!(text.into_ratio(), Ok(read));
    }
    assert_eq!(ratio(4, 2).to_string(), "2");
    assert_eq!(format!("{:?}", ratio(4, 6)), "2/3");
    assert_eq!(5_u64.into_ratio(), Ok(ratio(5, 1)));
}

#[test]
fn what_is_no_ratio_is_refused_with_the_reason() {
    const FORM: &str = "it is written as 3/5, 0.6 or 2, with at most 19 digits";
    const PLACES: &str = "it has more than 19 digits behind the point";
    const DIGITS: &str = "it has more than 19 digits";
    let table = [
        ("", FORM),
        (" ", FORM),
        (".", FORM),
        ("/", FORM),
        (".5", FORM),
        ("1.", FORM),
        ("1/", FORM),
        ("/2", FORM),
        ("1/2/3", FORM),
        ("1.2.3", FORM),
        ("1.2/3", FORM),
        ("1/2.3", FORM),
        ("+1", FORM),
        ("-1", FORM),
        ("-0", FORM),
        ("1.-5", FORM),
        ("1.+5", FORM),
        ("1/-2", FORM),
        ("0x10", FORM),
        ("1e3", FORM),
        ("1_000", FORM),
        ("1,5", FORM),
        (" 1", FORM),
        ("1 ", FORM),
        ("1\n", FORM),
        ("50%", FORM),
        ("NaN", FORM),
        ("inf", FORM),
        ("half", FORM),
        ("٣", FORM),
        ("½", FORM),
        ("0.5é", FORM),
        ("é.5", FORM),
        ("1.x0", FORM),
        ("1.0x", FORM),
        ("1.\u{0}", FORM),
        ("18446744073709551616", FORM),
        ("99999999999999999999", FORM),
        ("1/18446744073709551616", FORM),
        ("18446744073709551616.5", FORM),
        ("0.00000000000000000001", PLACES),
        ("0.33333333333333333333", PLACES),
        ("18446744073709551615.5", DIGITS),
        ("2.0000000000000000001", DIGITS),
    ];
    for (text, why) in table {
        let refused = InvalidInput::Malformed { field: "ratio", why: why.into() };
        assert_eq!(text.parse::<Ratio>(), Err(refused), "{text:?}");
    }
    let nothing =
        InvalidInput::OutOfRange { field: "denominator", low: "1".into(), high: u64::MAX.to_string(), got: "0".into() };
    assert_eq!("1/0".parse::<Ratio>(), Err(nothing.clone()));
    assert_eq!("0/0".parse::<Ratio>(), Err(nothing.clone()));
    assert_eq!(Ratio::new(0, 0), Err(nothing));
    assert!("9".repeat(100_000).parse::<Ratio>().is_err());
    assert!(format!("0.{}", "9".repeat(100_000)).parse::<Ratio>().is_err());
}

#[test]
fn floats_are_taken_as_the_shortest_text_that_reads_back_as_them() {
    assert_eq!(Ratio::try_from(0.6), Ok(ratio(3, 5)));
    assert_eq!(Ratio::try_from(0.66), Ok(ratio(33, 50)));
    assert_eq!(Ratio::try_from(2.0), Ok(ratio(2, 1)));
    assert_eq!(Ratio::try_from(0.0), Ok(Ratio::ZERO));
    assert_eq!(1.5.into_ratio(), Ok(ratio(3, 2)));
    // What the float arithmetic got wrong stays wrong: it is not mended in silence.
    assert_eq!(Ratio::try_from(0.1 + 0.2), Ok(ratio(30_000_000_000_000_004, 100_000_000_000_000_000)));
    assert_ne!(Ratio::try_from(0.1 + 0.2), Ok(ratio(3, 10)));
    assert_ne!(Ratio::try_from(1.0 / 3.0), Ok(Ratio::THIRD));
    for float in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        assert_eq!(Ratio::try_from(float), Err(InvalidInput::NotFinite { field: "ratio" }));
    }
    for float in [-1.0, -0.6, -0.0, -f64::MIN_POSITIVE, 1e20, 1e-20, f64::MAX, f64::MIN, f64::MIN_POSITIVE, 5e-324] {
        assert!(matches!(Ratio::try_from(float), Err(InvalidInput::Malformed { field: "ratio", .. })), "{float}");
    }
}

#[test]
fn a_ratio_stands_as_text_in_json() {
    assert_eq!(serde_json::to_string(&ratio(6, 10)).unwrap(), r#""3/5""#);
    assert_eq!(serde_json::to_string(&Ratio::ONE).unwrap(), r#""1""#);
    for (json, read) in [(r#""3/5""#, ratio(3, 5)), (r#""0.6""#, ratio(3, 5)), (r#""\u0032""#, ratio(2, 1))] {
        assert_eq!(serde_json::from_str::<Ratio>(json).unwrap(), read);
    }
    for json in ["0.6", "1", "null", r#""""#, r#""1/0""#, r#""-1""#, "[3,5]", r#"{"numerator":3,"denominator":5}"#] {
        assert!(serde_json::from_str::<Ratio>(json).is_err(), "{json}");
    }
}

#[test]
fn the_edges_of_what_numbers_hold() {
    const MAX: u64 = u64::MAX;
    let largest = ratio(MAX, 1);
    assert_eq!(largest.least_above(MAX), u128::from(MAX) * u128::from(MAX) + 1);
    assert_eq!(largest.least_reaching(MAX), u128::from(MAX) * u128::from(MAX));
    assert_eq!(Ratio::ONE.least_above(MAX), u128::from(MAX) + 1);
    assert!(Ratio::ONE.is_reached_by(MAX, MAX) && !Ratio::ONE.is_exceeded_by(MAX, MAX));
    assert_eq!((Ratio::ZERO.least_above(0), Ratio::ZERO.least_reaching(0)), (1, 0));
    assert!(Ratio::ZERO.is_reached_by(0, 0) && !Ratio::ZERO.is_exceeded_by(0, MAX));
    let (below, above) = (ratio(MAX - 2, MAX - 1), ratio(MAX - 1, MAX));
    assert!(below < above && above < Ratio::ONE, "floats could not tell these apart");
    assert!(below.is_share() && Ratio::ONE.is_share() && !ratio(MAX, MAX - 1).is_share());
    assert!((ratio(1, 3).to_f64() - 1.0 / 3.0).abs() < f64::EPSILON);
}

/// Numbers at both ends, where multiplication would wrap.
fn number() -> impl Strategy<Value = u64> {
    prop_oneof![0..20_u64, any::<u64>(), (u64::MAX - 20)..=u64::MAX]
}

proptest! {
    #[test]
    fn a_ratio_is_in_lowest_terms_and_its_text_reads_back(numerator in number(), denominator in number()) {
        let Ok(made) = Ratio::new(numerator, denominator) else {
            prop_assert_eq!(denominator, 0);
            return Ok(());
        };
        let product = |left: u64, right: u64| u128::from(left) * u128::from(right);
        prop_assert_eq!(product(made.numerator(), denominator), product(numerator, made.denominator()));
        prop_assert_eq!(Ratio::new(made.numerator(), made.denominator()), Ok(made));
        let common = (2..20).find(|by| made.numerator() % by == 0 && made.denominator() % by == 0);
        prop_assert_eq!(common, None);
        prop_assert_eq!(made.to_string().parse(), Ok(made));
        let json = serde_json::to_string(&made).unwrap();
        prop_assert_eq!(serde_json::from_str::<Ratio>(&json).unwrap(), made);
    }

    #[test]
    fn ratios_are_ordered_as_the_numbers_they_are(a in number(), b in 1..=u64::MAX, c in number(), d in 1..=u64::MAX) {
        let expected = (u128::from(a) * u128::from(d)).cmp(&(u128::from(c) * u128::from(b)));
        prop_assert_eq!(ratio(a, b).cmp(&ratio(c, d)), expected);
        prop_assert_eq!(ratio(a, b) == ratio(c, d), expected.is_eq());
    }

    #[test]
    fn decimals_are_exact(whole in 0..1_000_u64, places in 0..=12_u32, part in any::<u64>()) {
        let part = part % 10_u64.pow(places);
        let width = usize::try_from(places).unwrap();
        let text = if places == 0 { whole.to_string() } else { format!("{whole}.{part:0width$}") };
        let denominator = 10_u64.pow(places);
        prop_assert_eq!(text.parse(), Ok(ratio(whole * denominator + part, denominator)));
    }

    #[test]
    fn the_least_part_is_the_least(numerator in 0..40_u64, denominator in 1..40_u64, whole in 0..40_u64) {
        let share = ratio(numerator, denominator);
        let above = (0..).find(|part| part * denominator > numerator * whole).unwrap();
        let reaching = (0..).find(|part| part * denominator >= numerator * whole).unwrap();
        prop_assert_eq!(share.least_above(whole), u128::from(above));
        prop_assert_eq!(share.least_reaching(whole), u128::from(reaching));
        for part in 0..=above {
            prop_assert_eq!(share.is_exceeded_by(part, whole), part >= above);
            prop_assert_eq!(share.is_reached_by(part, whole), part >= reaching);
        }
    }

    #[test]
    fn large_parts_are_compared_exactly(part in number(), whole in number(), a in number(), b in 1..=u64::MAX) {
        let share = ratio(a, b);
        let (left, right) = (u128::from(part) * u128::from(b), u128::from(a) * u128::from(whole));
        prop_assert_eq!(share.is_exceeded_by(part, whole), left > right);
        prop_assert_eq!(share.is_reached_by(part, whole), left >= right);
        prop_assert_eq!(share.is_exceeded_by(part, whole), u128::from(part) >= share.least_above(whole));
        prop_assert_eq!(share.is_reached_by(part, whole), u128::from(part) >= share.least_reaching(whole));
    }
}
