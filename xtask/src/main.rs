//! The project's tasks: `cargo xtask`.

fn main() {}
