//! What is kept and shown: bytes and JSON that verify alone, with one flipped bit do not, and never change.

use moai_consensus::one_shot::{Agreed, Certificate, Message, Part, Proof};
use moai_core::DigestBuilder;
use serde::{Serialize, de::DeserializeOwned};

use crate::samples::Samples;
use crate::scheme::Hashes;

/// No flipped bit of these bytes is read and holds.
fn flips(bytes: &[u8], what: &str, holds: impl Fn(&[u8]) -> bool) {
    assert!(holds(bytes), "{what}");
    let mut flipped = bytes.to_vec();
    for bit in 0..bytes.len() * 8 {
        flipped[bit / 8] ^= 1 << (bit % 8);
        assert!(!holds(&flipped), "{what}: bit {bit} is flipped, and it holds");
        flipped[bit / 8] ^= 1 << (bit % 8);
    }
    for end in 0..bytes.len() {
        assert!(!holds(&bytes[..end]), "{what}: cut at {end}, and it holds");
    }
    assert!(!holds(&[bytes, &[0]].concat()), "{what}: something stands behind it");
}

/// The same as JSON, which gives the same again.
fn flips_json<T: Serialize + DeserializeOwned + PartialEq>(it: &T, what: &str, holds: impl Fn(&T) -> bool) {
    let json = serde_json::to_vec(it).unwrap();
    assert!(serde_json::from_slice::<T>(&json).unwrap() == *it, "{what}");
    flips(&json, what, |json| serde_json::from_slice(json).is_ok_and(|it| holds(&it)));
}

#[test]
fn an_outcome_with_a_flipped_bit_holds() {
    let samples = Samples::hashed(1);
    let setting = samples.setting.clone();
    let agreed = samples.agreed();
    let holds = |it: &Agreed| it.verify(&setting, &Hashes).is_ok();
    flips(&agreed.to_bytes(), "agreed", |bytes| Agreed::from_bytes(bytes).is_ok_and(|it| holds(&it)));
    flips_json(&agreed, "agreed", holds);
    assert!(agreed.verify(&Samples::hashed(2).setting, &Hashes).is_err(), "in another agreement");
}

#[test]
fn a_certificate_with_a_flipped_bit_holds() {
    let samples = Samples::hashed(1);
    let setting = samples.setting.clone();
    for certificate in samples.certificates() {
        let what = format!("{:?}", certificate.kind);
        let holds = |it: &Certificate| it.verify(&setting, &Hashes).is_ok();
        flips(&certificate.to_bytes(), &what, |bytes| Certificate::from_bytes(bytes).is_ok_and(|it| holds(&it)));
        flips_json(&certificate, &what, holds);
    }
}

#[test]
fn a_proof_with_a_flipped_bit_accuses() {
    let samples = Samples::hashed(1);
    let setting = samples.setting.clone();
    let proofs = samples.proofs();
    assert_eq!(proofs.len(), 7, "one of each offence");
    for proof in proofs {
        let (what, accused) = (format!("{:?}", proof.offence), proof.accused());
        let holds = |it: &Proof| it.verify(&setting, &Hashes).is_ok();
        assert_eq!(proof.verify(&setting, &Hashes).unwrap(), setting.name(accused).unwrap());
        flips(&proof.to_bytes(), &what, |bytes| Proof::from_bytes(bytes).is_ok_and(|it| holds(&it)));
        flips_json(&proof, &what, holds);
        assert!(proof.verify(&Samples::hashed(2).setting, &Hashes).is_err(), "{what} in another agreement");
    }
}

fn digest(bytes: &[u8]) -> String {
    DigestBuilder::new("test/golden/1").bytes(bytes).finish().to_string()
}

#[test]
fn bytes_of_today_are_read_tomorrow() {
    let samples = Samples::hashed(1);
    let mut lines =
        vec![format!("instance {}", samples.setting.instance()), format!("record {}", samples.record().digest())];
    let small = samples.say(2, &Message::Nullify { view: 3 });
    lines.push(format!("nullify {}", value_of(&Part::pack(&[Part::Said(small)]))));
    for certificate in samples.certificates() {
        let json = serde_json::to_vec(&certificate).unwrap();
        lines.push(format!("{:?} {} {}", certificate.kind, digest(&certificate.to_bytes()), digest(&json)));
    }
    for proof in samples.proofs() {
        let json = serde_json::to_vec(&proof).unwrap();
        lines.push(format!("{:?} {} {}", proof.offence, digest(&proof.to_bytes()), digest(&json)));
    }
    let agreed = samples.agreed();
    let json = serde_json::to_vec(&agreed).unwrap();
    lines.push(format!("agreed {} {}", digest(&agreed.to_bytes()), digest(&json)));
    let golden = include_str!("golden.txt");
    let now = lines.join("\n") + "\n";
    assert_eq!(now, golden, "what was kept can be read no more:\n{now}");
}

fn value_of(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn json_reads_otherwise_than_the_documentation_says() {
    let samples = Samples::hashed(1);
    let json = serde_json::to_value(samples.agreed()).unwrap();
    assert_eq!(json["record"]["verdict"], "approved");
    assert_eq!(json["finalization"]["kind"], "finalize");
    assert_eq!(json["finalization"]["view"], 3);
    assert_eq!(json["finalization"]["said"][0]["by"], 1);
    let bytes = json["finalization"]["said"][0]["bytes"].as_str().unwrap();
    assert!(bytes.starts_with("010000000000000003"), "version and view: {bytes}");
    assert_eq!(json["finalization"]["said"][0]["signature"].as_str().unwrap().len(), 128);
    let proof = serde_json::to_value(&samples.proofs()[5]).unwrap();
    assert_eq!(proof["offence"], "bad_proposal");
    assert!(proof.get("second").is_none());
}
