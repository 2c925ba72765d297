//! The crate `uhlc`: a hybrid clock.

pub(crate) fn clock() -> uhlc::HLC {
    uhlc::HLC::default()
}
