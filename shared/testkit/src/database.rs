use std::collections::BTreeMap;
use std::path::PathBuf;
use std::str::FromStr as _;
use std::thread;

use ::postgres::DatabaseConfig;
use secrecy::SecretString;
use sqlx::postgres::PgConnectOptions;
use sqlx::{ConnectOptions as _, Connection as _, PgConnection, PgPool};
use tokio::runtime;

use crate::fault_proxy::{FaultProxy, Upstream};
use crate::{engines, template};

/// Connections of [`TestDatabase::pool`].
const TEST_CONNECTIONS: u32 = 4;

/// A database of one test, dropped with this value; one that was left behind is dropped by a later test.
#[derive(Debug)]
pub struct TestDatabase {
    name: String,
    server_url: String,
    pool: PgPool,
}

/// A fresh database with the migrations of a service (a folder below `migrations/`) applied.
///
/// # Panics
/// When the engines cannot be started or a migration fails.
pub async fn database(service: &str) -> TestDatabase {
    create(service, Some(service)).await
}

/// A fresh database without any table, for tests of migrations themselves.
///
/// # Panics
/// When the engines cannot be started.
pub async fn empty_database() -> TestDatabase {
    create("empty", None).await
}

async fn create(label: &str, service: Option<&str>) -> TestDatabase {
    let server_url = engines().await.postgres_url.clone();
    let name = template::test_database_name(label);
    let mut admin = template::lock_server(&server_url).await;
    let template = match service {
        Some(service) => template::ready(&mut admin, &server_url, service).await,
        None => "template0".to_owned(),
    };
    template::clone(&mut admin, &template, &name).await;
    admin.close().await.expect("the server lets go");
    let pool = ::postgres::pool(&config(&server_url, &name, TEST_CONNECTIONS, "test")).expect("a valid URL");
    TestDatabase {
        name,
        server_url,
        pool,
    }
}

fn config(server_url: &str, name: &str, max_connections: u32, service: &'static str) -> DatabaseConfig {
    DatabaseConfig {
        url: SecretString::from(template::url_of(server_url, name)),
        max_connections,
        service,
    }
}

impl TestDatabase {
    /// `postgres://…` on a unix socket.
    pub fn url(&self) -> String {
        template::url_of(&self.server_url, &self.name)
    }

    /// The same database through a proxy made with [`TestDatabase::upstream`].
    pub fn url_through(&self, proxy: &FaultProxy) -> String {
        format!("postgres://leadstream@{}/{}", proxy.address(), self.name)
    }

    /// The server, for a [`FaultProxy`] in front of it.
    pub fn upstream(&self) -> Upstream {
        let options = PgConnectOptions::from_str(&self.server_url).expect("a valid URL");
        let folder: PathBuf = options
            .get_socket()
            .expect("the tests' Postgres has a unix socket")
            .clone();
        Upstream::Unix(folder.join(format!(".s.PGSQL.{}", options.get_port())))
    }

    /// What a service needs to use it, with as many connections as a service has by default.
    pub fn config(&self, service: &'static str) -> DatabaseConfig {
        config(&self.server_url, &self.name, 8, service)
    }

    /// For the test's own questions, with the session settings that services use.
    pub fn pool(&self) -> &PgPool {
        &self.pool
    }

    /// A sum over the rows of each table, but for what a publisher notes of itself: equal as long as nothing is written.
    ///
    /// # Panics
    /// When the server does not answer.
    pub async fn contents(&self) -> BTreeMap<String, String> {
        let tables = "select tablename::text from pg_tables
            where schemaname = 'public' and tablename not in ('publisher_heartbeat', 'outbox_failures')";
        let tables: Vec<String> = sqlx::query_scalar(tables)
            .fetch_all(&self.pool)
            .await
            .expect("tables");
        let mut sums = BTreeMap::new();
        for table in tables {
            let sum =
                format!("select md5(coalesce(string_agg(t::text, '' order by t::text), '')) from {table} t");
            let sum = sqlx::query_scalar(sqlx::AssertSqlSafe(sum))
                .fetch_one(&self.pool)
                .await;
            sums.insert(table, sum.expect("a sum"));
        }
        sums
    }

    /// One connection with no settings of ours.
    ///
    /// # Panics
    /// When the server refuses.
    pub async fn connection(&self) -> PgConnection {
        let options = PgConnectOptions::from_str(&self.url()).expect("a valid URL");
        options
            .connect()
            .await
            .expect("the tests' Postgres takes connections")
    }
}

impl Drop for TestDatabase {
    /// On a thread of its own, because a test's runtime cannot be waited on from within.
    fn drop(&mut self) {
        let (server_url, name) = (self.server_url.clone(), self.name.clone());
        let dropping = thread::spawn(move || {
            let runtime = runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .expect("a runtime");
            runtime.block_on(template::drop_database(&server_url, &name));
        });
        // A panic in there has been printed; another one here could abort the tests.
        let _dropped = dropping.join();
    }
}
