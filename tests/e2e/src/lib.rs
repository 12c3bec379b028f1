//! volley-e2e
