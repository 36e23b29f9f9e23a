//! The form policy against real addresses, where `LEADSTREAM_CORPORA` names the folder that holds them.
#![expect(
    clippy::disallowed_methods,
    reason = "a test has no settings: the corpora's folder comes by environment"
)]

use std::path::PathBuf;

use contracts::EmailAddress;

#[test]
fn the_form_policy_agrees_with_what_a_form_should_do() {
    let Some(folder) = std::env::var_os("LEADSTREAM_CORPORA") else {
        println!("skipped: LEADSTREAM_CORPORA is not set");
        return;
    };
    let path = PathBuf::from(folder).join("email-syntax/addresses.csv");
    let mut rows = csv::Reader::from_path(&path).expect("the address list can be read");
    let columns = rows.headers().expect("a header row").clone();
    let column = |name| {
        columns
            .iter()
            .position(|c| c == name)
            .expect("the column is there")
    };
    let (address, expected) = (column("address_json"), column("form_expect"));

    let mut checked = 0;
    let mut wrong = Vec::new();
    for row in rows.records() {
        let row = row.expect("a row");
        // A lone surrogate is no JSON text for Rust: such a body is refused before the policy is asked.
        let typed: Option<String> = serde_json::from_str(&row[address]).ok();
        let accepted = typed
            .as_deref()
            .is_some_and(|typed| EmailAddress::parse(typed).is_ok());
        checked += 1;
        match &row[expected] {
            // RFC 5321 §4.5.3.1.1 ends a local part at 64 octets; the list's references do not all know that.
            "accept" if !accepted && !is_local_part_too_long(typed.as_deref()) => {
                wrong.push(format!("refused {}", &row[address]));
            }
            "reject" | "reject-or-strip" if accepted => {
                wrong.push(format!("accepted {}", &row[address]));
            }
            _ => {}
        }
    }
    assert!(checked > 200, "only {checked} addresses were read");
    assert!(wrong.is_empty(), "{wrong:#?}");
}

fn is_local_part_too_long(typed: Option<&str>) -> bool {
    typed
        .and_then(|typed| typed.rsplit_once('@'))
        .is_some_and(|(local, _)| local.len() > 64)
}
