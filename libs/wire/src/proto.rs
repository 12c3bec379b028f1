//! The generated types: messages, clients and servers of `proto/`, one module a package.
//!
//! They never leave the edges: services convert them to domain types at once and cores never see them.

#![expect(
    unused_qualifications,
    clippy::allow_attributes,
    clippy::large_enum_variant,
    reason = "generated, not ours to change"
)]

/// All packages as an encoded `google.protobuf.FileDescriptorSet`, for gRPC reflection.
pub const FILE_DESCRIPTOR_SET: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/volley.binpb"));

/// A package of the contract as a module.
macro_rules! package {
    ($(#[$doc:meta])* $module:ident, $package:literal) => {
        $(#[$doc])*
        pub mod $module {
            /// Version 1.
            pub mod v1 {
                tonic::include_proto!($package);
            }
        }
    };
}

package!(
    /// The front door: `volley.messaging`.
    messaging,
    "volley.messaging.v1"
);
package!(
    /// Administration and operation: `volley.admin`.
    admin,
    "volley.admin.v1"
);
package!(
    /// Records of the internal topics: `volley.internal`.
    internal,
    "volley.internal.v1"
);
package!(
    /// The public topic: `volley.events`.
    events,
    "volley.events.v1"
);
package!(
    /// Questions between our own services: `volley.query`.
    query,
    "volley.query.v1"
);
