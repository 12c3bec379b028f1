//! The table of last digits: how to ask for a fate by dialling it.

use super::{IdForm, Outcome, ReceiptAddresses, ReceiptFacts, Rule, SubmitAnswer};
use crate::wire::status;

/// One line of the table.
#[derive(Clone, Copy, Debug)]
pub struct LastDigits {
    /// The last digits of the number dialled.
    pub digits: &'static str,
    /// What happens, in words.
    pub meaning: &'static str,
    /// What happens.
    pub rule: Rule,
}

const fn line(digits: &'static str, meaning: &'static str, rule: Rule) -> LastDigits {
    LastDigits { digits, meaning, rule }
}

const HONEST: Rule = Rule::DELIVERED;

/// Numbers that end in none of these are delivered, with one true receipt.
pub const RULES_BY_LAST_DIGITS: [LastDigits; 31] = [
    line("9901", "receipt UNDELIV", Rule::outcome(Outcome::Undeliverable)),
    line("9902", "receipt EXPIRED", Rule::outcome(Outcome::Expired)),
    line("9903", "receipt REJECTD", Rule::outcome(Outcome::Rejected)),
    line("9904", "receipt DELETED", Rule::outcome(Outcome::Deleted)),
    line("9905", "receipt UNKNOWN", Rule::outcome(Outcome::Unknown)),
    line("9906", "receipt ACCEPTD", Rule::outcome(Outcome::Accepted)),
    line("9907", "delivered, never a receipt", Rule { receipt_copies: 0, ..HONEST }),
    line("9908", "delivered, receipt after 10 s", Rule { receipt_delay_ms: Some(10_000), ..HONEST }),
    line("9909", "delivered, the receipt twice", Rule { receipt_copies: 2, ..HONEST }),
    line("9910", "delivered, receipt before the response", Rule { receipt_before_response: true, ..HONEST }),
    line("9911", "delivered, ENROUTE before the receipt", Rule { intermediate: true, ..HONEST }),
    line("9912", "delivered, response after 3 s", Rule { response_delay_ms: Some(3_000), ..HONEST }),
    line("9913", "delivered, the response never comes", Rule { submit: SubmitAnswer::Lose, ..HONEST }),
    line(
        "9914",
        "delivered, the link is cut before the response",
        Rule { submit: SubmitAnswer::Cut, ..HONEST },
    ),
    line(
        "9915",
        "taken, neither response nor receipt",
        Rule { submit: SubmitAnswer::Lose, receipt_copies: 0, ..HONEST },
    ),
    line("9920", "refused: invalid destination (0x0B)", Rule::refused(status::INVALID_DESTINATION)),
    line("9921", "refused: throttled (0x58)", Rule::refused(status::THROTTLED)),
    line("9922", "refused: queue full (0x14)", Rule::refused(status::QUEUE_FULL)),
    line("9923", "refused: system error (0x08)", Rule::refused(status::SYSTEM_ERROR)),
    line("9924", "refused: submit failed (0x45)", Rule::refused(status::SUBMIT_FAILED)),
    line("9925", "refused: invalid source (0x0A)", Rule::refused(status::INVALID_SOURCE)),
    line(
        "9926",
        "throttled (0x58) once, then delivered",
        Rule { submit: SubmitAnswer::Refuse { status: status::THROTTLED, times: 1 }, ..HONEST },
    ),
    line("9930", "the handset masked in the receipt", addresses(ReceiptAddresses::Masked)),
    line("9931", "the handset in national form in the receipt", addresses(ReceiptAddresses::National)),
    line("9932", "the addresses not turned round in the receipt", addresses(ReceiptAddresses::Swapped)),
    line("9933", "no addresses in the receipt", addresses(ReceiptAddresses::Empty)),
    line("9934", "the id of the segment before it", Rule { reuse_message_id: true, ..HONEST }),
    line(
        "9935",
        "id hexadecimal in the response, decimal in the receipt",
        Rule { id_form: IdForm::HexInResponse, ..HONEST },
    ),
    line(
        "9936",
        "receipt in optional parameters only",
        Rule { receipt_facts: ReceiptFacts::TlvOnly, ..HONEST },
    ),
    line("9937", "receipt not marked in esm_class", Rule { receipt_marked: false, ..HONEST }),
    line(
        "9938",
        "the answer to the receipt is lost with its link, and it comes again",
        Rule { receipt_answer_lost: true, ..HONEST },
    ),
];

const fn addresses(receipt_addresses: ReceiptAddresses) -> Rule {
    Rule { receipt_addresses, ..HONEST }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_readme_lists_every_line() {
        let readme = include_str!("../../README.md");
        for line in RULES_BY_LAST_DIGITS {
            let row = format!("| {} | {} |", line.digits, line.meaning);
            assert!(readme.contains(&row), "README.md lacks `{row}`");
        }
    }
}
