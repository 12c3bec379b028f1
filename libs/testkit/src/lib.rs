//! volley-testkit
