//! The size that the component may have, and gzip, by which it is measured.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;

use crate::error::Result;

/// The largest size of the component in bytes: what an edge host has to load.
const MAX_BYTES: usize = 800 * 1024;

/// The largest size of the component in bytes after gzip: what an edge host has to fetch.
const MAX_GZIPPED_BYTES: usize = 340 * 1000;

/// These bytes, compressed by gzip.
pub(crate) fn gzip(bytes: &[u8]) -> Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes)?;
    Ok(encoder.finish()?)
}

/// The size of these bytes after gzip, in bytes.
pub(crate) fn gzipped(bytes: &[u8]) -> Result<usize> {
    Ok(gzip(bytes)?.len())
}

/// Refuses a component of this size that is too large for the edge.
pub(crate) fn check_size(bytes: usize, gzipped_bytes: usize) -> Result<()> {
    if bytes > MAX_BYTES || gzipped_bytes > MAX_GZIPPED_BYTES {
        return Err(format!(
            "the component has {bytes} bytes, {gzipped_bytes} after gzip: an edge host takes \
             {MAX_BYTES} and {MAX_GZIPPED_BYTES}; `make component` says what takes them"
        )
        .into());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_component_that_is_too_large_for_the_edge_is_an_error() {
        for (bytes, gzipped_bytes, fits) in [
            (MAX_BYTES, MAX_GZIPPED_BYTES, true),
            (MAX_BYTES + 1, 1, false),
            (1, MAX_GZIPPED_BYTES + 1, false),
        ] {
            assert_eq!(check_size(bytes, gzipped_bytes).is_ok(), fits, "{bytes}");
        }
    }
}
