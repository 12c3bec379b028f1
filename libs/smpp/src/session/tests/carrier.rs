//! The carrier's PDUs, as octets.

use bytes::{Bytes, BytesMut};
use rusmpp::CommandId;

use crate::pdu::{Address, BindMode, BindResp, DeliverSm, SubmitResp, SubmitSm, Tlv, encode_header, tag};
use crate::status::CommandStatus;

pub(super) fn header(command: CommandId, status: CommandStatus, sequence: u32) -> BytesMut {
    let mut out = BytesMut::new();
    encode_header(command, status, sequence, &mut out);
    out
}

pub(super) fn bind_resp(status: CommandStatus) -> BytesMut {
    let response = BindResp {
        mode: BindMode::Transceiver,
        system_id: "smsc".to_owned(),
        tlvs: [Tlv::u8(tag::SC_INTERFACE_VERSION, 0x34)].into_iter().collect(),
    };
    let mut out = BytesMut::new();
    response.encode(status, 1, &mut out).expect("fits");
    out
}

pub(super) fn submit_resp(status: CommandStatus, sequence: u32, id: &str) -> BytesMut {
    let mut out = BytesMut::new();
    SubmitResp::accepted(id)
        .encode_submit(status, sequence, &mut out)
        .expect("fits");
    out
}

pub(super) fn deliver(sequence: u32) -> BytesMut {
    let message = DeliverSm {
        source: Address::international("821012345678"),
        destination: Address::short_code("4565"),
        short_message: Bytes::from_static(b"VOTE 2"),
        ..DeliverSm::default()
    };
    let mut out = BytesMut::new();
    message.encode(sequence, &mut out).expect("fits");
    out
}

pub(super) fn message() -> SubmitSm {
    SubmitSm {
        source: Address::short_code("4565"),
        destination: Address::international("79141234567"),
        registered_delivery: 1,
        short_message: Bytes::from_static(b"Hello"),
        ..SubmitSm::default()
    }
}
