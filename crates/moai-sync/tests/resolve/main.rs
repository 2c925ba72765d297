//! Versions of a state become one, whatever their order.

mod codes;
mod documents;
mod forms;
mod order;
mod states;
