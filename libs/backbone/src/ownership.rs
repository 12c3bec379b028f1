//! Who owns what, by ordinal: nobody is asked, so nobody can be away (design §3.1).

use serde::{Deserialize, Serialize};
use volley_types::Partition;

/// Which of several instances of a service this one is: what it owns is what has its ordinal as remainder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Ownership {
    /// Which instance this is, from 0.
    pub ordinal: u16,
    /// How many there are.
    pub instances: u16,
}

impl Default for Ownership {
    fn default() -> Self {
        Self { ordinal: 0, instances: 1 }
    }
}

/// No instance has such an ordinal, so somebody else's share would be owned twice and another's by nobody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("ownership.ordinal is {ordinal}, and of {instances} instances the last has {}", instances.saturating_sub(1))]
pub struct NoSuchInstance {
    ordinal: u16,
    instances: u16,
}

impl Ownership {
    /// Fails when there is no such instance.
    ///
    /// # Errors
    /// When the ordinal is not below the number of instances.
    pub fn check(self) -> Result<(), NoSuchInstance> {
        let Self { ordinal, instances } = self;
        if ordinal < instances {
            Ok(())
        } else {
            Err(NoSuchInstance { ordinal, instances })
        }
    }

    /// Whether this instance owns what has this number, or this hash.
    #[must_use]
    pub fn owns(self, number: u64) -> bool {
        number % u64::from(self.instances.max(1)) == u64::from(self.ordinal)
    }

    /// The partitions owned, out of so many.
    #[must_use]
    pub fn partitions(self, partitions: u16) -> Vec<Partition> {
        (0..partitions)
            .filter(|partition| self.owns(u64::from(*partition)))
            .map(Partition)
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instances_share_the_partitions_and_none_is_left_out() {
        let owned = |ordinal| Ownership { ordinal, instances: 3 }.partitions(8);
        let mut all: Vec<_> = (0..3).flat_map(owned).collect();
        all.sort_unstable();
        assert_eq!(all, (0..8).map(Partition).collect::<Vec<_>>());
        assert_eq!(owned(1), [Partition(1), Partition(4), Partition(7)]);
    }

    #[test]
    fn an_ordinal_that_no_instance_has_is_refused_in_words() {
        let refused = Ownership { ordinal: 2, instances: 2 }
            .check()
            .map_err(|error| error.to_string());
        assert_eq!(refused, Err("ownership.ordinal is 2, and of 2 instances the last has 1".to_owned()));
        assert_eq!(Ownership { ordinal: 1, instances: 2 }.check(), Ok(()));
        assert!(Ownership { ordinal: 0, instances: 0 }.check().is_err());
    }
}
