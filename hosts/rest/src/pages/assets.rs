//! The style sheet, scripts and logo of the pages. They are part of the executable, and the address
//! of each contains a hash of its content.

use std::sync::LazyLock;

use sha2::{Digest, Sha256};

/// How many bytes of the SHA-256 a file's address contains.
const HASH_BYTES: usize = 8;

/// A file that the pages refer to.
pub(crate) struct Asset {
    /// The file name with a hash of the bytes, so that a cache may keep the file for ever:
    /// `style.<hash>.css`.
    pub(crate) address: String,
    pub(crate) media_type: &'static str,
    pub(crate) bytes: &'static [u8],
    name: &'static str,
}

impl Asset {
    fn new(name: &'static str, media_type: &'static str, bytes: &'static [u8]) -> Self {
        let digest = Sha256::digest(bytes);
        let hash: String = digest
            .iter()
            .take(HASH_BYTES)
            .map(|byte| format!("{byte:02x}"))
            .collect();
        let (stem, ending) = name.split_once('.').unwrap_or((name, ""));
        Self {
            address: format!("{stem}.{hash}.{ending}"),
            media_type,
            bytes,
            name,
        }
    }
}

static ASSETS: LazyLock<[Asset; 4]> = LazyLock::new(|| {
    let script = "text/javascript; charset=utf-8";
    [
        Asset::new("docs.js", script, include_bytes!("../../assets/docs.js")),
        Asset::new(
            "mark.svg",
            "image/svg+xml",
            include_bytes!("../../assets/mark.svg"),
        ),
        Asset::new("setup.js", script, include_bytes!("../../assets/setup.js")),
        Asset::new(
            "style.css",
            "text/css; charset=utf-8",
            include_bytes!("../../assets/style.css"),
        ),
    ]
});

/// All files that the pages refer to.
pub(crate) fn all() -> &'static [Asset] {
    &*ASSETS
}

/// The file at an address.
pub(crate) fn find(address: &str) -> Option<&'static Asset> {
    all().iter().find(|asset| asset.address == address)
}

/// The address of the file of this name, or an empty text when no file has the name. The test of
/// the shell would notice the empty address.
pub(crate) fn address(name: &str) -> &'static str {
    let asset = all().iter().find(|asset| asset.name == name);
    asset.map_or("", |asset| &asset.address)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_found_by_its_content_alone() {
        let style = address("style.css");
        assert!(find(style).is_some());
        let hash = style.split('.').nth(1).unwrap();
        assert_eq!(hash.len(), 2 * HASH_BYTES);
        assert!(find("style.css").is_none());
        assert!(find("style.0000000000000000.css").is_none());
        let other = Asset::new("style.css", "text/css", b"body{}");
        assert_ne!(other.address, style);
    }
}
