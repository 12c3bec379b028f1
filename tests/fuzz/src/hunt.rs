//! Mutates inputs, and goes on from those with a shape not seen before.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::mutate::{Numbers, mutate};
use crate::{Shape, Target};

/// Inputs held at once; of more shapes than these, only the first are mutated further.
pub const POOL_INPUTS_MAX: usize = 4_096;

/// Inputs of one target, one for each shape seen.
pub struct Hunt {
    target: Target,
    numbers: Numbers,
    inputs: Vec<Vec<u8>>,
    shapes: BTreeMap<Shape, usize>,
}

/// What one step found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// Nothing new.
    Nothing,
    /// An input of a new shape.
    Shape(Shape, Vec<u8>),
    /// An input that breaks a promise.
    Panic(Vec<u8>),
}

impl Hunt {
    /// Begins with these inputs, which are not run.
    #[must_use]
    pub fn new(target: Target, seed: u64, inputs: Vec<Vec<u8>>) -> Self {
        Self { target, numbers: Numbers::new(seed), inputs, shapes: BTreeMap::new() }
    }

    /// Runs an input as it is.
    pub fn run(&mut self, octets: Vec<u8>) -> Found {
        let target = self.target;
        let Ok(shape) = catch_unwind(AssertUnwindSafe(|| (target.run)(&octets))) else {
            return Found::Panic(octets);
        };
        let seen = self.shapes.entry(shape).or_default();
        *seen += 1;
        if *seen > 1 {
            return Found::Nothing;
        }
        if self.inputs.len() < POOL_INPUTS_MAX {
            self.inputs.push(octets.clone());
        }
        Found::Shape(shape, octets)
    }

    /// Mutates one of the inputs and runs it.
    pub fn step(&mut self) -> Found {
        let mut pick = || self.numbers.below(self.inputs.len());
        let (one, other) = (pick(), pick());
        let mut octets = self.inputs.get(one).cloned().unwrap_or_default();
        let other = self.inputs.get(other).map_or(&[][..], Vec::as_slice);
        mutate(&mut octets, other, &mut self.numbers);
        self.run(octets)
    }

    /// Shapes seen so far.
    #[must_use]
    pub fn shapes(&self) -> usize {
        self.shapes.len()
    }
}
