//! Bytes on the wire, worked out by a second implementation in another language.

use moai_core::DigestBuilder;
use moai_sync::reconcile::Message;

use super::*;

/// Tasks 1 to 3, all of them open.
fn tasks() -> Set {
    let open = DigestBuilder::new("test/1").text("open").finish();
    let mut set = Set::new();
    (1..=3).for_each(|number| assert!(set.insert(format!("task/{number}"), &open)));
    set
}

fn key() -> ReconcileKey {
    ReconcileKey::from_bytes(std::array::from_fn(|at| u8::try_from(at).unwrap()))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn another_version_does_not_understand_a_root() {
    assert_eq!(hex(Set::new().root().as_bytes()), "3fdd241c613a813bfafdb47a8fe41b05003815b29a0020e3");
    assert_eq!(hex(tasks().root().as_bytes()), "a23031784e89fd5b8ebe763f8deed26e4c8ed328ed5ee124");
}

#[test]
fn another_version_does_not_understand_a_question() {
    let (_, open) = Asker::open(&tasks(), key(), wide());
    let expected = concat!(
        "0101",
        "000102030405060708090a0b0c0d0e0f",
        "a23031784e89fd5b8ebe763f8deed26e4c8ed328ed5ee124",
        "0000000000000003"
    );
    assert_eq!(hex(&open), expected);
}

#[test]
fn another_version_does_not_understand_symbols() {
    let (_, open) = Asker::open(&Set::new(), key(), wide());
    let Ok(Answered::Send(first)) = Answerer::new(wide()).receive(&mut tasks(), &open) else { panic!("no symbols") };
    let (head, symbols) = first.split_at(10);
    assert_eq!(hex(head), "01030000000000000003");
    let symbols: Vec<String> = symbols.chunks(20).map(hex).collect();
    let one = "1a8c805742a13f2a8c9148eea0ba1c3332e92a01";
    let two = "aa03378f27b4b4ff3d382e56dc261652724b4901";
    let three = "377c6044be3481ea5de7ac0e4af2e31da1a08501";
    let all = "87f3d79cdb210a3fec4ecab6366ee97ce102e603";
    let both = "b08fb7d865158bd5b1a966b87c9c0a6140a26302";
    let expected = [
        (0, all),
        (3, three),
        (4, one),
        (6, two),
        (8, one),
        (10, both),
        (17, one),
        (20, one),
        (22, two),
        (24, three),
        (26, two),
        (29, one),
    ];
    let none = "0".repeat(40);
    for (at, symbol) in symbols.iter().enumerate() {
        let expected = expected.iter().find(|(place, _)| *place == at).map_or(none.as_str(), |(_, symbol)| symbol);
        assert_eq!(symbol, expected, "symbol {at}");
    }
}

#[test]
fn another_version_does_not_understand_what_is_wanted() {
    let mut ours = tasks();
    let open = DigestBuilder::new("test/1").text("open").finish();
    assert!(ours.remove(&"task/3".into(), &open));
    let (mut asker, question) = Asker::open(&ours, key(), wide());
    let Ok(Answered::Send(first)) = Answerer::new(wide()).receive(&mut tasks(), &question) else {
        panic!("no symbols")
    };
    let Ok(Asked::Differ { offer, wanted: 1, send }) = asker.receive(&mut ours, &first) else { panic!("not decoded") };
    assert!(offer.is_empty());
    assert_eq!(hex(&send), "0106377ce31d");
}

#[test]
fn another_version_does_not_understand_the_short_ones() {
    let said = [Message::Same, Message::TooDifferent, Message::Changed].map(|message| hex(&message.to_bytes()));
    assert_eq!(said, ["0102", "0107", "0108"]);
    assert_eq!(hex(&Message::More { from: 0x0102_0304, how_many: 0x0506 }.to_bytes()), "0104010203040506");
    assert_eq!(hex(&Message::Few { from: 1, how_many: 31 }.to_bytes()), "0109011f");
}

/// As this implementation has them: a change of the second order shows here.
#[test]
fn another_version_does_not_understand_symbols_of_the_second_order() {
    let (_, open) = Asker::open(&Set::new(), key(), wide());
    let (mut tasks, mut answerer) = (tasks(), Answerer::new(wide()));
    let Ok(Answered::Send(_)) = answerer.receive(&mut tasks, &open) else { panic!("no symbols") };
    let few = Message::Few { from: 1, how_many: 8 }.to_bytes();
    let Ok(Answered::Send(next)) = answerer.receive(&mut tasks, &few) else { panic!("no symbols") };
    let (head, symbols) = next.split_at(2);
    assert_eq!(hex(head), "0105");
    let symbols: Vec<String> = symbols.chunks(20).map(hex).collect();
    assert_eq!(
        symbols.join(" "),
        concat!(
            "9d7f57cb9980351560df825896d4f54fd3ebcc02 0000000000000000000000000000000000000000 ",
            "377c6044be3481ea5de7ac0e4af2e31da1a08501 0000000000000000000000000000000000000000 ",
            "1a8c805742a13f2a8c9148eea0ba1c3332e92a01 0000000000000000000000000000000000000000 ",
            "1a8c805742a13f2a8c9148eea0ba1c3332e92a01 0000000000000000000000000000000000000000"
        )
    );
}
