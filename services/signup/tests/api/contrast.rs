//! Colours of the pages: what is read or used stands out enough (WCAG 2.2, 1.4.3 and 1.4.11), light and dark.

use std::collections::HashMap;

use crate::site::Site;

const TEXT: f64 = 4.5;
const EDGE: f64 = 3.0;
const WHITE: &str = "#fff";

/// Foreground, background, and the contrast that they need.
const PAIRS: [(&str, &str, f64); 14] = [
    ("--ink", "--paper", TEXT),
    ("--ink", "--wash", TEXT),
    ("--soft", "--paper", TEXT),
    ("--soft", "--wash", TEXT),
    ("--soft", "--glow", TEXT),
    ("--go", "--paper", TEXT),
    ("--bad", "--paper", TEXT),
    ("--fill", WHITE, TEXT),
    ("--grave", WHITE, TEXT),
    ("--line", "--paper", EDGE),
    ("--line", "--wash", EDGE),
    ("--fill", "--paper", EDGE),
    ("--grave", "--paper", EDGE),
    ("--go", "--wash", EDGE),
];

#[tokio::test]
async fn text_and_edges_stand_out_in_light_and_in_dark() {
    let site = Site::start().await;
    let page = site.get("/me").await.text().await.expect("a page");
    let mut schemes = page.split(":root{").skip(1).map(variables);
    let (light, dark) = (schemes.next().expect("light"), schemes.next().expect("dark"));
    for (name, scheme) in [("light", light), ("dark", dark)] {
        for (front, back, needed) in PAIRS {
            let colour = |name: &str| luminance(scheme.get(name).map_or(WHITE, String::as_str));
            let (a, b) = (colour(front), colour(back));
            let contrast = (a.max(b) + 0.05) / (a.min(b) + 0.05);
            assert!(contrast >= needed, "{name}: {front} on {back} has {contrast:.2}");
        }
    }
}

fn variables(style: &str) -> HashMap<String, String> {
    let block = style.split('}').next().unwrap_or_default();
    let pairs = block.split(';').filter_map(|pair| pair.split_once(':'));
    pairs
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

/// Relative luminance of `#rgb` or `#rrggbb`.
fn luminance(colour: &str) -> f64 {
    let digits = colour.trim_start_matches('#');
    let width = digits.len() / 3;
    let channel = |at: usize| {
        let digits = digits[at * width..(at + 1) * width].repeat(2 / width);
        let value = f64::from(u8::from_str_radix(&digits, 16).expect("a colour")) / 255.0;
        if value <= 0.04045 {
            value / 12.92
        } else {
            ((value + 0.055) / 1.055).powf(2.4)
        }
    };
    0.2126 * channel(0) + 0.7152 * channel(1) + 0.0722 * channel(2)
}
