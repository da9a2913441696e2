//! Suggests the right spelling of an unknown key.

/// Returns the known key nearest to `given`, if it is near enough to be a typing error.
pub(super) fn nearest<'a>(given: &str, known: &[&'a str]) -> Option<&'a str> {
    // No known key is this long, and the distance takes long to compute for a long text.
    if given.len() > 32 {
        return None;
    }
    let distances = known
        .iter()
        .map(|key| (strsim::levenshtein(given, key), *key));
    distances
        .min()
        .filter(|(distance, key)| *distance <= key.len().div_ceil(4))
        .map(|(_, key)| key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn suggests_only_what_is_near() {
        let known = ["min_length", "max_length", "mode"];
        assert_eq!(nearest("min_lenght", &known), Some("min_length"));
        assert_eq!(nearest("mod", &known), Some("mode"));
        assert_eq!(nearest("colour", &known), None);
        assert_eq!(nearest(&"m".repeat(5_000_000), &known), None);
    }
}
