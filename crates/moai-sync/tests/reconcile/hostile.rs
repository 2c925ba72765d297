//! Whatever the other side sends, an exchange ends, and never with a difference that is none.

use moai_core::{Coded, InvalidInput};
use moai_sync::reconcile::{Message, Symbol};

use super::*;

fn limits() -> ReconcileLimits {
    ReconcileLimits::default()
}

fn open(set: &Set) -> (Asker, Vec<u8>) {
    Asker::open(set, ReconcileKey::from_bytes([1; 16]), limits())
}

/// Numbers without a pattern.
fn noise(state: &mut u64) -> u8 {
    *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    state.to_be_bytes()[0]
}

fn noisy_symbols(state: &mut u64, how_many: usize) -> Vec<Symbol> {
    (0..how_many).map(|_| Symbol::from_bytes(&[(); Symbol::BYTES].map(|()| noise(state)))).collect()
}

#[test]
fn a_hostile_stream_is_decoded_for_ever() {
    for (zero_count, size) in [(false, 0), (false, 10_000), (true, 10_000)] {
        let mut ours = set(0..size);
        let (mut asker, _) = open(&ours);
        let (mut state, mut sent) = (size, 32);
        let mut symbols = noisy_symbols(&mut state, 32);
        let mut answer = Message::First { entries: size, symbols: symbols.clone() }.to_bytes();
        let mut rounds = 0;
        loop {
            rounds += 1;
            match asker.receive(&mut ours, &answer) {
                Ok(Asked::Send(question)) => {
                    let Ok(Message::More { from, how_many }) = Message::from_bytes(&question, &limits()) else {
                        panic!()
                    };
                    assert_eq!(from as usize, sent);
                    sent += usize::from(how_many);
                    symbols = match zero_count {
                        true => vec![Symbol::default(); how_many.into()],
                        false => noisy_symbols(&mut state, how_many.into()),
                    };
                    answer = Message::Next { symbols }.to_bytes();
                }
                Ok(Asked::TooDifferent { send: Some(_) }) => break,
                Ok(other) => panic!("{other:?}"),
                Err(refused) => {
                    assert_eq!(refused.field(), "symbols");
                    break;
                }
            }
        }
        assert!(rounds < 200 && sent <= 3 * 700 / 2 + 64, "{rounds} rounds, {sent} symbols");
    }
}

#[test]
fn one_flipped_bit_makes_another_difference() {
    let (mut ours, mut theirs) = (set(0..40), set(3..43));
    let expected = exchange(&mut ours, &mut theirs, 1, &limits()).0;
    assert!(matches!(expected, Ended::Differ(..)));
    let mut refused = 0;
    for bit in 0..(2 + 8 + 32 * Symbol::BYTES) * 8 {
        let mut first = true;
        let ended = disturbed(&mut ours, &mut theirs, 1, &limits(), |answer, _, _| {
            if std::mem::take(&mut first) {
                answer[bit / 8] ^= 1 << (bit % 8);
            }
        });
        match ended {
            Err(_) => refused += 1,
            Ok((Ended::TooDifferent, _)) => {}
            other => panic!("bit {bit}: {other:?}"),
        }
    }
    assert!(refused > 50, "version, kind and most numbers of entries are refused at once: {refused}");
}

#[test]
fn a_message_cut_short_or_made_longer_is_taken() {
    let (mut ours, mut theirs) = (set(0..40), set(3..43));
    let mut messages = vec![open(&ours).1];
    disturbed(&mut ours, &mut theirs, 1, &limits(), |answer, _, _| messages.push(answer.clone())).unwrap();
    messages.push(Message::More { from: 32, how_many: 5 }.to_bytes());
    messages.extend([Message::Same, Message::TooDifferent, Message::Changed].map(|message| message.to_bytes()));
    for message in messages {
        let whole = Message::from_bytes(&message, &limits()).unwrap();
        assert_eq!(whole.to_bytes(), message);
        for length in 0..message.len() {
            let Ok(read) = Message::from_bytes(&message[..length], &limits()) else { continue };
            // Fewer symbols are a message too; who asked for more refuses it.
            assert!(matches!(read, Message::First { .. } | Message::Next { .. }), "{length} of {}", whole.kind());
            assert_eq!((message.len() - length) % Symbol::BYTES, 0);
        }
        let longer = [&message[..], &[0]].concat();
        assert!(Message::from_bytes(&longer, &limits()).is_err(), "{}", whole.kind());
    }
}

