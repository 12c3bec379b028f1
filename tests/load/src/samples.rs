//! Spans of time and their percentiles.

use std::time::Duration;

/// Measured spans, in microseconds.
#[derive(Debug, Clone, Default)]
pub struct Samples(Vec<i64>);

impl Samples {
    /// One more.
    pub fn add(&mut self, span: Duration) {
        self.add_us(i64::try_from(span.as_micros()).unwrap_or(i64::MAX));
    }

    /// One more, in microseconds.
    pub fn add_us(&mut self, span_us: i64) {
        self.0.push(span_us.max(0));
    }

    /// How many they are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Takes others in.
    pub fn extend(&mut self, others: Self) {
        self.0.extend(others.0);
    }

    /// The span that this share of all (0 to 100) does not exceed, in milliseconds.
    pub fn percentile_ms(&self, percent: usize) -> Option<f64> {
        let mut sorted = self.0.clone();
        sorted.sort_unstable();
        let last = sorted.len().checked_sub(1)?;
        Some(sorted[last * percent / 100] as f64 / 1_000.0)
    }

    /// Median and 99th percentile in words.
    pub fn in_words(&self) -> String {
        match (self.percentile_ms(50), self.percentile_ms(99)) {
            (Some(median), Some(p99)) => format!("{median:.2} / {p99:.2} ms"),
            _ => "-".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_of_the_sorted_spans() {
        let mut samples = Samples::default();
        (0..=100).rev().for_each(|millis| samples.add(Duration::from_millis(millis)));
        assert_eq!(samples.in_words(), "50.00 / 99.00 ms");
        assert_eq!(Samples::default().in_words(), "-");
    }
}
