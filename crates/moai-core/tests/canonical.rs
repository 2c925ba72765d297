//! Canonical bytes and digests are stored and signed: they never change. The expected bytes were computed by another
//! implementation of the documented form.

use moai_core::{Coded, Digest, DigestBuilder, InvalidInput, Limits, Value, value};

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn golden_bytes_and_digests() {
    let float = |float: f64| Value::try_from(float).unwrap();
    let golden = [
        (Value::Null, "00", "b7e28235f4f590d59631d66ac441adc55a74c83ea7da3a0bc0231c6dd9ab2f88"),
        (value!(false), "01", "3ee5c6a75e4e30a5c229b7584a5261c38a2190b9d420b78f67319cba34ca493c"),
        (value!(true), "02", "9404faf674a7ce3e85fb8f5998ee8bc6898df8c791fb9383bd9bf224dd34553d"),
        (value!(0), "030000000000000000", "977ae49cdc77a9c0e65e2d3d680a5db646f9e89f0c79063c3ee9c5b4125125bf"),
        (value!(1), "030000000000000001", "10ddfec3818b06d3c5619facd02e43d3a55dc8b3858baebcf4b0d5dd0ec463f7"),
        (value!(u64::MAX), "03ffffffffffffffff", "3f4f6c908cc700f079c4e84ba66161d043e2693d82ffe29c77b18c7dcbd68ea4"),
        (value!(-1), "04ffffffffffffffff", "12eef8ee275423231dcdfac3658f2d622b684d6b2a502232d13ec134460b8619"),
        (value!(i64::MIN), "048000000000000000", "305f072efe05ed0afadcadefda1fc6215588a8ecaf116d7746f915e908221fbb"),
        (float(-0.0), "050000000000000000", "92d7862d18d07098d9a4e4cfdf2bab1f37e8139c14457403c2492c219020b613"),
        (value!(1.0), "053ff0000000000000", "d6888aa33c0c82549fa134ac834008e6120c67802dafac62d403ce944ed574b2"),
        (value!(-1.5), "05bff8000000000000", "362df12d9b65c0fefa5e0804bedd2aea6b41cd8340c01345e19d3cd9643dc19d"),
        (float(5e-324), "050000000000000001", "d12b386f3fbab37d9b9e9107b0f58efe593eed21f23357d2fa68058f79813f41"),
        (float(f64::MAX), "057fefffffffffffff", "765b15e7cac2e76db6d2365d9530be3ed04d246dd6ace126b5a4079f78011c8b"),
        (value!(""), "0600", "a60e983e6a96e76082da34bf863ac8acdc0f1684f8307b38f7211891e0286637"),
        (value!("\u{e9}"), "0602c3a9", "44dcee9b0eb94868c18a30a87731f366966985f41f022bee7be3e707ada92256"),
        (value!("e\u{301}"), "060365cc81", "948dd5f1e66afdf5eabfbd7f790561dd85fadc52f6e070678e4111544727da42"),
        (value!([]), "0700", "65555cf23f958dbec764085344f707492b2aa155d31dac40e8180984c17a2460"),
        (
            value!([1, 1.0, "a"]),
            "0703030000000000000001053ff0000000000000060161",
            "96adeac620ad7bac554b74daa9b731a3de29311469a92dd55a4a780dff95c044",
        ),
        (value!([[], {}]), "070207000800", "8464fdbbde563b9faef46a45f0b8aa876e27f71131bc48fb0aba71db714ebd44"),
        (value!({}), "0800", "4301ca18ac256b330db10f1f2b60af73e8477f78a619a1fd42f2f6cc906b0e10"),
        (
            value!({"b": 1, "a": [null, true], "é": "ü", "B": -7}),
            "0804014204fffffffffffffff9016107020002016203000000000000000102c3a90602c3bc",
            "2d237d9b9164bcbd4410c1ebb8ebc065b9e0802f37360e73a0d34bb25b686ee7",
        ),
        (
            value!({"task": "index", "cpu": 0.75, "votes": [1, 2, 3], "by": {"agent": "a-1"}}),
            "08040262790801056167656e740603612d3103637075053fe8000000000000047461736b0605696e64657805766f7465730703\
             030000000000000001030000000000000002030000000000000003",
            "e085eae31d3a9bdcf70f8b9058b2f5b3eac0b102293988737a3c5eff91913622",
        ),
    ];
    for (value, bytes, digest) in golden {
        assert_eq!(hex(&value.to_canonical()), bytes, "{value:?}");
        assert_eq!(value.canonical_len() * 2, bytes.len(), "{value:?}");
        assert_eq!(value.digest().to_string(), digest, "{value:?}");
        assert_eq!(Value::from_canonical(&value.to_canonical(), &Limits::default()).unwrap(), value);
    }
}

