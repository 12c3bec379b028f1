//! Who wrote a record, in words.

use volley_types::Source;

/// The service a record comes from.
pub(super) fn service(source: Source) -> &'static str {
    match source {
        Source::FrontDoor(_) => "ingest",
        Source::Routing(_) | Source::ConfigFanout => "routing",
        Source::Correlation(_) => "mo-correlation",
        Source::Egress(_) => "carrier-egress",
        Source::Owner(_) => "processor",
    }
}

/// The source with what tells it from others of its kind.
pub(super) fn source(source: Source) -> String {
    match source {
        Source::Routing(partition) | Source::Correlation(partition) => format!("{}/{partition}", service(source)),
        Source::ConfigFanout => "config fan-out".to_owned(),
        Source::FrontDoor(run) | Source::Egress(run) | Source::Owner(run) => format!("{} {run:016x}", service(source)),
    }
}
