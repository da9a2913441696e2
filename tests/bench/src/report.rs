//! The lines of the tables that the benchmarks print.

/// Prints one line: what was measured, the value, and the value to reach.
pub fn report(what: &str, value: &str, target: &str) {
    println!("  {what:<34} {value:>32}   {target}");
}
