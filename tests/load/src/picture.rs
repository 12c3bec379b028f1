//! A run as a picture: what was accepted, submitted and reported back, a second, over its time.

use std::path::Path;

use anyhow::Result;
use plotters::prelude::*;

use crate::report::Moment;

/// Looks that are taken together as one point.
const LOOKS: usize = 5;

const SIZE: (u32, u32) = (900, 420);

/// Draws it.
pub fn draw(path: &Path, title: &str, timeline: &[Moment]) -> Result<()> {
    let lines = [
        ("accepted", RGBColor(31, 119, 180), rates(timeline, |moment| moment.accepted)),
        ("submitted", RGBColor(255, 127, 14), rates(timeline, |moment| moment.submitted)),
        ("back to the client", RGBColor(44, 160, 44), rates(timeline, |moment| moment.reported)),
    ];
    let end = timeline.last().map_or(1.0, |moment| moment.at.as_secs_f64());
    let top = lines
        .iter()
        .flat_map(|(_, _, points)| points)
        .map(|(_, rate)| *rate)
        .fold(1.0, f64::max);

    let area = SVGBackend::new(path, SIZE).into_drawing_area();
    area.fill(&WHITE)?;
    let mut chart = ChartBuilder::on(&area)
        .caption(title, ("sans-serif", 18))
        .margin(12)
        .x_label_area_size(36)
        .y_label_area_size(64)
        .build_cartesian_2d(0.0..end, 0.0..top * 1.05)?;
    chart.configure_mesh().x_desc("seconds").y_desc("messages a second").draw()?;
    for (name, colour, points) in lines {
        chart
            .draw_series(LineSeries::new(points, colour.stroke_width(2)))?
            .label(name)
            .legend(move |(x, y)| PathElement::new([(x, y), (x + 18, y)], colour.stroke_width(2)));
    }
    chart
        .configure_series_labels()
        .border_style(BLACK)
        .background_style(WHITE)
        .draw()?;
    area.present()?;
    Ok(())
}

fn rates(timeline: &[Moment], count: impl Fn(&Moment) -> u64) -> Vec<(f64, f64)> {
    let marks: Vec<_> = timeline.iter().step_by(LOOKS).collect();
    let pairs = marks.windows(2).map(|pair| {
        let (from, to) = (pair[0], pair[1]);
        let span = (to.at - from.at).as_secs_f64();
        (to.at.as_secs_f64(), (count(to) - count(from)) as f64 / span)
    });
    pairs.collect()
}
