//! What goes over the wire: golden bytes, and every way to break them.

use moai_consensus::{
    Ballot, Choice, Closed, Decision, Draft, Electorate, Opening, Ratio, Reply, Request, Ruling, message_kinds,
};
use moai_core::{
    CorrelationId, Digest, Envelope, InvalidInput, Limits, Timestamp, Value, agent_id, algorithm_name, proposal_id,
    swarm_id, value,
};

// Worked out apart from this crate: a version, then fields; numbers are big-endian, texts stand behind their length.
const REQUEST: &str = "01\
    0000000b6465706c6f792d76322e30\
    000000046c656164\
    00000011080106616374696f6e06066465706c6f79\
    1111111111111111111111111111111111111111111111111111111111111111\
    2222222222222222222222222222222222222222222222222222222222222222\
    00000015636f6e6669726d656420696e203320726f756e6473\
    00000003\
    0000000671756f72756d\
    00000001\
    00062aa3c8f81000";
const PLAIN: &str = "0100\
    000000076167656e742d31\
    0000000b6465706c6f792d76322e30\
    1111111111111111111111111111111111111111111111111111111111111111\
    00000001\
    00000000\
    00000000000000000000000000000000\
    00000000";
const FULL: &str = "0101\
    000000076167656e742d31\
    0000000b6465706c6f792d76322e30\
    1111111111111111111111111111111111111111111111111111111111111111\
    00000002\
    0000000b6e6f20776179206261636b\
    0000000000000009000000000000000a\
    00000010\
    0801047269736b030000000000000007";
const FAILED: &str = "0103\
    000000076167656e742d31\
    0000000b6465706c6f792d76322e30\
    1111111111111111111111111111111111111111111111111111111111111111\
    00000001\
    0000000d6f7574206f66206d656d6f7279";
const CLOSED: &str = "01\
    0000000b6465706c6f792d76322e30\
    1111111111111111111111111111111111111111111111111111111111111111\
    01";

const INSTANCE: Digest = Digest::from_bytes([0x11; 32]);