#[test]
fn a_field_over_its_limit_takes_memory() {
    let small = limits().with_symbols(100).with_batch(10).with_entries(1_000);
    let read = |bytes: &[u8]| Message::from_bytes(bytes, &small).map(|message| message.kind());
    let first = |entries: u64, symbols: usize| {
        [&[1, 3][..], &entries.to_be_bytes(), &vec![0; symbols * Symbol::BYTES]].concat()
    };
    assert_eq!(read(&first(1_000, 10)), Ok("first"));
    let field = |bytes: &[u8]| read(bytes).unwrap_err();
    assert!(matches!(field(&first(1_000, 11)), InvalidInput::TooMany { field: "symbols", limit: 10, got: 11 }));
    assert!(matches!(field(&first(1_000, 0)), InvalidInput::Empty { field: "symbols" }));
    assert!(matches!(field(&first(1_001, 10)), InvalidInput::OutOfRange { field: "entries", .. }));
    assert!(matches!(field(&first(u64::MAX, 10)), InvalidInput::OutOfRange { field: "entries", .. }));
    let more = |from: u32, how_many: u16| [&[1, 4][..], &from.to_be_bytes(), &how_many.to_be_bytes()].concat();
    assert_eq!(read(&more(100, 10)), Ok("more"));
    for bytes in [more(0, 10), more(101, 10), more(u32::MAX, 10)] {
        assert_eq!(field(&bytes).field(), "first symbol");
    }
    for bytes in [more(100, 0), more(100, 11), more(100, u16::MAX)] {
        assert_eq!(field(&bytes).field(), "how many symbols");
    }
    let want = |references: &[u8]| {
        [vec![1, 6], references.iter().flat_map(|last| [0, 0, 0, *last]).collect::<Vec<u8>>()].concat()
    };
    assert_eq!(read(&want(&(0..100).collect::<Vec<u8>>())), Ok("want"));
    let many = field(&want(&(0..101).collect::<Vec<u8>>()));
    assert!(matches!(many, InvalidInput::TooMany { field: "references", limit: 100, got: 101 }));
    assert_eq!(field(&want(&[1, 1])).field(), "references");
    assert_eq!(field(&want(&[2, 1])).field(), "references");
    assert_eq!(field(&[]).field(), "message");
    assert_eq!(field(&[2, 2]).field(), "message version");
    assert_eq!(field(&[1, 0]).field(), "message kind");
    assert_eq!(field(&[1, 10]).field(), "message kind");
}

#[test]
fn a_message_at_the_wrong_time_is_taken() {
    let mut ours = set(0..40);
    let question = open(&set(3..43)).1;
    let told = [
        question.clone(),
        Message::Same.to_bytes(),
        Message::First { entries: 40, symbols: vec![Symbol::default()] }.to_bytes(),
        Message::More { from: 32, how_many: 5 }.to_bytes(),
        Message::Next { symbols: vec![Symbol::default()] }.to_bytes(),
        Message::Want(Default::default()).to_bytes(),
        Message::TooDifferent.to_bytes(),
        Message::Changed.to_bytes(),
    ];
    let asker_takes = [1, 2, 6, 7];
    for (at, message) in told.iter().enumerate() {
        let answer = open(&ours).0.receive(&mut ours, message);
        let unexpected = answer.as_ref().is_err_and(|refused| refused.code() == "reconcile.unexpected");
        assert_eq!(!unexpected, asker_takes.contains(&at), "{answer:?}");
        let answer = Answerer::new(limits()).receive(&mut ours, message);
        let unexpected = answer.as_ref().is_err_and(|refused| refused.code() == "reconcile.unexpected");
        assert_eq!(!unexpected, at == 0, "{answer:?}");
    }
    // Behind the end nothing is taken, also not what would have been right.
    let mut answerer = Answerer::new(limits());
    let _refused = answerer.receive(&mut ours, &[]).unwrap_err();
    let refused = answerer.receive(&mut ours, &question).unwrap_err();
    assert_eq!(refused.to_string(), "the message `open` may not come behind the end of the exchange; nothing changed");
}

