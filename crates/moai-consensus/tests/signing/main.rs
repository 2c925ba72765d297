//! Signatures: what must not verify, who is blamed in a batch, and where keys are kept.

mod batch;
mod forged;
mod key_files;
