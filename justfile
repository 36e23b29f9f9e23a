# A convenience: every recipe is a command that `.ci/run` runs, or that you would type.

# The all-in-one, with engines, mailbox and the demo offer
run:
    cargo run --release

# Every test, with a real Postgres and a real Kafka
test:
    cargo test --workspace

fmt:
    cargo fmt --all

fmt-check:
    cargo fmt --all --check

lint:
    cargo clippy --workspace --all-targets -- -D warnings

# Licences, advisories, who may use what (needs cargo-deny)
deny:
    cargo deny check

# Every endpoint of the OpenAPI documents, with what they allow and what they forbid (needs python3)
fuzz-api seconds="60" seed="1":
    tests/fuzz/api.sh {{seconds}} {{seed}}

# All that CI runs
ci:
    bash .ci/run

# Write the .sqlx folder of one service; its database must be migrated: just prepare signup postgres://localhost/signup
prepare service url:
    rm -rf services/{{service}}/.sqlx && mkdir services/{{service}}/.sqlx
    touch services/{{service}}/src/lib.rs
    SQLX_OFFLINE=false SQLX_OFFLINE_DIR=$PWD/services/{{service}}/.sqlx {{uppercase(service)}}_DATABASE_URL={{url}} cargo check -p {{service}} --all-targets
