//! What the process itself costs, read from `/proc/self`. Where there is none, the gauges stay away.

use std::{fs, io};

use ::metrics::{Unit, gauge};
use rustix::param::{clock_ticks_per_second, page_size};

use super::{Metric, MetricKind};

const CPU_SECONDS: &str = "process_cpu_seconds_total";
const RESIDENT_BYTES: &str = "process_resident_memory_bytes";
const THREADS: &str = "process_threads";
const OPEN_FDS: &str = "process_open_fds";

/// Where fields stand in `/proc/self/stat` behind the name of the program (proc_pid_stat(5): fields 14, 15, 20 and 24).
const UTIME: usize = 11;
const STIME: usize = 12;
const NUM_THREADS: usize = 17;
const RSS_PAGES: usize = 21;

const METRICS: [Metric; 4] = [
    Metric {
        kind: MetricKind::Gauge,
        name: CPU_SECONDS,
        unit: Unit::Seconds,
        help: "CPU time spent, user and system.",
    },
    Metric {
        kind: MetricKind::Gauge,
        name: RESIDENT_BYTES,
        unit: Unit::Bytes,
        help: "Memory held in RAM.",
    },
    Metric { kind: MetricKind::Gauge, name: THREADS, unit: Unit::Count, help: "Threads." },
    Metric {
        kind: MetricKind::Gauge,
        name: OPEN_FDS,
        unit: Unit::Count,
        help: "Open file descriptors.",
    },
];

pub(super) fn describe() {
    super::describe(&METRICS);
}

/// Sets the gauges to what the kernel says now.
pub(super) fn measure() {
    if let Some(usage) = fs::read_to_string("/proc/self/stat").ok().as_deref().and_then(Usage::parse) {
        gauge!(CPU_SECONDS).set(usage.cpu_ticks as f64 / clock_ticks_per_second() as f64);
        gauge!(RESIDENT_BYTES).set(usage.resident_pages as f64 * page_size() as f64);
        gauge!(THREADS).set(usage.threads as f64);
    }
    if let Ok(open) = open_fds() {
        gauge!(OPEN_FDS).set(open as f64);
    }
}

fn open_fds() -> io::Result<usize> {
    Ok(fs::read_dir("/proc/self/fd")?.count())
}

#[derive(Debug, PartialEq)]
struct Usage {
    cpu_ticks: u64,
    resident_pages: u64,
    threads: u64,
}

impl Usage {
    /// The program's name stands in parentheses and may hold spaces and parentheses, so the fields are counted behind the last.
    fn parse(stat: &str) -> Option<Self> {
        let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
        let number = |index: usize| fields.get(index)?.parse::<u64>().ok();
        Some(Self {
            cpu_ticks: number(UTIME)? + number(STIME)?,
            resident_pages: number(RSS_PAGES)?,
            threads: number(NUM_THREADS)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stat_is_read_behind_a_difficult_program_name() {
        let stat = "42 (a) b (c) S 1 42 42 0 -1 4194304 100 0 0 0 250 50 0 0 20 0 7 0 12345 104857600 2560 18446744073709551615";
        let usage = Usage { cpu_ticks: 300, resident_pages: 2560, threads: 7 };
        assert_eq!(Usage::parse(stat), Some(usage));
    }

    #[test]
    fn a_short_stat_is_no_usage() {
        assert_eq!(Usage::parse("42 (volley) S 1"), None);
    }
}
