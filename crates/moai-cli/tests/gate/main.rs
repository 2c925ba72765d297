//! The gate, through the program itself. Whatever happens: nothing runs unapproved, no process is left, the journal verifies.

mod faults;
mod hostile;
mod people;
mod snapshot;
mod tampering;
mod told;
mod voters;
mod world;
