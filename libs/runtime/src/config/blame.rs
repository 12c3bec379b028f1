//! Finds the layer a fault came from, by trying without it.

use serde::de::DeserializeOwned;

use super::{
    ConfigError,
    layers::{FileLayer, Layers},
};

/// Traces a fault of all layers together to the variable without which there is none, else to the file, else to the first
/// variable that is at fault by itself.
pub(super) fn find<T: DeserializeOwned>(layers: &Layers, together: &config::ConfigError) -> ConfigError {
    let names = || layers.variables.keys();

    if let Some(variable) = names().find(|left_out| layers.decode::<T>(|name| name != *left_out).is_ok()) {
        return ConfigError::Environment { variable: variable.clone(), fault: words(together) };
    }
    if let Some(error) = layers.file.as_ref().and_then(in_file::<T>) {
        return error;
    }
    let alone = names().find_map(|only| {
        let fault = layers.decode::<T>(|name| name == only).err()?;
        Some(ConfigError::Environment { variable: only.clone(), fault: words(&fault) })
    });
    alone.unwrap_or_else(|| ConfigError::Together { fault: words(together) })
}

/// What the file says wrong by itself, with its line. The line's text is not shown: there may be a password on it.
fn in_file<T: DeserializeOwned>(file: &FileLayer) -> Option<ConfigError> {
    let mut error = toml::from_str::<T>(&file.text).err()?;
    let start = error.span().map_or(0, |span| span.start).min(file.text.len());
    let line = file.text.as_bytes()[..start].iter().filter(|octet| **octet == b'\n').count() + 1;
    error.set_input(None);
    let fault = error.to_string().trim().replace('\n', ", ");
    Some(ConfigError::File { path: file.path.clone(), line, fault })
}

/// The fault in one line: what is wrong, and the key or the table it is wrong in.
fn words(error: &config::ConfigError) -> String {
    match error {
        config::ConfigError::At { error, key: Some(key), .. } => format!("{}, in `{key}`", words(error)),
        config::ConfigError::Type { unexpected, expected, key: Some(key), .. } => {
            format!("invalid type: {unexpected}, expected {expected}, in `{key}`")
        }
        other => other.to_string(),
    }
}
