//! Whether a receipt's id is the id of a response, written in another base.

use volley_smpp::{MessageIdBase, MessageIdKey};

use crate::error::CaseError;
use crate::input::{self, Object};
use crate::sheet::Sheet;

/// Bases a carrier may write its ids in, in responses and in receipts, and what a profile calls them.
const PAIRS: [(MessageIdBase, MessageIdBase, &str); 6] = [
    (MessageIdBase::Opaque, MessageIdBase::Opaque, "opaque"),
    (MessageIdBase::Unpadded, MessageIdBase::Unpadded, "opaque, leading zeros ignored"),
    (MessageIdBase::Hexadecimal, MessageIdBase::Decimal, "resp hex / dlr decimal"),
    (MessageIdBase::Decimal, MessageIdBase::Hexadecimal, "resp decimal / dlr hex"),
    (MessageIdBase::Decimal, MessageIdBase::Decimal, "both decimal"),
    (MessageIdBase::Hexadecimal, MessageIdBase::Hexadecimal, "both hex"),
];

/// Answers a case of `id_base_pairs`.
pub(crate) fn case(case: &Object) -> Result<Object, CaseError> {
    let response = input::needed_text(case, "submit_resp_id")?;
    let receipt = input::needed_text(case, "dlr_id")?;
    Ok(data(response, receipt))
}

/// The answer as data.
#[must_use]
pub fn data(response: &str, receipt: &str) -> Object {
    let bases = matching(response, receipt);
    Object::from_iter([("match".to_owned(), (!bases.is_empty()).into()), ("bases".to_owned(), bases.into())])
}

/// The answer in words.
#[must_use]
pub fn words(response: &str, receipt: &str) -> String {
    let bases = matching(response, receipt);
    let mut sheet = Sheet::default();
    sheet.row("response", response);
    sheet.row("receipt", receipt);
    let verdict = match bases.first() {
        None => "two ids, in every base a carrier may write them in".to_owned(),
        Some(_) => format!("one id, where the carrier's ids are {}", bases.join(", or ")),
    };
    sheet.row("that is", &verdict);
    sheet.finish()
}

fn matching(response: &str, receipt: &str) -> Vec<&'static str> {
    let is_one = |first: MessageIdBase, second: MessageIdBase| {
        MessageIdKey::new(response, first) == MessageIdKey::new(receipt, second)
    };
    PAIRS.iter().filter(|pair| is_one(pair.0, pair.1)).map(|pair| pair.2).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bases_are_named() {
        assert!(words("38601fa", "0059113978").contains("resp hex / dlr decimal"));
        assert_eq!(data("0012", "12")["bases"][0], "opaque, leading zeros ignored");
        assert_eq!(data("38601fa", "59113979")["match"], false);
    }
}
