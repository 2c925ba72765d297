//! Which change is where: the numbers of a swarm in order, each with what it changed.

use std::collections::BTreeMap;
use std::sync::Arc;

use moai_core::{KeyRange, Namespace, StateKey, Version};

/// How many links lie in one piece of memory.
const CHUNK: usize = 64;

/// One change that still has to be told.
#[derive(Debug, Clone)]
pub(super) struct Link {
    pub(super) version: Version,
    /// The last number of the batch that it belongs to.
    pub(super) batch_end: Version,
    /// Shared by all links of a namespace.
    pub(super) namespace: Arc<Namespace>,
    pub(super) what: What,
}

/// What a change was about.
#[derive(Debug, Clone)]
pub(super) enum What {
    /// A key, with the value that it got or none. The value is shared with its row: who reads changes need not look for
    /// the rows among all others, and pays the same whatever else is stored.
    Key(StateKey, Option<Arc<[u8]>>),
    Range(Box<KeyRange>),
}

/// The links in the order of their versions.
///
/// Links come in at the end and go anywhere. They lie in chunks that are filled to the brim: a tree map alone, filled
/// in ascending order, would stay half empty.
#[derive(Debug, Default)]
pub(super) struct Feed {
    /// The version with which a chunk began → its links; none is empty.
    chunks: BTreeMap<Version, Vec<Link>>,
}

impl Feed {
    /// Adds a link behind all others.
    pub(super) fn push(&mut self, link: Link) {
        match self.chunks.last_entry() {
            Some(mut last) if last.get().len() < CHUNK => last.get_mut().push(link),
            _ => {
                self.chunks.insert(link.version, vec![link]);
            }
        }
    }

    /// Takes out the link of this version.
    pub(super) fn remove(&mut self, version: Version) {
        let Some((&first, chunk)) = self.chunks.range_mut(..=version).next_back() else { return };
        let Ok(at) = chunk.binary_search_by_key(&version, |link| link.version) else { return };
        chunk.remove(at);
        if chunk.is_empty() {
            self.chunks.remove(&first);
        } else if chunk.len() * 4 <= chunk.capacity() {
            chunk.shrink_to(chunk.len() * 2);
        }
    }

    /// The links behind `version`.
    pub(super) fn after(&self, version: Version) -> impl Iterator<Item = &Link> {
        let first = self.chunks.range(..=version).next_back().map_or(version, |(&first, _)| first);
        self.chunks.range(first..).flat_map(|(_, chunk)| chunk).skip_while(move |link| link.version <= version)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_takes_few_bytes() {
        assert_eq!(size_of::<Link>(), 56);
    }

    #[test]
    fn links_that_go_leave_no_empty_chunk_behind() {
        let namespace = Arc::new(moai_core::namespace!("test"));
        let key = StateKey::new("key").unwrap();
        let versions: Vec<_> = (1..=1_000).map(|number| Version::new(number).unwrap()).collect();
        let mut feed = Feed::default();
        for &version in &versions {
            let what = What::Key(key.clone(), None);
            feed.push(Link { version, batch_end: version, namespace: Arc::clone(&namespace), what });
        }
        assert_eq!(feed.after(versions[499]).count(), 500);
        assert_eq!(feed.chunks.len(), 1_000_usize.div_ceil(CHUNK));
        // Out of order, and each twice: the second time there is nothing to take out.
        for step in [7, 3, 1] {
            versions.iter().step_by(step).for_each(|&version| feed.remove(version));
        }
        assert_eq!(feed.after(Version::ZERO).count(), 0);
        assert!(feed.chunks.is_empty());
    }
}