#[test]
fn a_length_of_two_bytes_is_golden() {
    let long = Value::from("x".repeat(200));
    assert_eq!(hex(&long.to_canonical()[..6]), "06c801787878");
    assert_eq!(long.to_canonical().len(), 203);
    assert_eq!(long.digest().to_string(), "b5b9540d4c55ecdfc112fd9fce54a05ab72286701b11887ca17fbe2e166011a1");
}

#[test]
fn golden_digests_of_fields() {
    assert_eq!(
        DigestBuilder::new("").finish().to_string(),
        "af5570f5a1810b7af78caf4bc70a660f0df51e42baf91d4de5b2328de0e83dfc"
    );
    let empty = DigestBuilder::new("moai/record/1").finish();
    assert_eq!(empty.to_string(), "b8bb219aa38b98034c5877a4f49051fc4b4ee5400d8adcb73e2b69f4ac9e27ff");
    let full = DigestBuilder::new("moai/record/1")
        .bytes(&[0, 1, 0xff])
        .text("é")
        .u64(7)
        .digest(&empty)
        .value(&value!({"a": 1}))
        .finish();
    assert_eq!(full.to_string(), "e2a4e88c48d5dbee0fe4bac3d47fdfbf8b77c2800fe22ab55f2825b6d7060954");
}

#[test]
fn fields_and_domains_do_not_run_into_each_other() {
    let digests = [
        DigestBuilder::new("a").text("bc").finish(),
        DigestBuilder::new("ab").text("c").finish(),
        DigestBuilder::new("a").text("b").text("c").finish(),
        DigestBuilder::new("a").text("bc").text("").finish(),
        DigestBuilder::new("abc").finish(),
    ];
    for (index, one) in digests.iter().enumerate() {
        assert!(!digests[index + 1..].contains(one), "{index}");
    }
}

#[test]
fn a_digest_has_one_spelling() {
    let text = "0123456789abcdef".repeat(4);
    let digest: Digest = text.parse().unwrap();
    assert_eq!(digest.to_string(), text);
    assert_eq!(format!("{digest:?}"), format!("Digest({text})"));
    assert_eq!(Digest::from_bytes(*digest.as_bytes()), digest);
    assert_eq!(serde_json::to_string(&digest).unwrap(), format!("\"{text}\""));
    assert_eq!(serde_json::from_str::<Digest>(&format!("\"{text}\"")).unwrap(), digest);
    assert!(serde_json::from_str::<Digest>(&format!("\"{}\"", text.to_uppercase())).is_err());

    for (bad, code) in [
        (String::new(), "input.empty"),
        (text[1..].to_owned(), "input.malformed"),
        (format!("{text}0"), "input.too_long"),
        (text.to_uppercase(), "input.bad_character"),
        (text.replace("01", "+1"), "input.bad_character"),
        (text.replace("01", " 1"), "input.bad_character"),
        (text.replace("01", "é"), "input.bad_character"),
        (text.replace("01", "0g"), "input.bad_character"),
    ] {
        let error = bad.parse::<Digest>().unwrap_err();
        assert_eq!((error.code(), error.field()), (code, "digest"), "{bad}");
    }
    assert_eq!(
        format!("{}G", &text[1..]).parse::<Digest>(),
        Err(InvalidInput::BadCharacter { field: "digest", at: 63, character: 'G' })
    );
}

