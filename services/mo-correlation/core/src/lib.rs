//! volley-mo-correlation-core