#[test]
fn a_lie_about_what_was_said_is_taken() {
    let mut ours = set(0..400);
    let question = open(&set(50..450)).1;
    let said = |message: Message| {
        let mut answerer = Answerer::new(limits());
        let _first = answerer.receive(&mut set(0..400), &question).unwrap();
        answerer.receive(&mut set(0..400), &message.to_bytes()).unwrap_err().to_string()
    };
    assert!(said(Message::More { from: 31, how_many: 5 }).starts_with("first symbol cannot be true"));
    assert!(said(Message::More { from: 33, how_many: 5 }).starts_with("first symbol cannot be true"));
    // As many entries cannot be wanted from so few symbols.
    let many = Message::from_bytes(
        &[&[1, 6][..], &(0..33).flat_map(|i| [0, 0, 0, i]).collect::<Vec<u8>>()].concat(),
        &limits(),
    );
    assert!(said(many.unwrap()).starts_with("references cannot be true"));
    // Equal roots with other sizes.
    let mut lie = open(&ours).1;
    *lie.last_mut().unwrap() ^= 1;
    let refused = Answerer::new(limits()).receive(&mut ours, &lie).unwrap_err();
    assert_eq!(refused.field(), "entries");
    // Fewer symbols than asked for.
    let refused = disturbed(&mut ours, &mut set(50..450), 1, &limits(), |answer, _, _| {
        if let Ok(Message::Next { mut symbols }) = Message::from_bytes(answer, &limits()) {
            symbols.truncate(symbols.len() - 1);
            *answer = Message::Next { symbols }.to_bytes();
        }
    });
    assert_eq!(refused.unwrap_err().field(), "symbols");
    // Our own symbols as theirs: nothing differs, and the roots do.
    let mut mirror = Answerer::new(limits());
    let Ok(Answered::Send(own)) = mirror.receive(&mut ours, &question) else { panic!("no answer") };
    let refused = open(&ours).0.receive(&mut ours, &own).unwrap_err();
    assert_eq!(refused.field(), "symbols");
    // And with another size.
    let Ok(Message::First { symbols, .. }) = Message::from_bytes(&own, &limits()) else { panic!("no symbols") };
    let lie = Message::First { entries: 401, symbols }.to_bytes();
    assert_eq!(open(&ours).0.receive(&mut ours, &lie).unwrap_err().field(), "entries");
}

/// The symbols of a set that has nothing, and the claim of as many entries as ours: all of ours would be offered.
#[test]
fn an_entry_that_nobody_has_is_offered() {
    let mut ours = set(0..10);
    let (mut asker, _) = open(&ours);
    let empty = Message::First { entries: 10, symbols: vec![Symbol::default(); 32] }.to_bytes();
    assert_eq!(asker.receive(&mut ours, &empty).unwrap_err().field(), "entries");
}

/// What a set would send first.
fn symbols_of(set: &mut Set) -> Vec<Symbol> {
    let Ok(Answered::Send(first)) = Answerer::new(limits()).receive(set, &open(&super::set([999_999])).1) else {
        panic!("no symbols");
    };
    let Ok(Message::First { symbols, .. }) = Message::from_bytes(&first, &limits()) else { panic!("no symbols") };
    symbols
}

