//! volley-routing
