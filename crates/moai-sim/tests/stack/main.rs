//! Worlds of the whole stack.

mod barking;
mod exams;
mod worlds;
