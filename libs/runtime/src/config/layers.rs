//! The layers of a configuration, kept apart so that a fault can be traced to the one it came from.

use std::{collections::BTreeMap, fs, path::PathBuf};

use config::{Config, File, FileFormat, Map, Value};
use serde::de::DeserializeOwned;

use super::{ConfigError, ConfigSource};

/// Goes one table down, in the name of a variable.
const SEPARATOR: &str = "__";

/// A file and variables, each as it was found.
pub(super) struct Layers {
    pub(super) file: Option<FileLayer>,
    pub(super) variables: BTreeMap<String, Variable>,
}

pub(super) struct FileLayer {
    pub(super) path: PathBuf,
    pub(super) text: String,
}

/// A variable's place in the tree, `grpc.listen`, and what it says.
pub(super) struct Variable {
    key: String,
    value: Value,
}

impl Layers {
    pub(super) fn read(source: &ConfigSource) -> Result<Self, ConfigError> {
        let file = match &source.file {
            None => None,
            Some(path) => {
                let text = fs::read_to_string(path)
                    .map_err(|source| ConfigError::Unreadable { path: path.clone(), source })?;
                Some(FileLayer { path: path.clone(), text })
            }
        };
        let ours = source.environment.iter().filter_map(|(name, value)| {
            let rest = name.strip_prefix(&source.env_prefix)?.strip_prefix('_')?;
            // Without a double underscore anywhere it may be anyone's; with one, it was meant for us.
            rest.contains(SEPARATOR).then_some(()).or(rest.starts_with('_').then_some(()))?;
            Some(Variable::read(name, rest, value).map(|variable| (name.clone(), variable)))
        });
        Ok(Self { file, variables: ours.collect::<Result<_, _>>()? })
    }

    /// The file and those variables whose names are wanted, as one value.
    pub(super) fn decode<T: DeserializeOwned>(&self, wanted: impl Fn(&str) -> bool) -> Result<T, config::ConfigError> {
        let mut builder = Config::builder();
        if let Some(file) = &self.file {
            builder = builder.add_source(File::from_str(&file.text, FileFormat::Toml));
        }
        for (_, variable) in self.variables.iter().filter(|(name, _)| wanted(name)) {
            builder = builder.set_override(&variable.key, variable.value.clone())?;
        }
        builder.build()?.try_deserialize()
    }
}

impl Variable {
    /// `rest` is what follows the prefix and one underscore.
    fn read(name: &str, rest: &str, value: &str) -> Result<Self, ConfigError> {
        let fault = |fault: &str| ConfigError::Environment { variable: name.to_owned(), fault: fault.to_owned() };

        let path = rest
            .strip_prefix('_')
            .ok_or_else(|| fault("the prefix is followed by two underscores, not by one"))?;
        let keys: Vec<String> = path.split(SEPARATOR).map(str::to_ascii_lowercase).collect();
        let is_key = |key: &String| {
            key.chars().next().is_some_and(|first| first.is_ascii_alphabetic())
                && key
                    .chars()
                    .all(|letter| letter.is_ascii_alphanumeric() || matches!(letter, '_' | '-'))
        };
        if !keys.iter().all(is_key) {
            return Err(fault("two underscores stand between keys; keys are letters, digits and single underscores"));
        }
        Ok(Self {
            key: keys.join("."),
            value: plain_or_toml(value).map_err(|reason| fault(&reason))?,
        })
    }
}

/// Lists and tables have a form in TOML; all else is left as text, and numbers are made where numbers are asked for.
fn plain_or_toml(text: &str) -> Result<Value, String> {
    if !text.starts_with(['[', '{']) {
        return Ok(Value::from(text));
    }
    let document = File::from_str(&format!("value = {text}"), FileFormat::Toml);
    let table: Map<String, Value> = Config::builder()
        .add_source(document)
        .build()
        .and_then(Config::try_deserialize)
        .map_err(|_| "starts like a TOML list or table, and is none".to_owned())?;
    table
        .into_iter()
        .next()
        .map(|(_, value)| value)
        .ok_or_else(|| "is empty".to_owned())
}