fn bytes_of(hex: &str) -> Vec<u8> {
    let pairs = hex.as_bytes().chunks(2).map(|pair| std::str::from_utf8(pair).unwrap());
    pairs.map(|pair| u8::from_str_radix(pair, 16).unwrap()).collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

pub(crate) fn limits() -> Limits {
    Limits::default()
}

pub(crate) fn request() -> Request {
    let draft = Draft::new(value!({"action": "deploy"})).named(proposal_id!("deploy-v2.0"));
    let proposal = draft.identify(agent_id!("lead"), [0; 16], &limits()).unwrap();
    let deadline = "2025-01-01T12:00:00+00:00".parse().unwrap();
    let electorate = Electorate::of([]).unwrap();
    let opening = Opening::new(proposal, electorate, algorithm_name!("quorum"), Timestamp::UNIX_EPOCH, deadline);
    let mut request = Request::of(&opening, Ruling::new("confirmed in 3 rounds").over(3), 1);
    request.instance = INSTANCE;
    request.electorate = Digest::from_bytes([0x22; 32]);
    request
}

fn plain() -> Ballot {
    Ballot::new(agent_id!("agent-1"), proposal_id!("deploy-v2.0"), INSTANCE, Choice::For)
}

fn full() -> Ballot {
    let mut ballot = plain().because("no way back").confident("0.9".parse().unwrap()).in_round(2);
    ballot.choice = Choice::Against;
    ballot.metadata.insert("risk", 7);
    ballot
}

fn failed(cause: &str) -> Reply {
    let (voter, proposal) = (agent_id!("agent-1"), proposal_id!("deploy-v2.0"));
    Reply::Failed { voter, proposal, instance: INSTANCE, round: 1, cause: cause.into() }
}

fn closed() -> Closed {
    Closed::new(proposal_id!("deploy-v2.0"), INSTANCE, Decision::Rejected)
}

pub(crate) fn read(bytes: &[u8]) -> Result<Reply, InvalidInput> {
    Reply::from_bytes(bytes, &limits())
}

/// One message, without its type: what is read of bytes, written again.
pub(crate) type Again = fn(&[u8]) -> Result<Vec<u8>, InvalidInput>;

pub(crate) const REQUESTS: Again = |bytes| Request::from_bytes(bytes, &limits()).map(|read| read.to_bytes());
pub(crate) const REPLIES: Again = |bytes| read(bytes).map(|read| read.to_bytes());
pub(crate) const CLOSINGS: Again = |bytes| Closed::from_bytes(bytes, &limits()).map(|read| read.to_bytes());

fn all() -> Vec<(&'static str, Vec<u8>, Again)> {
    let right_to_left = plain().because("לא עכשיו — ليس الآن 👩‍👩‍👧‍👦🏳️‍🌈 \u{202e}evil\u{202c}");
    vec![
        ("consensus_request", request().to_bytes(), REQUESTS),
        ("consensus_vote", Reply::Ballot(plain()).to_bytes(), REPLIES),
        ("consensus_vote", Reply::Ballot(full()).to_bytes(), REPLIES),
        ("consensus_vote", Reply::Ballot(right_to_left).to_bytes(), REPLIES),
        ("consensus_vote", failed("out of memory").to_bytes(), REPLIES),
        ("consensus_closed", closed().to_bytes(), CLOSINGS),
    ]
}

#[test]
fn golden_bytes() {
    assert_eq!(hex(&request().to_bytes()), REQUEST);
    assert_eq!(hex(&Reply::Ballot(plain()).to_bytes()), PLAIN);
    assert_eq!(hex(&Reply::Ballot(full()).to_bytes()), FULL);
    assert_eq!(hex(&failed("out of memory").to_bytes()), FAILED);
    assert_eq!(hex(&closed().to_bytes()), CLOSED);
    assert_eq!(Request::from_bytes(&request().to_bytes(), &limits()), Ok(request()));
    assert_eq!(read(&Reply::Ballot(plain()).to_bytes()), Ok(Reply::Ballot(plain())));
    assert_eq!(read(&Reply::Ballot(full()).to_bytes()), Ok(Reply::Ballot(full())));
    assert_eq!(read(&failed("out of memory").to_bytes()), Ok(failed("out of memory")));
    assert_eq!(Closed::from_bytes(&closed().to_bytes(), &limits()), Ok(closed()));
    for (choice, tag) in Choice::ALL.into_iter().zip([0, 1, 2]) {
        let mut ballot = plain();
        ballot.choice = choice;
        assert_eq!(Reply::Ballot(ballot).to_bytes()[1], tag);
    }
    for (decision, tag) in [(Decision::Approved, 0), (Decision::Rejected, 1), (Decision::Timeout, 2)] {
        let bytes = Closed::new(proposal_id!("p"), INSTANCE, decision).to_bytes();
        assert_eq!(bytes.last(), Some(&tag));
        assert_eq!(Closed::from_bytes(&bytes, &limits()).unwrap().decision, decision);
    }
}

#[test]
fn a_ballot_answers_its_question() {
    let ballot = request().ballot(agent_id!("agent-1"), Choice::For);
    assert_eq!(ballot, plain());
}

#[test]
fn what_is_cut_or_has_more_behind_it_is_refused() {
    for (field, bytes, again) in all() {
        assert_eq!(again(&bytes), Ok(bytes.clone()));
        for length in 0..bytes.len() {
            let refused = again(&bytes[..length]).unwrap_err();
            assert_eq!(refused, InvalidInput::Malformed { field, why: "it ends too early".into() }, "{length}");
        }
        for more in [&[0][..], &[1], &[0xff; 9], &bytes] {
            let refused = again(&[&bytes, more].concat()).unwrap_err();
            assert_eq!(refused, InvalidInput::Malformed { field, why: "something stands behind its end".into() });
        }
        for version in (0..=0xff).filter(|version| *version != 1) {
            let mut other = bytes.clone();
            other[0] = version;
            let why = format!("version {version} is not known");
            assert_eq!(again(&other), Err(InvalidInput::Malformed { field, why }));
        }
    }
}

/// Whatever a byte becomes, it is refused or says something else; and what is taken has one form.
#[test]
fn no_changed_byte_goes_unseen() {
    for (_, bytes, again) in all() {
        for at in 0..bytes.len() {
            for change in 1..=0xff_u8 {
                let mut changed = bytes.clone();
                changed[at] ^= change;
                match again(&changed) {
                    Ok(written) => assert_eq!(written, changed, "byte {at} changed by {change:#04x}"),
                    Err(refused) => assert!(!refused.to_string().is_empty()),
                }
            }
        }
    }
}

/// A reply by hand: everything behind the head of [`plain`].
fn behind_the_head(parts: &[&[u8]]) -> Vec<u8> {
    let head = Reply::Ballot(plain()).to_bytes();
    [&head[..head.len() - 24], &parts.concat()].concat()
}

fn sized(bytes: &[u8]) -> Vec<u8> {
    [&u32::try_from(bytes.len()).unwrap().to_be_bytes(), bytes].concat()
}

fn sure(part: u64, whole: u64) -> [u8; 16] {
    let mut bytes = [0; 16];
    bytes[..8].copy_from_slice(&part.to_be_bytes());
    bytes[8..].copy_from_slice(&whole.to_be_bytes());
    bytes
}

#[test]
fn what_is_no_choice_and_no_decision() {
    // 4 says that a signed answer is to come.
    for tag in 5..=0xff_u8 {
        let mut bytes = Reply::Ballot(plain()).to_bytes();
        bytes[1] = tag;
        let why = format!("{tag} is no choice");
        assert_eq!(read(&bytes), Err(InvalidInput::Malformed { field: "consensus_vote", why }));
    }
    let plain = Reply::Ballot(plain()).to_bytes();
    let signed = |inner: &[u8]| [&[1, 4], sized(inner).as_slice(), &[7; 64]].concat();
    assert!(read(&signed(&plain)).is_ok());
    assert!(read(&signed(&signed(&plain))).is_err(), "signed once is enough");
    for tag in 3..=0xff_u8 {
        let mut bytes = closed().to_bytes();
        *bytes.last_mut().unwrap() = tag;
        let why = format!("{tag} is no decision");
        assert_eq!(
            Closed::from_bytes(&bytes, &limits()),
            Err(InvalidInput::Malformed { field: "consensus_closed", why })
        );
    }
}

#[test]
fn confidence_has_one_form() {
    let with = |part, whole| read(&behind_the_head(&[&sized(b""), &sure(part, whole), &sized(b"")]));
    for (part, whole) in [(2, 4), (0, 2), (10, 10), (6, 4), (u64::MAX, u64::MAX)] {
        let why = "the confidence is not in lowest terms".into();
        assert_eq!(with(part, whole), Err(InvalidInput::Malformed { field: "consensus_vote", why }), "{part}/{whole}");
    }
    assert!(matches!(with(1, 0), Err(InvalidInput::OutOfRange { field: "denominator", .. })));
    for (part, whole) in [(2, 1), (3, 2), (u64::MAX, u64::MAX - 1)] {
        let refused = with(part, whole).unwrap_err();
        assert!(matches!(refused, InvalidInput::OutOfRange { field: "confidence", .. }), "{part}/{whole}: {refused}");
    }
    for (part, whole) in [(0, 1), (1, 1), (1, 2), (u64::MAX - 1, u64::MAX)] {
        let expected = plain().confident(Ratio::new(part, whole).unwrap());
        assert_eq!(with(part, whole), Ok(Reply::Ballot(expected)));
    }
    // Nothing said is not the same as not sure at all.
    assert_eq!(with(0, 0), Ok(Reply::Ballot(plain())));
}

#[test]
fn metadata_is_nothing_or_a_map_with_something_in_it() {
    let with = |bytes: &[u8]| read(&behind_the_head(&[&sized(b""), &sure(0, 0), &sized(bytes)]));
    for other in [value!({}), value!([]), value!([1]), value!(null), value!("risk"), value!(7)] {
        let why = "the metadata is neither nothing nor a map with something in it".into();
        let refused = Err(InvalidInput::Malformed { field: "consensus_vote", why });
        assert_eq!(with(&other.to_canonical()), refused, "{other:?}");
    }
    for garbage in [&[0xff][..], &[8], &[8, 1], &[8, 0x80, 0], &[8, 1, 0x81, 0, b'a', 0], &[8, 1, 1, b'a', 0, 0]] {
        assert!(with(garbage).is_err(), "{garbage:?}");
    }
    let mut deep = value!(1);
    for _ in 0..limits().value_depth {
        deep = Value::from(vec![deep]);
    }
    let deep = value!({"a": deep.clone()});
    assert!(matches!(with(&deep.to_canonical()), Err(InvalidInput::TooDeep { .. })));
    let mut ballot = plain();
    ballot.metadata.insert("a", value!({"b": []}));
    assert_eq!(with(&value!({"a": {"b": []}}).to_canonical()), Ok(Reply::Ballot(ballot)));
}

#[test]
fn text_that_is_none_is_refused() {
    for bytes in [&[0xff][..], &[0xc0, 0x80], &[0xed, 0xa0, 0x80], &[0xf0, 0x9f, 0x98]] {
        let refused = read(&behind_the_head(&[&sized(bytes), &sure(0, 0), &sized(b"")])).unwrap_err();
        assert!(matches!(refused, InvalidInput::Malformed { field: "reason", .. }), "{refused}");
    }
    for reason in ["👩‍👩‍👧‍👦🏳️‍🌈", "ليس الآن", "לא עכשיו", "\u{202e}evil\u{202c}", "\0\n\r\u{1b}[31m", "e\u{301}"]
    {
        let said = Reply::Ballot(plain().because(reason));
        assert_eq!(read(&said.to_bytes()), Ok(said), "{reason:?}");
        assert_eq!(read(&failed(reason).to_bytes()), Ok(failed(reason)));
        let json = serde_json::to_string(&plain().because(reason)).unwrap();
        assert_eq!(serde_json::from_str::<Ballot>(&json).unwrap(), plain().because(reason));
    }
}

fn too_long(field: &'static str, limit: usize, got: usize) -> InvalidInput {
    InvalidInput::TooLong { field, limit: limit as u64, got: got as u64 }
}

#[test]
fn what_is_over_a_limit_is_refused_by_the_limits_name() {
    let reason = limits().reason_bytes;
    let longest = plain().because("x".repeat(reason));
    assert_eq!(read(&Reply::Ballot(longest.clone()).to_bytes()), Ok(Reply::Ballot(longest)));
    let over = plain().because("x".repeat(reason + 1));
    assert_eq!(over.check(&limits()), Err(too_long("reason", reason, reason + 1)));
    assert_eq!(read(&Reply::Ballot(over).to_bytes()), Err(too_long("reason", reason, reason + 1)));
    assert_eq!(read(&failed(&"x".repeat(reason)).to_bytes()), Ok(failed(&"x".repeat(reason))));
    assert_eq!(read(&failed(&"x".repeat(reason + 1)).to_bytes()), Err(too_long("cause", reason, reason + 1)));

    let ballot_bytes = limits().ballot_bytes;
    let mut over = plain();
    over.metadata.insert("a", "x".repeat(ballot_bytes));
    let metadata = Value::from(over.metadata.clone()).canonical_len();
    assert_eq!(over.check(&limits()), Err(too_long("metadata", ballot_bytes, metadata)));
    assert_eq!(read(&Reply::Ballot(over).to_bytes()), Err(too_long("metadata", ballot_bytes, metadata)));

    let mut long = request();
    let content = Value::from("x".repeat(limits().value_bytes));
    let roomy = Limits { value_bytes: usize::MAX, ..limits() };
    let draft = Draft::new(content).named(proposal_id!("p"));
    long.proposal = draft.identify(agent_id!("lead"), [0; 16], &roomy).unwrap();
    let value_bytes = limits().value_bytes;
    assert_eq!(
        Request::from_bytes(&long.to_bytes(), &limits()),
        Err(too_long("proposal", value_bytes, value_bytes + 4))
    );
    assert_eq!(Request::from_bytes(&long.to_bytes(), &roomy), Ok(long));

    // A length is held against its limit before anything is taken for it.
    let claims = behind_the_head(&[&u32::MAX.to_be_bytes()]);
    assert_eq!(read(&claims), Err(too_long("reason", reason, u32::MAX as usize)));
}

/// A name that is too long is the name's fault, and the message that it stands in is not called too long.
#[test]
fn a_name_over_its_limit_is_called_by_what_it_is() {
    let name = sized(&[b'a'; 65]);
    let short = sized(b"a");
    let digest = [0_u8; 32];
    let rest = [&digest[..], &digest, &sized(b"a rule"), &[0, 0, 0, 1]].concat();
    let content = sized(&value!(1).to_canonical());
    let asked = |id: &[u8], proposer: &[u8], algorithm: &[u8]| {
        let bytes = [&[1], id, proposer, &content, &rest, algorithm, &[0, 0, 0, 1], &[0; 8]].concat();
        Request::from_bytes(&bytes, &limits())
    };
    assert!(asked(&short, &short, &short).is_ok());
    assert_eq!(asked(&name, &short, &short), Err(too_long("proposal id", 64, 65)));
    assert_eq!(asked(&short, &name, &short), Err(too_long("agent id", 64, 65)));
    assert_eq!(asked(&short, &short, &name), Err(too_long("algorithm name", 64, 65)));
    let said = |voter: &[u8], id: &[u8]| read(&[&[1, 0], voter, id, &digest, &[0, 0, 0, 1], &[0; 24]].concat());
    assert!(said(&short, &short).is_ok());
    assert_eq!(said(&name, &short), Err(too_long("agent id", 64, 65)));
    assert_eq!(said(&short, &name), Err(too_long("proposal id", 64, 65)));
    let ended = Closed::from_bytes(&[&[1], &name[..], &digest, &[0]].concat(), &limits());
    assert_eq!(ended, Err(too_long("proposal id", 64, 65)));
    assert_eq!(said(&sized(b""), &short), Err(InvalidInput::Empty { field: "agent id" }));
    assert!(matches!(said(&sized(b"A"), &short), Err(InvalidInput::BadCharacter { field: "agent id", .. })));
}

/// What may be said may be read, whichever of the two limits is the larger.
#[test]
fn metadata_has_a_limit_of_its_own() {
    let mut ballot = plain();
    ballot.metadata.insert("a", "x".repeat(1_000));
    let values_are_small = Limits { value_bytes: 100, ..limits() };
    assert_eq!(ballot.check(&values_are_small), Ok(()));
    let bytes = Reply::Ballot(ballot.clone()).to_bytes();
    assert_eq!(Reply::from_bytes(&bytes, &values_are_small), Ok(Reply::Ballot(ballot.clone())));
    let ballots_are_small = Limits { ballot_bytes: 100, ..limits() };
    assert!(ballot.check(&ballots_are_small).is_err() && Reply::from_bytes(&bytes, &ballots_are_small).is_err());
}

/// Reason and metadata may each fit, and the ballot still be too long as it is sent.
#[test]
fn a_whole_ballot_has_a_limit() {
    let small = Limits { reason_bytes: 1_000, ballot_bytes: 400, ..limits() };
    let with = |reason: usize, metadata: usize| {
        let mut ballot = plain().because("r".repeat(reason));
        ballot.metadata.insert("a", "m".repeat(metadata));
        ballot
    };
    let mut at_the_limit = with(150, 0);
    let bare = Reply::Ballot(at_the_limit.clone()).to_bytes().len();
    at_the_limit.reason.push_str(&"r".repeat(400 - bare));
    let bytes = Reply::Ballot(at_the_limit.clone()).to_bytes();
    assert_eq!((bytes.len(), at_the_limit.check(&small)), (400, Ok(())));
    assert_eq!(Reply::from_bytes(&bytes, &small), Ok(Reply::Ballot(at_the_limit.clone())));
    at_the_limit.reason.push('r');
    let refused = Err(too_long("ballot", 400, 401));
    assert_eq!(at_the_limit.check(&small), refused);
    let bytes = Reply::Ballot(at_the_limit).to_bytes();
    assert_eq!(Reply::from_bytes(&bytes, &small).map(|_| ()), refused);
    let both = with(250, 250);
    let sent = Reply::Ballot(both.clone()).to_bytes().len();
    assert_eq!(both.check(&small), Err(too_long("ballot", 400, sent)));
}

#[test]
fn a_ballot_says_what_can_be() {
    assert_eq!(full().check(&limits()), Ok(()));
    let round = plain().in_round(0).check(&limits()).unwrap_err();
    assert_eq!(round.to_string(), "round is 0, the range is 1 to 4294967295; nothing changed");
    let sure = plain().confident("3/2".parse().unwrap()).check(&limits()).unwrap_err();
    assert_eq!(sure.to_string(), "confidence is 3/2, the range is 0 to 1; nothing changed");
    assert_eq!(plain().in_round(u32::MAX).confident(Ratio::ONE).check(&limits()), Ok(()));
    assert_eq!(read(&Reply::Ballot(plain().in_round(0)).to_bytes()), Err(round));
    let json = serde_json::to_string(&plain()).unwrap();
    let instance = "11".repeat(32);
    assert_eq!(
        json,
        format!(r#"{{"voter":"agent-1","proposal":"deploy-v2.0","instance":"{instance}","round":1,"choice":"for"}}"#)
    );
    let json = serde_json::to_string(&full()).unwrap();
    assert!(json.ends_with(r#""choice":"against","reason":"no way back","confidence":"9/10","metadata":{"risk":7}}"#));
    assert_eq!(serde_json::from_str::<Ballot>(&json).unwrap(), full());
    for (from, to) in
        [("\"for\"", "\"yes\""), ("\"for\"", "\"For\""), ("\"for\"", "\"for\",\"more\":1"), (":1,", ":-1,")]
    {
        let hostile = serde_json::to_string(&plain()).unwrap().replace(from, to);
        assert!(serde_json::from_str::<Ballot>(&hostile).is_err(), "{hostile}");
    }
}

#[test]
fn choices_in_words() {
    for choice in Choice::ALL {
        assert_eq!(choice.to_string().parse(), Ok(choice));
        assert_eq!(serde_json::to_string(&choice).unwrap(), format!("\"{choice}\""));
        assert_eq!(format!("{choice:>8}").trim_start(), choice.as_str());
    }
    for word in ["", "For", "for ", "yes", "abstained"] {
        assert!(matches!(word.parse::<Choice>(), Err(InvalidInput::Malformed { field: "choice", .. })), "{word:?}");
    }
}

#[test]
fn ten_thousand_agents_hold_ten_thousand_copies_of_one_question() {
    let asked = Envelope::new(
        swarm_id!("swarm-001"),
        agent_id!("lead"),
        message_kinds::REQUEST,
        CorrelationId::from_bytes([0; 16]),
        bytes_of(REQUEST),
    );
    let limits = Limits::default();
    let [first, second] = [asked.clone(), asked.clone()].map(|asked| Request::from_envelope(&asked, &limits).unwrap());
    assert!(std::ptr::eq(first.proposal.content(), second.proposal.content()));
    // Who has stricter limits is not handed what another has read.
    let strict = Limits { value_depth: 0, ..Limits::default() };
    assert!(matches!(Request::from_envelope(&asked, &strict), Err(InvalidInput::TooDeep { .. })));
    // Nor is what cannot be read ever taken for what can.
    let foreign = asked.reply(agent_id!("lead"), message_kinds::VOTE, bytes_of(REQUEST));
    for _ in 0..2 {
        assert!(matches!(Request::from_envelope(&foreign, &limits), Err(InvalidInput::Malformed { .. })));
    }
}
