//! What one key costs: an address that is known at once, one that the plans must read, a short code, a recipient.

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use volley_numbers::{check_recipient, subscriber_of};
use volley_types::{CarrierName, Country, DialAddress, Npi, Ton};

const ADDRESSES: [(&str, u8, &str); 6] = [
    ("821012345678", 1, "KR"),
    ("12125551234", 1, "US"),
    ("5491112345678", 1, "AR"),
    ("01012345678", 2, "KR"),
    ("89141234567", 0, "RU"),
    ("4565", 0, "KR"),
];

fn key(criterion: &mut Criterion) {
    let carrier = CarrierName::new("skt").expect("a name");
    for (digits, ton, home) in ADDRESSES {
        let address = DialAddress::new(digits, Ton(ton), Npi::ISDN).expect("printable and short");
        let home = Country::new(home).expect("two letters");
        criterion.bench_function(&format!("subscriber_of {digits} ton {ton}"), |bencher| {
            bencher.iter(|| subscriber_of(black_box(&address), home, &carrier));
        });
    }
    criterion.bench_function("check_recipient +821012345678", |bencher| {
        bencher.iter(|| check_recipient(black_box("+821012345678"), None));
    });
}

criterion_group!(benches, key);
criterion_main!(benches);
