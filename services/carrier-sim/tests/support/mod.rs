//! A client of as few lines as possible, on PDU types the simulator does not share.

#![expect(dead_code, reason = "each test binary uses its own part of this module")]

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::time::Duration;

use futures::{SinkExt as _, StreamExt as _};
use rusmpp::pdus::{BindReceiver, BindTransceiver, BindTransmitter, DeliverSm, DeliverSmResp, SubmitSm};
use rusmpp::tlvs::TlvValue;
use rusmpp::tokio_codec::CommandCodec;
use rusmpp::types::{COctetString, OctetString};
use rusmpp::values::{DataCoding, InterfaceVersion, Npi, RegisteredDelivery, Ton};
use rusmpp::{Command, CommandId, CommandStatus, Pdu};
use tokio::net::TcpStream;
use tokio_util::codec::Framed;
use volley_carrier_sim::{CarrierSim, CarrierSimHandle, SimConfig};

/// How long anything may take that should happen at once.
pub const SOON: Duration = Duration::from_secs(5);
/// How long nothing must happen where nothing should.
pub const QUIET: Duration = Duration::from_millis(300);

/// A carrier with one account, quick receipts and ids from 1.
pub fn config() -> SimConfig {
    SimConfig {
        receipt_delay_ms: 20,
        first_message_id: Some(1),
        ..SimConfig::with_account("acme", "secret")
    }
}

pub async fn start(config: SimConfig) -> CarrierSimHandle {
    CarrierSim::start(config).await.expect("the carrier starts")
}

/// A carrier of [`config`] and a transceiver bound to it.
pub async fn bound() -> (CarrierSimHandle, Client) {
    let sim = start(config()).await;
    let client = Client::bound(sim.addr()).await;
    (sim, client)
}

pub struct Client {
    framed: Framed<TcpStream, CommandCodec>,
    sequence: u32,
    /// What came while a response was waited for.
    early: VecDeque<Command>,
}

impl Client {
    pub async fn connect(addr: SocketAddr) -> Self {
        let stream = TcpStream::connect(addr).await.expect("the carrier listens");
        Self {
            framed: Framed::new(stream, CommandCodec::new()),
            sequence: 0,
            early: VecDeque::new(),
        }
    }

    pub async fn bound(addr: SocketAddr) -> Self {
        let mut client = Self::connect(addr).await;
        assert_eq!(client.bind("acme", "secret").await, CommandStatus::EsmeRok);
        client
    }

    pub async fn bind(&mut self, system_id: &str, password: &str) -> CommandStatus {
        let bind = BindTransceiver::builder()
            .system_id(c_string(system_id))
            .password(c_string(password))
            .interface_version(InterfaceVersion::Smpp3_4)
            .build();
        self.ask(bind).await.status()
    }

    pub async fn bind_transmitter(&mut self) -> CommandStatus {
        let bind = BindTransmitter::builder()
            .system_id(c_string("acme"))
            .password(c_string("secret"))
            .build();
        self.ask(bind).await.status()
    }

    pub async fn bind_receiver(&mut self) -> CommandStatus {
        let bind = BindReceiver::builder()
            .system_id(c_string("acme"))
            .password(c_string("secret"))
            .build();
        self.ask(bind).await.status()
    }

    /// Sends a request and gives its sequence number.
    pub async fn send(&mut self, pdu: impl Into<Pdu>) -> u32 {
        self.sequence += 1;
        let command = Command::new(CommandStatus::EsmeRok, self.sequence, pdu);
        self.framed.send(command).await.expect("the link takes a request");
        self.sequence
    }

    /// Sends a request and gives its response.
    pub async fn ask(&mut self, pdu: impl Into<Pdu>) -> Command {
        let sequence = self.send(pdu).await;
        loop {
            let command = self.receive(SOON).await.expect("a response in time");
            let is_response = u32::from(command.id()) & 0x8000_0000 != 0;
            if is_response && command.sequence_number() == sequence {
                return command;
            }
            self.early.push_back(command);
        }
    }

    /// Submits and gives the id.
    pub async fn submit(&mut self, submit: SubmitSm) -> String {
        let response = self.ask(submit).await;
        assert_eq!(response.status(), CommandStatus::EsmeRok);
        message_id(&response)
    }

    /// The next PDU.
    pub async fn next(&mut self) -> Command {
        self.next_within(SOON).await.expect("a PDU in time")
    }

    /// The next PDU, or none if the link ends or nothing comes.
    pub async fn next_within(&mut self, timeout: Duration) -> Option<Command> {
        match self.early.pop_front() {
            Some(command) => Some(command),
            None => self.receive(timeout).await,
        }
    }

