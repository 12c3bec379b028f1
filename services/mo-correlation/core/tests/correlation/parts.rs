//! Long replies.

use volley_events::{ConsentAction, PartInfo, ReplyArrived};
use volley_mo_correlation_core::{ASSEMBLIES_MAX, Command, Counted, PARTS_PATIENCE};
use volley_types::{Body, SpanMs};

use crate::world::{BANKS, Mt, SHARED, Said, World};

/// Part `sequence` of `total` of the first handset's text, with a one-octet reference in its header.
pub fn part(world: &mut World, to: &str, reference: u8, total: u8, sequence: u8, text: &str) -> ReplyArrived {
    let mut octets = vec![5, 0, 3, reference, total, sequence];
    octets.extend(text.encode_utf16().flat_map(u16::to_be_bytes));
    ReplyArrived { esm_class: 0x40, octets: Body::plain(octets), ..world.reply_of(1, to, "") }
}

fn says(
    world: &mut World,
    reference: u8,
    total: u8,
    sequence: u8,
    text: &str,
) -> Vec<volley_mo_correlation_core::Effect> {
    let part = part(world, BANKS, reference, total, sequence, text);
    world.tell(Command::Reply(Box::new(part)))
}

fn text_of(told: &Vec<volley_mo_correlation_core::Effect>) -> (String, bool) {
    let reply = told.reply().1;
    (reply.text.text().unwrap().to_owned(), reply.incomplete)
}

#[test]
fn parts_in_any_order_make_one_reply_also_over_a_restart() {
    let mut world = World::new();
    assert_eq!(says(&mut world, 9, 3, 3, "c"), []);
    assert_eq!(says(&mut world, 9, 3, 1, "a"), []);
    world.restart();
    assert_eq!(text_of(&says(&mut world, 9, 3, 2, "b")), ("abc".to_owned(), false));
    assert_eq!(world.later(SpanMs::from_hours(1)).tick(), []);
}

#[test]
fn an_equal_part_is_ignored_and_another_in_its_place_begins_a_new_reply() {
    let mut world = World::new();
    says(&mut world, 9, 2, 1, "a");
    assert_eq!(says(&mut world, 9, 2, 1, "a"), []);
    let told = says(&mut world, 9, 2, 1, "x");
    assert_eq!(text_of(&told), ("a[…]".to_owned(), true));
    assert_eq!(told.counted(), [Counted::IncompleteReply]);
    assert_eq!(text_of(&says(&mut world, 9, 2, 2, "y")), ("xy".to_owned(), false));
}

#[test]
fn each_part_extends_the_wait_and_then_what_came_is_delivered() {
    let mut world = World::new();
    says(&mut world, 9, 3, 1, "a");
    world.later(SpanMs::from_secs(599)).tick();
    says(&mut world, 9, 3, 3, "c");
    assert_eq!(world.later(SpanMs::from_secs(599)).tick().replies().len(), 0);
    world.restart();
    assert_eq!(text_of(&world.later(PARTS_PATIENCE).tick()), ("a[…]c".to_owned(), true));
}

#[test]
fn a_reply_does_not_wait_for_ever_however_often_a_part_comes() {
    let mut world = World::new();
    let mut delivered = 0;
    for sequence in 1..=200 {
        says(&mut world, 9, 255, sequence, "x");
        delivered += world.later(SpanMs::from_secs(500)).tick().replies().len();
    }
    assert_eq!(delivered, 1);
}

#[test]
fn references_of_other_forms_and_totals_are_other_replies() {
    let mut world = World::new();
    says(&mut world, 9, 2, 1, "a");
    let mut beside = world.reply_of(1, BANKS, "b");
    beside.part = Some(PartInfo { reference: 9, total: 2, sequence: 2 });
    assert_eq!(world.tell(Command::Reply(Box::new(beside))), []);
    assert_eq!(says(&mut world, 9, 3, 2, "b"), []);
    assert_eq!(text_of(&says(&mut world, 9, 2, 2, "b")), ("ab".to_owned(), false));
}

#[test]
fn a_stop_in_the_first_part_acts_at_once_and_once() {
    let mut world = World::new();
    world.deliverable(&Mt::new("ad", "acme", SHARED), &["a"]);
    let first = part(&mut world, SHARED, 9, 2, 1, "STOP sending me ");
    let told = world.tell(Command::Reply(Box::new(first)));
    assert_eq!((told.consents().len(), told.answers().len(), told.replies().len()), (1, 1, 0));
    world.restart();
    let second = part(&mut world, SHARED, 9, 2, 2, "these ads");
    let told = world.tell(Command::Reply(Box::new(second)));
    assert_eq!((told.consents().len(), told.answers().len()), (0, 0));
    let (tenant, reply) = told.reply();
    assert_eq!((tenant.as_str(), reply.consent), ("acme", Some(ConsentAction::OptOutLikely)));
    assert_eq!(reply.text.text(), Some("STOP sending me these ads"));
}

#[test]
fn a_handset_has_so_many_open_replies_and_the_oldest_makes_room() {
    let mut world = World::new();
    for reference in 0..ASSEMBLIES_MAX as u8 {
        assert_eq!(says(&mut world, reference, 2, 1, "a"), []);
        world.later(SpanMs::from_secs(1));
    }
    assert_eq!(text_of(&says(&mut world, 200, 2, 1, "b")), ("a[…]".to_owned(), true));
}

#[test]
fn a_message_that_says_it_is_one_of_one_is_whole() {
    let mut world = World::new();
    assert_eq!(text_of(&says(&mut world, 9, 1, 1, "a")), ("a".to_owned(), false));
}
