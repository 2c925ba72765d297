//! Bugs by intention, which tests must find: they exist in builds with `--cfg moai_planted` only, and are chosen by name.

#[cfg(moai_planted)]
thread_local! {
    static PLANTED: std::cell::Cell<&'static str> = const { std::cell::Cell::new("") };
}

/// Lets whatever runs on this thread have the bug of this name; with an empty name there is none.
#[cfg(moai_planted)]
pub fn plant(name: &'static str) {
    PLANTED.set(name);
}

/// Whether whatever runs on this thread has the bug of this name.
#[cfg(moai_planted)]
#[must_use]
pub fn planted(name: &str) -> bool {
    PLANTED.get() == name
}

/// There are no bugs by intention.
#[cfg(not(moai_planted))]
#[must_use]
pub const fn planted(_name: &str) -> bool {
    false
}
