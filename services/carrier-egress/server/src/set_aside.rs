//! A damaged store is set aside, and its carrier starts without one, as after the loss of a disk: what the log shows unsettled is
//! called ambiguous, and the store is made anew from the journal. Nothing of what was damaged is used.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use volley_rows::RowError;
use volley_state_store::StoreError;
use volley_types::CarrierName;

use crate::error::CarrierError;

/// Where damaged stores go, beside the folder of the stores in use. One of each carrier is kept.
const FOLDER: &str = "carrier-egress.damaged";

/// Whether the task ended because its store is damaged.
pub(crate) fn is_damaged(error: &CarrierError) -> bool {
    let store = match error {
        CarrierError::Store(store) => Some(store),
        CarrierError::Rows(RowError::Store(cause)) => cause.downcast_ref(),
        _ => None,
    };
    matches!(store, Some(StoreError::Corrupt { .. }))
}

/// Moves the store of a carrier, which nobody has open, out of the way. Says where it is now.
///
/// # Errors
/// When one of this carrier was set aside before and is still there: a disk that damages again and again is no place to go on.
pub(crate) fn set_aside(state_dir: &Path, store: &Path, carrier: &CarrierName) -> io::Result<PathBuf> {
    let folder = state_dir.join(FOLDER);
    fs::create_dir_all(&folder)?;
    let aside = folder.join(carrier.as_str());
    if aside.exists() {
        let told = format!("{} is there from before: look at the disk, and move it away", aside.display());
        return Err(io::Error::new(io::ErrorKind::AlreadyExists, told));
    }
    fs::rename(store, &aside)?;
    Ok(aside)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_damaged_store_of_a_carrier_is_kept_and_a_second_one_stays_where_it_is() {
        let state = tempfile::tempdir().unwrap();
        let carrier = CarrierName::new("acme").unwrap();
        let store = state.path().join("carrier-egress").join("acme");
        fs::create_dir_all(&store).unwrap();
        fs::write(store.join("CURRENT"), "first").unwrap();

        let aside = set_aside(state.path(), &store, &carrier).unwrap();
        assert_eq!(fs::read_to_string(aside.join("CURRENT")).unwrap(), "first");
        assert!(!store.exists());

        fs::create_dir_all(&store).unwrap();
        let refused = set_aside(state.path(), &store, &carrier).unwrap_err();
        assert!(refused.to_string().contains("is there from before"), "{refused}");
        assert!(store.exists());
    }

    #[test]
    fn only_damage_of_the_store_counts_as_such() {
        let (place, what) = (String::new(), String::new());
        let damaged = StoreError::Corrupt { place: place.clone(), what };
        assert!(is_damaged(&CarrierError::Rows(damaged.clone().into())));
        assert!(is_damaged(&damaged.into()));
        let full = StoreError::Full { place, doing: "writing rows", cause: String::new() };
        assert!(!is_damaged(&full.into()));
    }
}
