//! volley-carrier-egress-core
