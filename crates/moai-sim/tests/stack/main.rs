//! Worlds of the whole stack.

mod exams;
mod worlds;
