//! The bytes of what is said between rounds.

use moai_core::{Cursor, InvalidInput, KeyRange};
use moai_crdt::{Wire, WireForm, WireReader, WireWriter};

use super::{StateBegun, StateFollow, StateWritten, Told};
use crate::message::{MOST_KEYS, read_epoch};

macro_rules! kinds {
    ($($name:ident $kind:literal)*) => { $(
        impl WireForm for $name {
            const KIND: u8 = $kind;
        }
    )* };
}

kinds!(StateFollow 40 Told 41 StateWritten 42 StateBegun 43);

fn write_cursor(cursor: Cursor, to: &mut WireWriter) {
    to.bytes(&cursor.epoch.to_bytes());
    cursor.version.write(to);
}

fn read_cursor(from: &mut WireReader<'_>) -> Result<Cursor, InvalidInput> {
    Ok(Cursor { epoch: read_epoch(from)?, version: Wire::read(from)? })
}

/// As an option of something else.
fn read_option<T>(
    from: &mut WireReader<'_>,
    read: impl FnOnce(&mut WireReader<'_>) -> Result<T, InvalidInput>,
) -> Result<Option<T>, InvalidInput> {
    let is_there: bool = Wire::read(from)?;
    is_there.then(|| read(from)).transpose()
}

impl Wire for StateFollow {
    fn write(&self, to: &mut WireWriter) {
        self.range.from.write(to);
        self.range.to.write(to);
        self.at.is_some().write(to);
        self.at.into_iter().for_each(|at| write_cursor(at, to));
        self.received.write(to);
        self.credit.write(to);
        self.renews.write(to);
    }

    fn read(from: &mut WireReader<'_>) -> Result<Self, InvalidInput> {
        let range = KeyRange { from: Wire::read(from)?, to: Wire::read(from)? };
        let at = read_option(from, read_cursor)?;
        let (received, credit) = (Wire::read(from)?, Wire::read(from)?);
        Ok(Self { range, at, received, credit, renews: Wire::read(from)? })
    }
}

impl Wire for Told {
    fn write(&self, to: &mut WireWriter) {
        match self {
            Self::Changes { since, next, changes } => {
                to.byte(0);
                write_cursor(*since, to);
                write_cursor(*next, to);
                changes.write(to);
            }
            Self::Page { start, after, through, states } => {
                to.byte(1);
                write_cursor(*start, to);
                after.write(to);
                through.write(to);
                states.write(to);
            }
            Self::Stands => to.byte(2),
            Self::Full { most } => {
                to.byte(3);
                most.write(to);
            }
        }
    }

    fn read(from: &mut WireReader<'_>) -> Result<Self, InvalidInput> {
        match from.byte()? {
            0 => {
                let (since, next) = (read_cursor(from)?, read_cursor(from)?);
                Ok(Self::Changes { since, next, changes: Wire::read(from)? })
            }
            1 => {
                let (start, after) = (read_cursor(from)?, Wire::read(from)?);
                Ok(Self::Page { start, after, through: Wire::read(from)?, states: Wire::read(from)? })
            }
            2 => Ok(Self::Stands),
            3 => Ok(Self::Full { most: Wire::read(from)? }),
            _ => Err(from.malformed("a follower is told neither changes, a page, where it stands nor that it is full")),
        }
    }
}

impl Wire for StateWritten {
    fn write(&self, to: &mut WireWriter) {
        self.epoch.is_some().write(to);
        self.epoch.into_iter().for_each(|epoch| to.bytes(&epoch.to_bytes()));
        self.follows.write(to);
        self.states.write(to);
    }

    fn read(from: &mut WireReader<'_>) -> Result<Self, InvalidInput> {
        let epoch = read_option(from, read_epoch)?;
        let (follows, states): (_, Vec<_>) = (Wire::read(from)?, Wire::read(from)?);
        if states.len() > MOST_KEYS {
            return Err(from.malformed("more than a thousand states are written"));
        }
        Ok(Self { epoch, follows, states })
    }
}

impl Wire for StateBegun {
    fn write(&self, to: &mut WireWriter) {
        to.bytes(&self.epoch.to_bytes());
    }

    fn read(from: &mut WireReader<'_>) -> Result<Self, InvalidInput> {
        Ok(Self { epoch: read_epoch(from)? })
    }
}
