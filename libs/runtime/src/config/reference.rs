//! Holds a documented configuration file against the structs it documents.

use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

/// Checks that a reference file is true and whole: it reads as the defaults, and names every key. A key without a default
/// stands in it as a comment, `# key = …`. For the test of a service; the parts are read as one file.
///
/// # Errors
/// What is wrong with the reference, in words.
pub fn check_reference<T>(parts: &[&str]) -> Result<(), String>
where
    T: Default + Serialize + DeserializeOwned,
{
    let text = parts.join("\n");
    let read: T = toml::from_str(&text).map_err(|error| error.to_string())?;
    let (documented, defaults) = (tree(&read)?, tree(&T::default())?);

    if documented != defaults {
        return Err(format!("the reference reads as {documented:#}, and the defaults are {defaults:#}"));
    }
    let mut keys = Vec::new();
    collect_keys(&defaults, &mut keys);
    match keys.into_iter().find(|key| !names(&text, key)) {
        Some(key) => Err(format!("the reference does not name the key {key}")),
        None => Ok(()),
    }
}

fn tree<T: Serialize>(config: &T) -> Result<Value, String> {
    serde_json::to_value(config).map_err(|error| error.to_string())
}

/// Keys of tables are named by their headers; keys of values, and of nothing, by their lines.
fn collect_keys(tree: &Value, keys: &mut Vec<String>) {
    let Value::Object(fields) = tree else { return };
    for (key, value) in fields {
        if !value.is_object() {
            keys.push(key.clone());
        }
        collect_keys(value, keys);
    }
}

fn names(text: &str, key: &str) -> bool {
    text.lines().any(|line| {
        let line = line.trim_start_matches(['#', ' ']);
        line.strip_prefix(key).is_some_and(|rest| rest.trim_start().starts_with('='))
    })
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Default, Serialize, Deserialize)]
    #[serde(deny_unknown_fields, default)]
    struct Settings {
        window: u16,
        password: Option<String>,
    }

    #[test]
    fn a_whole_and_true_reference_passes() {
        assert_eq!(check_reference::<Settings>(&["# Messages.\nwindow = 0", "# password = \"…\""]), Ok(()));
    }

    #[test]
    fn a_key_left_out_is_named() {
        let error = check_reference::<Settings>(&["window = 0"]).expect_err("the password is not documented");
        assert_eq!(error, "the reference does not name the key password");
    }

    #[test]
    fn a_value_that_is_not_the_default_is_noticed() {
        let reference = "window = 7\n# password = \"…\"";
        assert!(check_reference::<Settings>(&[reference]).is_err());
    }
}
