//! Which values are gone, though their rows are still there.

use moai_core::Version;
use rusqlite::{Connection, params};

use crate::sqlite::rows::{Stretch, stretch};
use crate::sqlite::trouble::Trouble;

/// The shadow that deleted ranges throw over the rows of a swarm, asked for key by key.
///
/// The last stretch is kept: keys that come in order lie in the same one, or in none up to where the next one begins.
pub(super) struct Shadow<'a> {
    connection: &'a Connection,
    swarm: i64,
    /// Whether the swarm has stretches at all: nearly always it has none.
    any: bool,
    kept: Option<Kept>,
}

/// A stretch of a namespace, or the gap before one.
struct Kept {
    namespace: String,
    first: String,
    /// Where it ends; an empty text is the end of all.
    behind: String,
    deleted: Option<Version>,
}

impl<'a> Shadow<'a> {
    pub(super) fn over(connection: &'a Connection, swarm: i64) -> Result<Self, Trouble> {
        let sql = "SELECT EXISTS (SELECT 1 FROM stretches WHERE swarm = ?1)";
        let any = connection.prepare_cached(sql)?.query_row([swarm], |row| row.get(0))?;
        Ok(Self { connection, swarm, any, kept: None })
    }

    /// Whether a value that was written with `version` is gone with a range.
    pub(super) fn hides(&mut self, namespace: &str, key: &str, version: Version) -> Result<bool, Trouble> {
        if !self.any {
            return Ok(false);
        }
        let lies_in = |kept: &Kept| {
            kept.namespace == namespace
                && kept.first.as_str() <= key
                && (kept.behind.is_empty() || key < kept.behind.as_str())
        };
        let kept = match self.kept.take().filter(lies_in) {
            Some(kept) => kept,
            None => self.around(namespace, key)?,
        };
        let hidden = kept.deleted.is_some_and(|deleted| deleted > version);
        self.kept = Some(kept);
        Ok(hidden)
    }

    /// The stretch around a key, or the gap.
    fn around(&self, namespace: &str, key: &str) -> Result<Kept, Trouble> {
        let before = self.one(
            "SELECT first, behind, version, crc FROM stretches \
             WHERE swarm = ?1 AND namespace = ?2 AND first <= ?3 ORDER BY first DESC LIMIT 1",
            (namespace, key),
        )?;
        let namespace_text = namespace.to_owned();
        let first = match before {
            Some(Stretch { first, behind, version }) if behind.is_empty() || key < behind.as_str() => {
                return Ok(Kept { namespace: namespace_text, first, behind, deleted: Some(version) });
            }
            Some(stretch) => stretch.behind,
            None => String::new(),
        };
        let next = self.one(
            "SELECT first, behind, version, crc FROM stretches \
             WHERE swarm = ?1 AND namespace = ?2 AND first > ?3 ORDER BY first LIMIT 1",
            (namespace, key),
        )?;
        let behind = next.map(|next| next.first).unwrap_or_default();
        Ok(Kept { namespace: namespace_text, first, behind, deleted: None })
    }

    fn one(&self, sql: &str, (namespace, key): (&str, &str)) -> Result<Option<Stretch>, Trouble> {
        let mut statement = self.connection.prepare_cached(sql)?;
        let mut rows = statement.query(params![self.swarm, namespace, key])?;
        match rows.next()? {
            Some(row) => stretch(row, 0, self.swarm, namespace),
            None => Ok(None),
        }
    }
}
