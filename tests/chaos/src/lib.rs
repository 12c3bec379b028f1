//! volley-chaos