/// Whoever knows the key adds an entry to symbols, or takes one off that never was in them.
fn forged(symbols: &[Symbol], entry: &[Symbol], count: impl Fn(u8, u8) -> u8) -> Vec<Symbol> {
    let both = symbols.iter().zip(entry).map(|(symbol, entry)| {
        let (mut bytes, entry) = (symbol.to_bytes(), entry.to_bytes());
        for at in 0..Symbol::BYTES - 1 {
            bytes[at] ^= entry[at];
        }
        bytes[Symbol::BYTES - 1] = count(bytes[Symbol::BYTES - 1], entry[Symbol::BYTES - 1]);
        Symbol::from_bytes(&bytes)
    });
    both.collect()
}

#[test]
fn what_we_have_is_asked_for_and_what_we_lack_is_offered() {
    let mut ours = set(0..10);
    let own = symbols_of(&mut ours);
    let again = forged(&own, &symbols_of(&mut set([3])), u8::wrapping_add);
    let answer = Message::First { entries: 11, symbols: again }.to_bytes();
    let refused = open(&ours).0.receive(&mut ours, &answer).unwrap_err();
    assert_eq!(refused, nonsense("they hold as new what we have"));
    let less = forged(&own, &symbols_of(&mut set([77])), u8::wrapping_sub);
    let answer = Message::First { entries: 9, symbols: less }.to_bytes();
    let refused = open(&ours).0.receive(&mut ours, &answer).unwrap_err();
    assert_eq!(refused, nonsense("they lack what we do not have"));
    // The same with an entry that they may have.
    let more = forged(&own, &symbols_of(&mut set([77])), u8::wrapping_add);
    let answer = Message::First { entries: 11, symbols: more }.to_bytes();
    assert!(matches!(open(&ours).0.receive(&mut ours, &answer), Ok(Asked::Differ { wanted: 1, .. })));
}

fn nonsense(why: &'static str) -> ReconcileError {
    ReconcileError::Nonsense { field: "symbols", why }
}

#[test]
fn an_asker_without_an_end_gets_symbols_for_ever() {
    let mut ours = set(0..40);
    let mut answerer = Answerer::new(limits());
    let _first = answerer.receive(&mut ours, &open(&set(3..43)).1).unwrap();
    // 128 differences are decoded in any case, with 256 symbols.
    let mut from = 32;
    while from < 256 {
        let more = Message::More { from, how_many: 16 }.to_bytes();
        let Ok(Answered::Send(next)) = answerer.receive(&mut ours, &more) else { panic!("no symbols") };
        assert_eq!(next.len(), 2 + 16 * Symbol::BYTES);
        from += 16;
    }
    let more = Message::More { from, how_many: 1 }.to_bytes();
    assert_eq!(answerer.receive(&mut ours, &more), Ok(Answered::Send(Message::TooDifferent.to_bytes())));
    assert_eq!(answerer.receive(&mut ours, &more).unwrap_err().code(), "reconcile.unexpected");
}

#[test]
fn symbols_of_the_second_order_are_sent_twice_or_without_end() {
    let (ours, mut theirs) = (set(0..40), set(3..43));
    let few = |from, how_many| Message::Few { from, how_many }.to_bytes();
    for wrong in [few(0, 1), few(1, 0), few(1, 32), few(32, 1), few(31, 2)] {
        assert!(Message::from_bytes(&wrong, &limits()).is_err(), "{wrong:?}");
    }
    for second in [few(1, 3), few(2, 3), few(5, 1)] {
        let mut answerer = Answerer::new(limits());
        assert!(matches!(answerer.receive(&mut theirs, &open(&ours).1), Ok(Answered::Send(_))));
        assert!(matches!(answerer.receive(&mut theirs, &few(1, 3)), Ok(Answered::Send(_))));
        assert_eq!(answerer.receive(&mut theirs, &second).unwrap_err().field(), "first symbol");
    }
    assert!(Answerer::new(limits()).receive(&mut theirs, &few(1, 1)).is_err(), "nothing was asked before");
}
