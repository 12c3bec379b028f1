//! volley-carrier-egress
