//! Memory of a process and name of the processor, as the system reports them.

use std::fs;

use anyhow::{Context, Result};

/// The resident memory of a process in MiB: now, and at its peak.
pub fn resident_mib(pid: u32) -> Result<(f64, f64)> {
    let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
    let field = |name: &str| -> Result<f64> {
        let line = status.lines().find_map(|line| line.strip_prefix(name));
        let kib = line
            .context("no such field")?
            .trim()
            .trim_end_matches(" kB");
        Ok(kib.parse::<f64>()? / 1024.0)
    };
    Ok((field("VmRSS:")?, field("VmHWM:")?))
}

/// The computing time of a process so far, in seconds.
pub fn cpu_seconds(pid: u32) -> Result<f64> {
    /// Linux counts in hundredths of a second there, on every machine.
    const TICKS: f64 = 100.0;
    let stat = fs::read_to_string(format!("/proc/{pid}/stat"))?;
    // The name of the program may hold spaces; the fields behind it do not.
    let (_, fields) = stat.rsplit_once(") ").context("no fields")?;
    let times = fields.split(' ').skip(11).take(2);
    let ticks: f64 = times.map(str::parse::<f64>).sum::<Result<_, _>>()?;
    Ok(ticks / TICKS)
}

/// The name of the processor, as the system reports it.
pub fn processor() -> String {
    let info = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let name = info
        .lines()
        .find_map(|line| line.strip_prefix("model name"));
    let name = name.and_then(|name| name.split_once(": "));
    name.map_or("unknown processor", |(_, name)| name)
        .to_owned()
}
