use std::fs;
use std::path::Path;

#[test]
fn the_outbox_is_the_same_in_every_service() {
    let migrations = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../migrations");
    let file = |service: &str| {
        fs::read_to_string(migrations.join(service).join("20261124000001_create_outbox.sql")).unwrap()
    };
    assert_eq!(file("signup"), file("enquiry"));
    assert_eq!(file("signup"), file("notification"));
}
