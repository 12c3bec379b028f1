//! The corpus, and mutations of it from a fixed seed.

use volley_fuzz::hunt::{Found, Hunt};
use volley_fuzz::{TARGETS, corpus};

/// Mutations of each target: some seconds in all.
const MUTATIONS: usize = 20_000;

#[test]
fn every_input_of_the_corpus_keeps_the_promises() {
    for target in TARGETS {
        for (name, octets) in corpus::read(target).unwrap() {
            // The name of the input that breaks a promise is printed with the panic.
            println!("{}/{name}", target.name);
            (target.run)(&octets);
        }
    }
}

#[test]
fn so_do_mutations_of_it() {
    for target in TARGETS {
        let inputs: Vec<Vec<u8>> = corpus::read(target).unwrap().into_iter().map(|(_, octets)| octets).collect();
        let mut hunt = Hunt::new(target, 1, inputs);
        for _ in 0..MUTATIONS {
            if let Found::Panic(octets) = hunt.step() {
                panic!("{}: {}", target.name, hex::encode(octets));
            }
        }
        assert!(hunt.shapes() > 20, "{}: {} shapes, so the mutations reach nothing", target.name, hunt.shapes());
    }
}
