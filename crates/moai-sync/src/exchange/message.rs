//! What two replicas say to each other once ids alone do not do.

use moai_core::{Digest, InvalidInput, Limits, StateKey};
use moai_crdt::{Wire, WireForm, WireReader, WireWriter};

use crate::frame::{pack, unpack};
use crate::state_version::wire_limits;

/// The kinds of the envelopes of an exchange.
pub(super) mod kinds {
    use moai_core::{MessageKind, message_kind};

    /// From the asker: a message of [`reconcile`](crate::reconcile).
    pub(crate) const ASK: MessageKind = message_kind!("exchange_ask");
    /// To the asker: a message of [`reconcile`](crate::reconcile).
    pub(crate) const TELL: MessageKind = message_kind!("exchange_tell");
    /// From the asker: a [`Page`](super::Page).
    pub(crate) const PAGE: MessageKind = message_kind!("exchange_page");
    /// To the asker: a [`Paged`](super::Paged).
    pub(crate) const PAGED: MessageKind = message_kind!("exchange_paged");
    /// Either way: [`States`](super::States).
    pub(crate) const STATES: MessageKind = message_kind!("exchange_states");
    /// Either way, and empty: the states have come, further ones may.
    pub(crate) const NEXT: MessageKind = message_kind!("exchange_next");

    pub(crate) const ALL: [MessageKind; 6] = [ASK, TELL, PAGE, PAGED, STATES, NEXT];
}

/// So many entries a page has at the most.
pub(super) const MOST_ENTRIES: usize = 4_096;

/// Bytes that a message takes beside what it holds.
const BESIDE: usize = 64;

/// Bytes that one item takes beside its own.
const ITEM: usize = 12;

/// How many bytes of items still go into a message.
pub(super) struct Room(usize);

impl Room {
    pub(super) const fn of(limits: &Limits) -> Self {
        Self(limits.payload_bytes.saturating_sub(BESIDE))
    }

    /// Takes room for an item, if there is enough.
    pub(super) const fn take(&mut self, bytes: usize) -> bool {
        let bytes = bytes.saturating_add(ITEM);
        let fits = bytes <= self.0;
        if fits {
            self.0 -= bytes;
        }
        fits
    }
}

/// The first half of a digest: enough to see whether two states are the same, under one key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Short([u8; Self::BYTES]);

impl Short {
    pub(super) const BYTES: usize = 16;

    pub(super) fn of(digest: &Digest) -> Self {
        let mut half = [0; Self::BYTES];
        half.iter_mut().zip(digest.as_bytes()).for_each(|(byte, from)| *byte = *from);
        Self(half)
    }
}

/// All that the asker holds behind one key and up to another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Page {
    pub(super) after: Option<StateKey>,
    /// The last key of the page; none for the last page.
    pub(super) through: Option<StateKey>,
    /// Rising.
    pub(super) entries: Vec<(StateKey, Short)>,
}

/// What the answerer holds otherwise, or the asker lacks, from where the page begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Paged {
    /// How far it goes: the rest of the page is asked for again. None for all that there is.
    pub(super) through: Option<StateKey>,
    /// What the answerer lacks, or holds otherwise.
    pub(super) wanted: Vec<StateKey>,
    pub(super) states: Vec<Bytes>,
}

/// Some states, and of large documents what each lacks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct States {
    /// Whether there are more, as soon as these have come.
    pub(super) more: bool,
    pub(super) items: Vec<Item>,
}

/// One state, or what leads to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Item {
    Whole(Bytes),
    /// A large document's causal digest: of whoever holds it, a part does.
    Shown(StateKey, Bytes),
    /// What is lacking there, by a digest that was shown.
    Part(Bytes),
    /// Nothing is held of what was shown.
    Lacks(StateKey),
}

/// A state as bytes: one that does not fit is refused alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Bytes(pub(super) Vec<u8>);

/// The bytes to send, and what is read of them within the limits.
macro_rules! messages {
    ($($name:ident $kind:literal { $($field:ident),+ })*) => { $(
        impl $name {
            pub(super) fn to_bytes(&self) -> Vec<u8> {
                pack(&WireForm::to_bytes(self))
            }

            pub(super) fn read(bytes: &[u8], limits: &Limits) -> Result<Self, InvalidInput> {
                let message = unpack(bytes, limits.payload_bytes)?;
                WireForm::from_bytes_within(&message, &wire_limits(limits))
            }
        }

        impl Wire for $name {
            fn write(&self, to: &mut WireWriter) {
                $(self.$field.write(to);)+
            }

            fn read(from: &mut WireReader<'_>) -> Result<Self, InvalidInput> {
                Ok(Self { $($field: Wire::read(from)?),+ })
            }
        }

        impl WireForm for $name {
            const KIND: u8 = $kind;
        }
    )* };
}

messages! {
    Page 36 { after, through, entries }
    Paged 37 { through, wanted, states }
    States 38 { more, items }
}

