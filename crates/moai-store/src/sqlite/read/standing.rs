//! Where a swarm stands.

use moai_core::{Standing, StoreError, SwarmId, Version};

use crate::sqlite::reader::Reader;
use crate::sqlite::swarm_row::SwarmRow;

pub(in crate::sqlite) fn standing(reader: &Reader, swarm: &SwarmId) -> Result<Standing, StoreError> {
    let row = reader.read(|connection| SwarmRow::load(connection, swarm))?;
    let (last, horizon) = row.map_or((Version::ZERO, Version::ZERO), |row| (row.last, row.horizon));
    Ok(Standing::new(reader.cursor(last), reader.cursor(horizon)))
}
