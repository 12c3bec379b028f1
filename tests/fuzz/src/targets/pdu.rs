use bytes::BytesMut;
use volley_smpp::dissect::{Dissection, dissect};
use volley_smpp::{DeliverSm, Frame, FrameDecoder, FrameError, Pdu, SubmitSm};

use super::{Shape, size};

/// Cuts the octets into PDUs in two ways, takes the first apart by table, and writes what was read.
pub(super) fn run(octets: &[u8]) -> Shape {
    let frames = frames(octets, octets.len().max(1));
    assert_eq!(kinds(&frames), kinds(&self::frames(octets, 7)), "cutting the stream changed what it holds");
    for frame in &frames {
        let _ = format!("{frame:?}");
        match frame {
            Ok(frame) => writes_and_reads_back(frame),
            Err(error) => {
                error.answer(&mut BytesMut::new());
            }
        }
    }
    let dissection = dissect(octets).ok();
    assert_eq!(dissection.is_some(), octets.len() >= 16);
    if let Some(dissection) = &dissection {
        agree(dissection, frames.first());
    }
    Shape::of((kinds(&frames), dissection.as_ref().map(shape)))
}

fn frames(octets: &[u8], cut: usize) -> Vec<Result<Frame, FrameError>> {
    let mut decoder = FrameDecoder::new();
    let mut frames = Vec::new();
    for piece in octets.chunks(cut) {
        decoder.feed(piece);
        frames.extend(std::iter::from_fn(|| decoder.next_frame()));
    }
    frames
}

/// What each frame is. An impossible length is known before its sequence number came, so that plays no part.
fn kinds(frames: &[Result<Frame, FrameError>]) -> Vec<String> {
    let kind = |frame: &Result<Frame, FrameError>| match frame {
        Ok(frame) => format!("{:?}", std::mem::discriminant(&frame.pdu)),
        Err(FrameError::Length { .. }) => "length".to_owned(),
        Err(FrameError::Command { .. }) => "command".to_owned(),
        Err(FrameError::Body { source, .. }) => source.field.to_owned(),
    };
    frames.iter().map(kind).collect()
}

fn writes_and_reads_back(frame: &Frame) {
    let mut out = BytesMut::new();
    let written = match &frame.pdu {
        Pdu::SubmitSm(message) => message.encode(frame.sequence, &mut out).is_ok(),
        Pdu::DeliverSm(message) => message.encode(frame.sequence, &mut out).is_ok(),
        _ => false,
    };
    if !written {
        return; // Fields over the limits of what we send are read all the same.
    }
    let again = frames(&out, out.len());
    let Some(Ok(again)) = again.first() else {
        panic!("what was written does not read: {again:?}")
    };
    match (&frame.pdu, &again.pdu) {
        (Pdu::SubmitSm(before), Pdu::SubmitSm(after)) => assert!(before == after, "{before:?} became {after:?}"),
        (Pdu::DeliverSm(before), Pdu::DeliverSm(after)) => {
            let same = DeliverSm { raw: before.raw.clone(), ..(**after).clone() } == **before;
            assert!(same, "{before:?} became {after:?}");
        }
        other => panic!("another operation was read: {other:?}"),
    }
}

/// What the session takes as a message, the table takes apart to the end.
fn agree(dissection: &Dissection, frame: Option<&Result<Frame, FrameError>>) {
    if let Some(Ok(Frame { pdu: Pdu::SubmitSm(message), .. })) = frame {
        assert_eq!(dissection.fault, None);
        assert_eq!(dissection.integer("data_coding"), Some(u32::from(data_coding(message))));
    }
    if let Some(Ok(Frame { pdu: Pdu::DeliverSm(message), .. })) = frame {
        assert_eq!(dissection.fault, None);
        assert_eq!(dissection.integer("esm_class"), Some(u32::from(message.esm_class)));
    }
}

fn data_coding(message: &SubmitSm) -> u8 {
    message.data_coding
}

fn shape(dissection: &Dissection) -> impl std::hash::Hash + use<> {
    let parameters = dissection.parameters.iter().flatten();
    (
        dissection.operation().map(|operation| operation.id),
        dissection.fields.len(),
        parameters
            .map(|parameter| (parameter.tag / 0x100, size(parameter.value.len())))
            .take(4)
            .collect::<Vec<_>>(),
        dissection
            .remarks
            .iter()
            .map(|remark| format!("{:?}", std::mem::discriminant(remark)))
            .collect::<Vec<_>>(),
        dissection
            .fault
            .as_ref()
            .map(|fault| format!("{:?}", std::mem::discriminant(fault))),
    )
}
