//! volley-mo-correlation
