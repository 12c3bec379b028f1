//! volley-ingest