impl Page {
    /// Whether it is of one stretch of keys.
    ///
    /// # Errors
    ///
    /// When it is not, or has more entries than a page has.
    pub(super) fn check(&self) -> Result<(), InvalidInput> {
        let field = "page";
        if self.entries.len() > MOST_ENTRIES {
            let (limit, got) = (MOST_ENTRIES as u64, self.entries.len() as u64);
            return Err(InvalidInput::TooMany { field, limit, got });
        }
        let keys = || self.entries.iter().map(|(key, _)| key);
        let all = || self.after.iter().chain(keys());
        let rise = all().zip(all().skip(1)).all(|(one, next)| one < next);
        let last = all().last();
        let ends = self.through.as_ref().is_none_or(|through| last.is_none_or(|last| last <= through));
        let moves = self.through.is_none() || self.after < self.through;
        if rise && ends && moves {
            return Ok(());
        }
        Err(InvalidInput::Malformed { field, why: "its keys do not rise, or lie outside of it".into() })
    }
}

impl Wire for Bytes {
    fn write(&self, to: &mut WireWriter) {
        to.number(self.0.len() as u64);
        to.bytes(&self.0);
    }

    fn read(from: &mut WireReader<'_>) -> Result<Self, InvalidInput> {
        let length = from.length()?;
        Ok(Self(from.bytes(length)?.to_vec()))
    }
}

impl Wire for Item {
    fn write(&self, to: &mut WireWriter) {
        match self {
            Self::Whole(state) => {
                to.byte(0);
                state.write(to);
            }
            Self::Shown(key, digest) => {
                to.byte(1);
                key.write(to);
                digest.write(to);
            }
            Self::Part(part) => {
                to.byte(2);
                part.write(to);
            }
            Self::Lacks(key) => {
                to.byte(3);
                key.write(to);
            }
        }
    }

    fn read(from: &mut WireReader<'_>) -> Result<Self, InvalidInput> {
        match from.byte()? {
            0 => Ok(Self::Whole(Wire::read(from)?)),
            1 => Ok(Self::Shown(Wire::read(from)?, Wire::read(from)?)),
            2 => Ok(Self::Part(Wire::read(from)?)),
            3 => Ok(Self::Lacks(Wire::read(from)?)),
            _ => Err(from.malformed("an item is neither a state, a digest, a part, nor lacking")),
        }
    }
}

impl Wire for Short {
    fn write(&self, to: &mut WireWriter) {
        to.bytes(&self.0);
    }

    fn read(from: &mut WireReader<'_>) -> Result<Self, InvalidInput> {
        let mut half = [0; Self::BYTES];
        half.iter_mut().zip(from.bytes(Self::BYTES)?).for_each(|(byte, from)| *byte = *from);
        Ok(Self(half))
    }
}

#[cfg(test)]
mod tests {
    use moai_core::DigestBuilder;

    use super::*;

    fn key(text: &str) -> StateKey {
        StateKey::new(text).unwrap()
    }

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    #[test]
    fn what_is_sent_today_reads_as_something_else_tomorrow() {
        let limits = Limits::default();
        let short = Short::of(&DigestBuilder::new("test/1").finish());
        let entries = vec![(key("b"), short), (key("bee"), short)];
        let page = Page { after: Some(key("a")), through: None, entries };
        assert_eq!(
            hex(&page.to_bytes()),
            "0001240000010161000201629b1079e802e37f4547d90d97c75ac1e9036265659b1079e802e37f4547d90d97c75ac1e9"
        );
        assert_eq!(Page::read(&page.to_bytes(), &limits), Ok(page));
        let paged =
            Paged { through: Some(key("b")), wanted: vec![key("a"), key("ab")], states: vec![Bytes(vec![1, 2])] };
        assert_eq!(hex(&paged.to_bytes()), "000125000001016202016103016201020102");
        assert_eq!(Paged::read(&paged.to_bytes(), &limits), Ok(paged));
        let items = vec![
            Item::Whole(Bytes(vec![1])),
            Item::Shown(key("a"), Bytes(vec![2])),
            Item::Part(Bytes(vec![])),
            Item::Lacks(key("b")),
        ];
        let states = States { more: true, items };
        assert_eq!(hex(&states.to_bytes()), "0001260000010400010101016101020200030162");
        assert_eq!(States::read(&states.to_bytes(), &limits), Ok(states));
    }

    #[test]
    fn a_page_of_no_stretch_of_keys_is_taken() {
        let short = Short([0; 16]);
        let page = |after: Option<&str>, through: Option<&str>, keys: &[&str]| Page {
            after: after.map(key),
            through: through.map(key),
            entries: keys.iter().map(|text| (key(text), short)).collect(),
        };
        for good in [
            page(None, None, &[]),
            page(Some("a"), None, &["b", "c"]),
            page(Some("a"), Some("c"), &["b", "c"]),
            page(None, Some("c"), &[]),
        ] {
            assert_eq!(good.check(), Ok(()));
        }
        for bad in [
            page(None, None, &["b", "a"]),
            page(None, None, &["a", "a"]),
            page(Some("a"), None, &["a"]),
            page(None, Some("b"), &["c"]),
            page(Some("b"), Some("b"), &[]),
            page(Some("b"), Some("a"), &[]),
        ] {
            assert!(matches!(bad.check(), Err(InvalidInput::Malformed { field: "page", .. })), "{bad:?}");
        }
        let all: Vec<String> = (0..=MOST_ENTRIES).map(|number| format!("{number:06}")).collect();
        let all: Vec<&str> = all.iter().map(String::as_str).collect();
        assert!(matches!(page(None, None, &all).check(), Err(InvalidInput::TooMany { limit: 4_096, got: 4_097, .. })));
    }
}
