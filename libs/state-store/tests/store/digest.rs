//! STORE-1 and STORE-3 over any operations, cut into batches in any way.

use proptest::prelude::*;
use volley_rows::{MemoryRows, RowStore};

use crate::world::*;

#[derive(Debug, Clone)]
enum Op {
    Put(u8, u8),
    Delete(u8),
    /// A step that changed a row and was taken back.
    Undone(u8),
    Read(u8),
}

fn op() -> impl Strategy<Value = Op> {
    let name = 0..24u8;
    prop_oneof![
        4 => (name.clone(), any::<u8>()).prop_map(|(name, value)| Op::Put(name, value)),
        2 => name.clone().prop_map(Op::Delete),
        1 => name.clone().prop_map(Op::Undone),
        1 => name.prop_map(Op::Read),
    ]
}

/// What happens after an operation.
#[derive(Debug, Clone, Copy)]
struct Cut {
    seal: bool,
    settle: bool,
    write: bool,
}

fn cut() -> impl Strategy<Value = Cut> {
    (prop::bool::weighted(0.4), prop::bool::weighted(0.3), prop::bool::weighted(0.2))
        .prop_map(|(seal, settle, write)| Cut { seal, settle, write })
}

fn apply(rows: &mut dyn RowStore, op: &Op) {
    let name = |name: &u8| vec![10, *name];
    match op {
        Op::Put(at, value) => rows.put(name(at), vec![*value; 3]),
        Op::Delete(at) => rows.delete(&name(at)),
        Op::Read(at) => drop(rows.get(&name(at)).unwrap()),
        Op::Undone(_) => {}
    }
}

/// Runs the operations over a new store; at each write the store must hold exactly the rows as of its position.
fn run(ops: &[Op], cuts: &[Cut]) -> (Rows, String) {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path()).unwrap();
    let mut rows = overlay(&store);
    let mut model = MemoryRows::default();
    let mut as_of = vec![model.clone()];
    for (op, cut) in ops.iter().zip(cuts) {
        apply(&mut rows, op);
        rows.keep_step();
        apply(&mut model, op);
        if let Op::Undone(at) = op {
            rows.put(vec![10, *at], vec![9]);
            rows.delete(&[10, *at]);
            rows.undo_step();
        }
        if cut.seal {
            rows.seal(header(as_of.len() as u64));
            as_of.push(model.clone());
        }
        if cut.settle {
            rows.settle();
        }
        if cut.write && rows.is_dirty() {
            rows.write().unwrap();
            let written = overlay(&store);
            assert_eq!(all(&written), all(&as_of[written.settled().position as usize]));
            assert_eq!(all(&rows), all(&model));
        }
    }
    rows.seal(header(as_of.len() as u64));
    while rows.settle().is_some() {}
    rows.write().unwrap();
    assert_eq!(all(&overlay(&store)), all(&model));
    (all(&rows), store.verify().unwrap().to_string())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn rows_and_digest_do_not_depend_on_batches_and_writes(
        ops in prop::collection::vec(op(), 1..60),
        cuts in prop::collection::vec(cut(), 60),
        others in prop::collection::vec(cut(), 60),
    ) {
        let (rows, digest) = run(&ops, &cuts);
        let (other_rows, other_digest) = run(&ops, &others);
        prop_assert_eq!(rows, other_rows);
        prop_assert_eq!(digest, other_digest);
    }
}
