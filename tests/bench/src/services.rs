//! The three services as an installation runs them, and the baselines beside them.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use crate::error::BenchError;
use crate::program::{Recipe, folder, free_address};
use crate::stage::url_of;

/// Bytes of the file that mails of campaign `bench-attached` carry.
const ATTACHED_BYTES: usize = 300_000;

/// Hex, repeated to 32 bytes: whoever makes events needs it too.
pub const SUBJECT_KEY: &str = "5a";

/// How each program is started.
#[derive(Debug)]
pub struct Services {
    pub signup: Recipe,
    pub enquiry: Recipe,
    pub notification: Recipe,
    pub ceiling: Recipe,
    pub naive: Recipe,
}

/// What the recipes of one run share.
struct Kitchen<'a> {
    folder: &'a Path,
    postgres: &'a str,
    kafka: &'a str,
}

impl Services {
    /// The recipes for these engines and this relay.
    ///
    /// # Errors
    /// When no port is free.
    pub fn new(folder: &Path, postgres: &str, kafka: &str, relay: SocketAddr) -> Result<Self, BenchError> {
        let kitchen = Kitchen {
            folder,
            postgres,
            kafka,
        };
        Ok(Self {
            signup: kitchen.signup()?,
            enquiry: kitchen.enquiry()?,
            notification: kitchen.notification(relay)?,
            ceiling: kitchen.baseline("ceiling", &[])?,
            naive: kitchen.baseline("naive", &["--database", &url_of(postgres, "naive")])?,
        })
    }

    /// Migrates all databases, that of the naive service with signup's tables.
    ///
    /// # Errors
    /// When a migration fails.
    pub fn migrate(&self) -> Result<(), BenchError> {
        for service in [&self.signup, &self.enquiry, &self.notification] {
            service.run(&["migrate"])?;
        }
        let url = self.naive.arguments.last().cloned().unwrap_or_default();
        self.signup.run(&["migrate", "--database-url", &url])
    }

    /// Publishes offer `bench`, mailed as a link, and offer `bench-attached`, mailed with its file.
    ///
    /// # Errors
    /// When the signup service refuses one.
    pub fn publish_offers(&self, folder: &Path) -> Result<(), BenchError> {
        for (slug, delivery) in [("bench", "link"), ("bench-attached", "attachment")] {
            let offer = folder.join(slug);
            write_offer(&offer, slug, delivery)?;
            self.signup
                .run(&["offers", "apply", &offer.display().to_string()])?;
        }
        Ok(())
    }
}

impl Kitchen<'_> {
    fn service(&self, name: &'static str, own: Vec<(&'static str, String)>) -> Result<Recipe, BenchError> {
        let (public, ready) = (free_address()?, free_address()?);
        let mut settings = vec![
            ("DATABASE_URL", url_of(self.postgres, name)),
            ("KAFKA_BOOTSTRAP_SERVERS", self.kafka.to_owned()),
            ("KAFKA_CREATE_TOPICS", "true".to_owned()),
            ("SUBJECT_KEY", SUBJECT_KEY.repeat(32)),
            ("LEADSTREAM_RATE_LIMIT", "off".to_owned()),
            ("PUBLIC_LISTEN", public.to_string()),
            ("ADMIN_LISTEN", ready.to_string()),
        ];
        settings.extend(own);
        Ok(Recipe {
            name,
            file: folder()?.join(name),
            arguments: vec!["serve".to_owned()],
            settings,
            public,
            ready,
            log: self.folder.join(format!("{name}.log")),
        })
    }

    fn signup(&self) -> Result<Recipe, BenchError> {
        let own = vec![
            ("LINK_KEYS", format!("1:{}", "a5".repeat(32))),
            ("PUBLIC_URL", "https://course.example".to_owned()),
        ];
        self.service("signup", own)
    }

    fn enquiry(&self) -> Result<Recipe, BenchError> {
        let routes = demo().join("routes.toml").display().to_string();
        self.service("enquiry", vec![("ROUTES_FILE", routes)])
    }

    fn notification(&self, relay: SocketAddr) -> Result<Recipe, BenchError> {
        let own = vec![
            ("SMTP_URL", format!("smtp://{relay}")),
            ("BOUNCE_KEY", "3c".repeat(32)),
            ("MAIL_FROM", "Course <hello@course.example>".to_owned()),
            ("MAIL_DOMAIN", "course.example".to_owned()),
        ];
        self.service("notification", own)
    }

    /// This program again.
    fn baseline(&self, name: &'static str, more: &[&str]) -> Result<Recipe, BenchError> {
        let public = free_address()?;
        let listen = public.to_string();
        let arguments = ["baseline", name, "--listen", &listen];
        Ok(Recipe {
            name,
            file: std::env::current_exe()?,
            arguments: arguments
                .iter()
                .chain(more)
                .map(|argument| (*argument).to_owned())
                .collect(),
            settings: Vec::new(),
            public,
            ready: public,
            log: self.folder.join(format!("{name}.log")),
        })
    }
}

fn demo() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../services/leadstream/demo")
}

fn write_offer(folder: &Path, slug: &str, delivery: &str) -> Result<(), BenchError> {
    fs::create_dir_all(folder)?;
    let model = demo().join("offers/system-design-cheat-sheet");
    for template in ["mail.txt", "mail.html"] {
        fs::copy(model.join(template), folder.join(template))?;
    }
    let mut file = fs::read(model.join("system-design-cheat-sheet.pdf"))?;
    file.resize(ATTACHED_BYTES, b'\n');
    fs::write(folder.join("offer.pdf"), file)?;
    let text = include_str!("offer.toml")
        .replace("{slug}", slug)
        .replace("{delivery}", delivery);
    Ok(fs::write(folder.join("offer.toml"), text)?)
}
