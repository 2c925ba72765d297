//! A value and the change that wrote it.

use std::sync::Arc;

use bytes::Bytes;
use moai_core::{Entry, Namespace, StateKey, Version};

/// A value and the change that wrote it.
#[derive(Debug, Clone)]
pub(super) struct Row {
    pub(super) version: Version,
    /// A copy of its own: what came in may be a small part of a large buffer, which would never be given back.
    pub(super) value: Arc<[u8]>,
}

impl Row {
    pub(super) fn new(version: Version, value: &[u8]) -> Self {
        Self { version, value: value.into() }
    }

    /// This row as readers see it; the value is shared, not copied.
    pub(super) fn entry(&self, namespace: &Namespace, key: &StateKey) -> Entry {
        let value = Bytes::from_owner(Arc::clone(&self.value));
        Entry::new(namespace.clone(), key.clone(), value, self.version)
    }
}
