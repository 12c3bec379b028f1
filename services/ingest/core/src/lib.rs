//! volley-ingest-core
