//! Versions of a state become one, whatever their order.

mod codes;
mod documents;
mod forms;
mod mixed;
mod order;
mod states;
