//! Compiles `proto/` without a system `protoc`: messages, clients, servers, and the descriptors for reflection.
//!
//! A field marked `debug_redact` in the contract is never shown: its message gets a `Debug` that hides it (`src/redact.rs`).

use std::{env, error::Error, fmt::Write, fs, path::PathBuf};

use protox::{
    Compiler,
    prost_reflect::{DescriptorPool, FieldDescriptor, MessageDescriptor},
};

const PROTO_ROOT: &str = "../../proto";

const FILES: [&str; 7] = [
    "volley/messaging/v1/types.proto",
    "volley/messaging/v1/messaging.proto",
    "volley/admin/v1/admin.proto",
    "volley/query/v1/query.proto",
    "volley/events/v1/events.proto",
    "volley/internal/v1/config.proto",
    "volley/internal/v1/envelope.proto",
];

#[expect(
    clippy::disallowed_methods,
    reason = "cargo tells a build script its folder that way"
)]
fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo:rerun-if-changed={PROTO_ROOT}/volley");
    let out = PathBuf::from(env::var("OUT_DIR")?);

    let mut compiler = Compiler::new([PROTO_ROOT])?;
    compiler.include_imports(true).include_source_info(true).open_files(FILES)?;
    fs::write(out.join("volley.binpb"), compiler.encode_file_descriptor_set())?;

    let hidden = messages_that_hide(&compiler.descriptor_pool());
    fs::write(out.join("hidden.rs"), debug_impls(&hidden))?;

    let mut prost = tonic_prost_build::Config::new();
    prost.enable_type_names();
    tonic_prost_build::configure()
        .bytes(".")
        .skip_debug(hidden.iter().map(|message| format!(".{}", message.full_name())))
        .compile_fds_with_config(compiler.file_descriptor_set(), prost)?;
    Ok(())
}

/// The messages with a field that must not be shown.
fn messages_that_hide(pool: &DescriptorPool) -> Vec<MessageDescriptor> {
    let ours = pool
        .all_messages()
        .filter(|message| message.package_name().starts_with("volley."));
    ours.filter(|message| message.fields().any(|field| is_redacted(&field)))
        .collect()
}

fn is_redacted(field: &FieldDescriptor) -> bool {
    let redacted = field
        .options()
        .get_field_by_name("debug_redact")
        .and_then(|value| value.as_bool());
    redacted.unwrap_or(false)
}

/// One `Debug` for each, by way of the module that knows how to hide.
fn debug_impls(messages: &[MessageDescriptor]) -> String {
    let mut code = String::new();
    for message in messages {
        let package = message.package_name().trim_start_matches("volley.").replace('.', "::");
        let name = message.name();
        writeln!(code, "hides!({package}::{name});").expect("a String takes everything");
    }
    code
}
