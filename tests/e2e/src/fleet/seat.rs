//! Which service, and which instance of it.

/// One of the four services.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// The front door.
    Ingest,
    /// The decision.
    Routing,
    /// The binds.
    CarrierEgress,
    /// The life of a message, and conversations.
    MoCorrelation,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Ingest, Self::Routing, Self::CarrierEgress, Self::MoCorrelation];

    /// Its binary.
    pub fn binary(self) -> &'static str {
        match self {
            Self::Ingest => "volley-ingest",
            Self::Routing => "volley-routing",
            Self::CarrierEgress => "volley-carrier-egress",
            Self::MoCorrelation => "volley-mo-correlation",
        }
    }

    /// What its environment variables begin with.
    pub(super) fn prefix(self) -> &'static str {
        match self {
            Self::Ingest => "VOLLEY_INGEST",
            Self::Routing => "VOLLEY_ROUTING",
            Self::CarrierEgress => "VOLLEY_EGRESS",
            Self::MoCorrelation => "VOLLEY_MO_CORRELATION",
        }
    }
}

/// The place of one instance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Seat {
    /// Of which service.
    pub kind: Kind,
    /// Which of its instances, from 0.
    pub ordinal: u16,
}

impl Seat {
    /// The first instance of a service.
    pub fn first(kind: Kind) -> Self {
        Self { kind, ordinal: 0 }
    }
}

impl std::fmt::Display for Seat {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.kind.binary(), self.ordinal)
    }
}
