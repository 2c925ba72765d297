//! How much a page still takes.

use moai_core::{InvalidInput, Limits};

/// The room that is left in a page: it is full when it holds so many items, or when they have reached so many bytes. A
/// page that holds nothing takes one item, whatever its size.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Room {
    items: usize,
    bytes: usize,
    empty: bool,
}

impl Room {
    /// The room of an empty page, when `asked` items are asked for.
    pub(crate) fn new(limits: &Limits, asked: usize) -> Result<Self, InvalidInput> {
        Ok(Self { items: limits.page(asked)?, bytes: limits.page_bytes, empty: true })
    }

    /// How many items there is room for, whatever their size.
    #[cfg(feature = "sqlite")]
    pub(crate) const fn items(&self) -> usize {
        self.items
    }

    /// Whether there is no room for one more.
    pub(crate) fn is_full(&self) -> bool {
        !self.empty && (self.items == 0 || self.bytes == 0)
    }

    /// Takes an item of so many bytes in.
    pub(crate) fn take(&mut self, bytes: usize) {
        self.empty = false;
        self.items = self.items.saturating_sub(1);
        self.bytes = self.bytes.saturating_sub(bytes);
    }

    /// Takes what fits. Whatever was not asked of `items` is still to come.
    pub(crate) fn fill<T>(mut self, items: &mut impl Iterator<Item = T>, bytes: impl Fn(&T) -> usize) -> Vec<T> {
        let mut page = Vec::new();
        while !self.is_full()
            && let Some(item) = items.next()
        {
            self.take(bytes(&item));
            page.push(item);
        }
        page
    }
}
