//! The bytes of what is signed, kept and shown: they stay what they are.

use moai_consensus::Choice::{Against, For};
use moai_consensus::{Evidence, QuorumAlgorithm, Reply};
use moai_core::{Digest, DigestBuilder, Map, Value};

use crate::sessions::World;
use crate::swarm::keyed;

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn digest(bytes: &[u8]) -> Digest {
    DigestBuilder::new("test/golden/1").bytes(bytes).finish()
}

#[test]
fn what_is_signed_kept_or_shown_changes_its_bytes() {
    let mut world = World::of(&QuorumAlgorithm::new(), keyed(3));
    let metadata = Map::from([("model".to_owned(), Value::from("m"))]);
    let whole = world.ballot(1, 1, For).because("it is tested").confident("0.9".parse().unwrap());
    let whole = whole.with_metadata(metadata).sign(&crate::swarm::key(1));
    let (plain, other) = (world.signed(2, 1, For), world.signed(2, 1, Against));
    let evidence = Evidence::of(&plain, &other).unwrap();
    for ballot in [&whole, &plain] {
        world.cast(ballot.clone()).unwrap();
    }
    let certificate = world.session.certificate().unwrap();
    let (bytes, signature) = whole.signed().unwrap();
    let told = format!(
        "signed bytes: {}\nsignature: {signature}\nas it travels: {}\nevidence: {}\ncertificate: {}\nas JSON: {}\n{}\n",
        hex(bytes),
        hex(&Reply::Ballot(whole.clone()).to_bytes()),
        hex(&evidence.to_bytes()),
        hex(&certificate.to_bytes()),
        digest(serde_json::to_string(certificate.as_ref()).unwrap().as_bytes()),
        serde_json::to_string(&whole).unwrap(),
    );
    assert_eq!(told.trim(), include_str!("golden.txt").trim(), "\n{told}");
}
