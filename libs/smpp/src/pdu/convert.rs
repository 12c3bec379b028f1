//! Our message types to those of `rusmpp` and back, through the octets both agree on.

use bytes::{Bytes, BytesMut};
use rusmpp::{Command, pdus};
use thiserror::Error;

use super::other::{put_command, read_command};
use super::{DeliverSm, SubmitSm};
use crate::octets::{BodyError, EncodeError};

/// A value that one side can hold and the other cannot.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ConvertError {
    /// A field does not fit the protocol.
    #[error("the value cannot be written")]
    Encode(#[from] EncodeError),
    /// Our reader refuses the value.
    #[error("the value cannot be read")]
    Body(#[from] BodyError),
    /// `rusmpp` refuses the value.
    #[error("rusmpp does not take the value")]
    Rusmpp,
    /// An operation without its body.
    #[error("there is no body to send")]
    NoBody,
}

/// Any sequence number: it is dropped again on the other side.
const SEQUENCE: u32 = 1;

impl TryFrom<&SubmitSm> for pdus::SubmitSm {
    type Error = ConvertError;

    fn try_from(ours: &SubmitSm) -> Result<Self, Self::Error> {
        let mut octets = BytesMut::new();
        ours.encode(SEQUENCE, &mut octets)?;
        match read_command(&octets).map_err(|_| ConvertError::Rusmpp)?.pdu() {
            Some(rusmpp::Pdu::SubmitSm(theirs)) => Ok(theirs.clone()),
            _ => Err(ConvertError::Rusmpp),
        }
    }
}

impl TryFrom<&DeliverSm> for rusmpp::Pdu {
    type Error = ConvertError;

    fn try_from(ours: &DeliverSm) -> Result<Self, Self::Error> {
        let mut octets = BytesMut::new();
        ours.encode(SEQUENCE, &mut octets)?;
        let command = read_command(&octets).map_err(|_| ConvertError::Rusmpp)?;
        command.pdu().cloned().ok_or(ConvertError::Rusmpp)
    }
}

impl TryFrom<pdus::SubmitSm> for SubmitSm {
    type Error = ConvertError;

    fn try_from(theirs: pdus::SubmitSm) -> Result<Self, Self::Error> {
        Ok(Self::decode(&octets_of(theirs.into()))?)
    }
}

impl TryFrom<pdus::DeliverSm> for DeliverSm {
    type Error = ConvertError;

    fn try_from(theirs: pdus::DeliverSm) -> Result<Self, Self::Error> {
        Ok(Self::decode_deliver(octets_of(theirs.into()))?)
    }
}

impl TryFrom<pdus::DataSm> for DeliverSm {
    type Error = ConvertError;

    fn try_from(theirs: pdus::DataSm) -> Result<Self, Self::Error> {
        Ok(Self::decode_data(octets_of(theirs.into()))?)
    }
}

fn octets_of(theirs: rusmpp::Pdu) -> Bytes {
    let mut octets = BytesMut::new();
    put_command(&Command::new(rusmpp::CommandStatus::EsmeRok, SEQUENCE, theirs), &mut octets);
    octets.freeze()
}
