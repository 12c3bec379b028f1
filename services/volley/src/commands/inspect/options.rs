//! What `volley inspect` is asked about.

use clap::{Args, Subcommand, ValueEnum};
use volley_inspect::RefBits;

/// What to explain.
#[derive(Debug, Args)]
pub struct InspectOptions {
    #[command(subcommand)]
    pub thing: Thing,
}

/// The things that can be explained.
#[derive(Debug, Subcommand)]
pub enum Thing {
    /// What a text costs: encoding, segments, what forced UCS-2, how Korea counts it.
    Text(TextOptions),
    /// What a delivery receipt says.
    Receipt(ReceiptOptions),
    /// Every field of a PDU. Several in a row are explained one after the other.
    Pdu(PduOptions),
    /// Whether a phone asks to be left alone.
    Optout(OptoutOptions),
    /// What a `command_status` means, and what is done about it.
    Status(StatusOptions),
    /// Whether a receipt's id is a response's, in another base.
    Ids(IdsOptions),
}

/// A text.
#[derive(Debug, Args)]
pub struct TextOptions {
    /// The text.
    #[arg(required_unless_present = "json", conflicts_with = "json")]
    pub text: Option<String>,
    /// Width of the reference that ties the parts of a long text together.
    #[arg(long, value_enum, default_value_t = Width::Eight, value_name = "BITS")]
    pub ref_bits: Width,
    /// Replace quotes, dashes and the like by look-alikes first.
    #[arg(long)]
    pub smart: bool,
    /// Read cases from standard input: {"id", "text", "ref_bits", "smart"}.
    #[arg(long)]
    pub json: bool,
}

/// Widths of a reference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Width {
    /// Every phone understands it.
    #[value(name = "8")]
    Eight,
    /// Costs a septet a part.
    #[value(name = "16")]
    Sixteen,
}

impl From<Width> for RefBits {
    fn from(width: Width) -> Self {
        match width {
            Width::Eight => Self::Eight,
            Width::Sixteen => Self::Sixteen,
        }
    }
}

/// A receipt.
#[derive(Debug, Args)]
pub struct ReceiptOptions {
    /// Its text: id:… sub:… stat:…
    #[arg(required_unless_present_any = ["json", "tlvs"], conflicts_with = "json")]
    pub text: Option<String>,
    /// esm_class of the deliver_sm it came in, such as 4 or 0x04.
    #[arg(long, value_parser = octet, value_name = "OCTET")]
    pub esm_class: Option<u8>,
    /// An optional parameter, such as receipted_message_id=38601fa, message_state=2, network_error_code=3/6. Repeatable.
    #[arg(long = "tlv", id = "tlvs", value_parser = named_value, value_name = "NAME=VALUE")]
    pub tlvs: Vec<(String, String)>,
    /// Read cases from standard input: {"id", "esm_class", "short_message", "tlvs"}.
    #[arg(long)]
    pub json: bool,
}

/// A PDU.
#[derive(Debug, Args)]
pub struct PduOptions {
    /// Its octets in hexadecimal, with blanks or without.
    #[arg(required_unless_present = "json", conflicts_with = "json")]
    pub hex: Vec<String>,
    /// Read cases from standard input: {"id", "hex"}.
    #[arg(long)]
    pub json: bool,
}

/// What a phone wrote.
#[derive(Debug, Args)]
pub struct OptoutOptions {
    /// What it wrote.
    #[arg(required_unless_present = "json", conflicts_with = "json")]
    pub body: Option<String>,
    /// A language whose words count on the number, such as ko. Repeatable; every language if left out.
    #[arg(long = "language", value_name = "CODE")]
    pub languages: Vec<String>,
    /// A program that can be stopped by name. Repeatable.
    #[arg(long = "program", value_name = "NAME")]
    pub programs: Vec<String>,
    /// The phone has opted out before.
    #[arg(long)]
    pub opted_out: bool,
    /// The phone was asked to confirm an opt-in.
    #[arg(long)]
    pub asked_to_confirm: bool,
    /// Read cases from standard input: {"id", "body", "context"}.
    #[arg(long)]
    pub json: bool,
}

/// A status.
#[derive(Debug, Args)]
pub struct StatusOptions {
    /// Its number or name: 88, 0x58, ESME_RTHROTTLED.
    #[arg(required_unless_present = "json", conflicts_with = "json")]
    pub code: Option<String>,
    /// Read cases from standard input: {"code"}.
    #[arg(long)]
    pub json: bool,
}

/// Two ids.
#[derive(Debug, Args)]
pub struct IdsOptions {
    /// The id in the carrier's submit_sm_resp.
    #[arg(required_unless_present = "json", conflicts_with = "json")]
    pub response: Option<String>,
    /// The id in the carrier's receipt.
    #[arg(required_unless_present = "json", conflicts_with = "json")]
    pub receipt: Option<String>,
    /// Read cases from standard input: {"submit_resp_id", "dlr_id"}.
    #[arg(long)]
    pub json: bool,
}

fn octet(text: &str) -> Result<u8, String> {
    let number = match text.strip_prefix("0x") {
        Some(digits) => u8::from_str_radix(digits, 16),
        None => text.parse(),
    };
    number.map_err(|_| "write an octet: 4 or 0x04".to_owned())
}

fn named_value(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("write NAME=VALUE")?;
    Ok((name.to_owned(), value.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn octets_and_parameters_are_read() {
        assert_eq!((octet("4"), octet("0x20")), (Ok(4), Ok(32)));
        assert!(octet("300").is_err() && octet("x").is_err());
        assert_eq!(named_value("a=b=c"), Ok(("a".to_owned(), "b=c".to_owned())));
        assert!(named_value("a").is_err());
    }
}
