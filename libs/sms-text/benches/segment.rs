//! Encode and segment one 160-character text: the budget is one microsecond.

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use volley_sms_text::{SegmentOptions, plan, preview};

const SENTENCE: &str = "Your parcel is at the shop around the corner, bring the code 123456 and {ID}. ";

fn segment(c: &mut Criterion) {
    let options = SegmentOptions::default();
    let gsm7: String = SENTENCE.chars().cycle().filter(|c| !"{}".contains(*c)).take(160).collect();
    let mixed: String = SENTENCE.replace("parcel", "Päckchen").chars().cycle().take(160).collect();
    let ucs2: String = "Ваша посылка ждёт вас в пункте выдачи. ".chars().cycle().take(160).collect();

    for (name, text) in [("gsm7_160", &gsm7), ("gsm7_160_extended_two_parts", &mixed), ("ucs2_160_three_parts", &ucs2)]
    {
        c.bench_function(&format!("plan/{name}"), |b| b.iter(|| plan(black_box(text), &options)));
        c.bench_function(&format!("plan_and_bodies/{name}"), |b| {
            b.iter(|| plan(black_box(text), &options).map(|plan| plan.segments(7)));
        });
    }
    c.bench_function("preview/gsm7_160", |b| b.iter(|| preview(black_box(&gsm7), &options)));
}

criterion_group!(benches, segment);
criterion_main!(benches);