#[test]
fn bytes_in_any_other_form_are_refused() {
    let float = |float: f64| [&[5], &float.to_bits().to_be_bytes()[..]].concat();
    let cases: [(&str, Vec<u8>, &str, &str); 24] = [
        ("nothing", vec![], "input.malformed", "bytes are missing at byte 0"),
        ("an unknown tag", vec![9], "input.malformed", "an unknown tag at byte 1"),
        ("two values", vec![0, 0], "input.malformed", "bytes are left over at byte 1"),
        ("a cut integer", vec![3, 0, 0, 0], "input.malformed", "bytes are missing"),
        ("a natural number as negative", vec![4, 0, 0, 0, 0, 0, 0, 0, 0], "input.malformed", "below zero is not"),
        ("negative zero", float(-0.0), "input.malformed", "a zero has a sign"),
        ("NaN", float(f64::NAN), "input.not_finite", "not a finite number"),
        ("infinity", float(f64::NEG_INFINITY), "input.not_finite", "not a finite number"),
        ("a text without length", vec![6], "input.malformed", "a length is missing"),
        ("a cut text", vec![6, 3, b'a', b'b'], "input.malformed", "bytes are missing"),
        ("a text that is not UTF-8", vec![6, 1, 0xff], "input.malformed", "not UTF-8"),
        ("a length with a zero behind", vec![6, 0x80, 0], "input.malformed", "too long"),
        ("a length that does not end", vec![6, 0x81], "input.malformed", "a length is missing"),
        ("a length of eleven bytes", [&[6][..], &[0x81; 10], &[1]].concat(), "input.malformed", "too long"),
        ("a length of 65 bits", [&[6][..], &[0x80; 9], &[2]].concat(), "input.malformed", "too long"),
        ("a huge text", [&[6][..], &[0xff; 9], &[1]].concat(), "input.malformed", "bytes are missing"),
        ("a huge array", [&[7][..], &[0x80; 8], &[0x10]].concat(), "input.malformed", "bytes are missing"),
        ("a huge map", [&[8][..], &[0x80; 8], &[0x10]].concat(), "input.malformed", "bytes are missing"),
        ("an item too few", vec![7, 2, 0], "input.malformed", "bytes are missing"),
        ("an item too many", vec![7, 1, 0, 0], "input.malformed", "bytes are left over at byte 3"),
        ("a key without value", vec![8, 1, 1, b'a'], "input.malformed", "bytes are missing"),
        ("a key that is not UTF-8", vec![8, 1, 1, 0xff, 0], "input.malformed", "not UTF-8"),
        ("keys out of order", vec![8, 2, 1, b'b', 0, 1, b'a', 0], "input.malformed", "out of order"),
        ("a key twice", vec![8, 2, 1, b'a', 0, 1, b'a', 0], "input.duplicate_key", "\"a\" twice"),
    ];
    for (name, bytes, code, why) in cases {
        let error = Value::from_canonical(&bytes, &Limits::default()).expect_err(name);
        assert_eq!((error.code(), error.field()), (code, "value"), "{name}: {error}");
        assert!(error.to_string().contains(why), "{name}: {error}");
    }
}

#[test]
fn every_cut_of_good_bytes_is_refused() {
    let bytes = value!({"task": "index", "cpu": 0.75, "votes": [1, 2, -3], "by": {"agent": "a-1"}}).to_canonical();
    for end in 0..bytes.len() {
        assert!(Value::from_canonical(&bytes[..end], &Limits::default()).is_err(), "cut at {end}");
    }
}

#[test]
fn what_is_at_a_limit_passes_and_one_more_does_not() {
    let value = value!([["abc"]]);
    let bytes = value.to_canonical();
    for (room, fits) in [(-1, false), (0, true), (1, true)] {
        let limits = Limits { value_bytes: bytes.len().strict_add_signed(room), ..Limits::default() };
        let long = Err(InvalidInput::TooLong { field: "value", limit: limits.value_bytes as u64, got: 9 });
        assert_eq!(Value::from_canonical(&bytes, &limits), if fits { Ok(value.clone()) } else { long.clone() });
        assert_eq!(value.check(&limits), if fits { Ok(()) } else { long.map(drop) });

        let limits = Limits { value_depth: 2_usize.strict_add_signed(room), ..Limits::default() };
        let deep = Err(InvalidInput::TooDeep { field: "value", limit: limits.value_depth as u64, got: 2 });
        assert_eq!(Value::from_canonical(&bytes, &limits), if fits { Ok(value.clone()) } else { deep.clone() });
        assert_eq!(value.check(&limits), if fits { Ok(()) } else { deep.map(drop) });
    }
}
