//! Documents as bytes, no deeper than documents are.

use moai_core::InvalidInput;

use super::readable::Place;
use super::{Document, DocumentChange, Elements, ElementsChange, Rest, RestChange, Stamped};
use crate::wire::wire_fields;
use crate::{Wire, WireReader, WireWriter};

wire_fields!(impl[] Stamped { stamp, value });

macro_rules! wire_parts {
    ($($name:ident)+) => {$(
        impl Wire for $name {
            fn write(&self, to: &mut WireWriter) {
                self.write_parts(to);
            }

            fn read(from: &mut WireReader<'_>) -> Result<Self, InvalidInput> {
                Self::read_parts(from)
            }
        }
    )+};
}
wire_parts!(Rest RestChange Elements ElementsChange);

macro_rules! wire_place {
    ($($name:ident)+) => {$(
        impl Wire for $name {
            fn write(&self, to: &mut WireWriter) {
                self.write_parts(to);
            }

            /// Recursion ends at [`Document::MAX_DEPTH`]: each field is one deeper.
            fn read(from: &mut WireReader<'_>) -> Result<Self, InvalidInput> {
                from.no_deeper(Document::MAX_DEPTH, |from| {
                    let place = Self::read_parts(from)?;
                    // An empty map is a level too, and nothing was read below it.
                    from.room_below(place.levels())?;
                    Ok(place)
                })
            }
        }
    )+};
}
wire_place!(Document DocumentChange);
