//! Which channel real touches belong to.

use signup::commands::explain_touch::{TouchArgs, explain_touch};

use crate::corpora;
use crate::site::OWN_HOST;

/// Channels that are right, in percent.
const RIGHT: usize = 97;

#[test]
fn real_touches_get_the_channel_that_an_analyst_would_give_them() {
    let Some(rows) = corpora::rows("channels/channels.csv") else {
        return;
    };
    let mut wrong = Vec::new();
    for row in &rows {
        let field = |name: &str| Some(row[name].replace("SELF", OWN_HOST)).filter(|value| !value.is_empty());
        let explanation = explain_touch(&TouchArgs {
            utm_source: field("utm_source"),
            utm_medium: field("utm_medium"),
            utm_campaign: field("utm_campaign"),
            referrer: field("referrer"),
            click_id: field("click_id_param"),
            own_host: OWN_HOST.to_owned(),
            json: false,
        });
        if explanation.channel != row["expected_channel"] && explanation.channel != row["alt_channel"] {
            wrong.push(format!(
                "{}, not {}\n{explanation}",
                row["expected_channel"], explanation.channel
            ));
        }
    }
    let right = 100 * (rows.len() - wrong.len()) / rows.len();
    assert!(
        right >= RIGHT,
        "{right} % are right; these are not:\n{}",
        wrong.join("\n")
    );
    println!("{right} % of {} touches are right", rows.len());
    wrong.iter().for_each(|wrong| println!("{wrong}"));
}