    async fn receive(&mut self, timeout: Duration) -> Option<Command> {
        match tokio::time::timeout(timeout, self.framed.next()).await {
            Ok(Some(command)) => Some(command.expect("a PDU that reads")),
            Ok(None) | Err(_) => None,
        }
    }

    /// The next PDU, which must be a `deliver_sm`; answered with 0.
    pub async fn take_delivery(&mut self) -> Delivery {
        self.answer_delivery(CommandStatus::EsmeRok).await
    }

    /// The next PDU, which must be a `deliver_sm`; answered with a status.
    pub async fn answer_delivery(&mut self, status: CommandStatus) -> Delivery {
        let command = self.next().await;
        self.answer(&command, status).await;
        Delivery::of(&command)
    }

    /// Answers a `deliver_sm`.
    pub async fn answer(&mut self, delivered: &Command, status: CommandStatus) {
        let response = Command::new(status, delivered.sequence_number(), DeliverSmResp::default());
        self.framed.send(response).await.expect("the link takes an answer");
    }

    /// Whether the carrier has ended the link, with nothing more to say.
    pub async fn is_closed(&mut self) -> bool {
        matches!(tokio::time::timeout(SOON, self.framed.next()).await, Ok(None | Some(Err(_))))
    }

    pub fn stream(&mut self) -> &mut TcpStream {
        self.framed.get_mut()
    }
}

/// What a `deliver_sm` says.
#[derive(Debug)]
pub struct Delivery {
    pub source: String,
    pub source_ton: Ton,
    pub destination: String,
    pub esm_class: u8,
    pub data_coding: DataCoding,
    pub octets: Vec<u8>,
    pub tlvs: Vec<TlvValue>,
}

impl Delivery {
    pub fn of(command: &Command) -> Self {
        let Some(Pdu::DeliverSm(deliver)) = command.pdu() else {
            panic!("{:?} is no deliver_sm", command.id())
        };
        Self::of_deliver(deliver)
    }

    fn of_deliver(deliver: &DeliverSm) -> Self {
        Self {
            source: deliver.source_addr.as_str().to_owned(),
            source_ton: deliver.source_addr_ton,
            destination: deliver.destination_addr.as_str().to_owned(),
            esm_class: deliver.esm_class.into(),
            data_coding: deliver.data_coding,
            octets: deliver.short_message().clone().into_vec(),
            tlvs: deliver.tlvs().iter().filter_map(|tlv| tlv.value().cloned()).collect(),
        }
    }

    pub fn text(&self) -> String {
        match self.data_coding {
            DataCoding::Ucs2 => {
                let units: Vec<u16> = self
                    .octets
                    .chunks(2)
                    .map(|pair| u16::from_be_bytes([pair[0], pair[1]]))
                    .collect();
                String::from_utf16(&units).expect("UTF-16")
            }
            _ => String::from_utf8(self.octets.clone()).expect("ASCII"),
        }
    }

    /// The value behind `label:` in a receipt.
    pub fn field(&self, label: &str) -> String {
        let text = self.text();
        let (_, value) = text
            .split_once(&format!("{label}:"))
            .unwrap_or_else(|| panic!("no {label} in the receipt"));
        value.split(' ').next().unwrap_or_default().to_owned()
    }
}

/// A text from 4565 with a receipt asked for.
pub fn text_to(destination: &str, text: &str) -> SubmitSm {
    SubmitSm::builder()
        .source_addr_npi(Npi::Isdn)
        .source_addr(c_string("4565"))
        .dest_addr_ton(Ton::International)
        .dest_addr_npi(Npi::Isdn)
        .destination_addr(c_string(destination))
        .registered_delivery(RegisteredDelivery::from(1))
        .short_message(OctetString::from_slice(text.as_bytes()).expect("a short text"))
        .build()
}

/// A part with a user data header.
pub fn part_to(destination: &str, reference: u8, total: u8, number: u8, text: &str) -> SubmitSm {
    let octets = [&[5, 0, 3, reference, total, number][..], text.as_bytes()].concat();
    text_to(destination, "")
        .with_short_message(OctetString::from_vec(octets).expect("a short text"))
        .with_udhi_indicator()
}

pub fn c_string<const MIN: usize, const MAX: usize>(text: &str) -> COctetString<MIN, MAX> {
    COctetString::from_string(text.to_owned()).expect("a string that fits its field")
}

pub fn message_id(response: &Command) -> String {
    assert_eq!(response.id(), CommandId::SubmitSmResp);
    match response.pdu() {
        Some(Pdu::SubmitSmResp(response)) => response.message_id().as_str().to_owned(),
        _ => String::new(),
    }
}

/// Waits until something is so.
pub async fn eventually(what: &str, condition: impl Fn() -> bool) {
    for _ in 0..500 {
        if condition() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("not in time: {what}");
}
