//! One binary of Leadstream as a process that can be killed and started again.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::Duration;

use testkit::{Process, wait_until};

const READY: Duration = Duration::from_secs(60);

/// A service's binary with its settings; it keeps its ports from start to start.
#[derive(Debug)]
pub struct Service {
    name: &'static str,
    settings: Vec<(String, String)>,
    public: SocketAddr,
    admin: SocketAddr,
    /// The folder that its program lies in, if it is not this tree's.
    release: Option<PathBuf>,
    process: Option<Process>,
    /// Logs of its processes that have ended.
    earlier: String,
}

impl Service {
    /// The service of this name, not started.
    pub fn new(name: &'static str, settings: &[(&str, String)]) -> Self {
        let (public, admin) = (free_port(), free_port());
        let own = [
            ("PUBLIC_LISTEN", public.to_string()),
            ("ADMIN_LISTEN", admin.to_string()),
        ];
        let settings = settings
            .iter()
            .chain(&own)
            .map(|(name, value)| ((*name).to_owned(), value.clone()));
        Self {
            name,
            settings: settings.collect(),
            public,
            admin,
            release: None,
            process: None,
            earlier: String::new(),
        }
    }

    /// The same service with the same settings and ports of its own: another replica.
    pub fn replica(&self) -> Self {
        let others = self
            .settings
            .iter()
            .filter(|(name, _)| !name.ends_with("_LISTEN"));
        let settings: Vec<_> = others
            .map(|(name, value)| (name.as_str(), value.clone()))
            .collect();
        Self {
            release: self.release.clone(),
            ..Self::new(self.name, &settings)
        }
    }

    /// The next start and the next command are of the program in this folder; without one, of this tree's.
    pub fn use_release(&mut self, folder: Option<&Path>) {
        self.release = folder.map(Path::to_owned);
    }

    /// Adds or replaces settings of the next start.
    pub fn set(&mut self, settings: &[(&str, String)]) {
        for (name, value) in settings {
            self.settings.retain(|(known, _)| known != name);
            self.settings.push(((*name).to_owned(), value.clone()));
        }
    }

    /// Where its public port is.
    pub fn public(&self) -> SocketAddr {
        self.public
    }

    /// The id of its process.
    ///
    /// # Panics
    /// When it does not run.
    pub fn id(&self) -> u32 {
        self.process.as_ref().expect("it runs").id()
    }

    /// URL of a public path.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.public)
    }

    /// URL of a path of the admin port.
    pub fn admin_url(&self, path: &str) -> String {
        format!("http://{}{path}", self.admin)
    }

    /// Starts it and waits until it can take work.
    pub async fn start(&mut self) {
        self.launch();
        self.is_ready().await;
    }

    /// Starts it.
    pub fn launch(&mut self) {
        let mut command = self.command();
        command.arg("serve");
        self.process = Some(Process::start(self.name, command));
    }

    /// Waits until it can take work.
    ///
    /// # Panics
    /// When that takes longer than a minute.
    pub async fn is_ready(&self) {
        let ready = self.admin_url("/readyz");
        let http = testkit::http_client();
        wait_until(&format!("{} is ready", self.name), READY, async || {
            http.get(&ready)
                .send()
                .await
                .is_ok_and(|answer| answer.status().is_success())
        })
        .await;
    }

    /// Runs another command of the binary with the same settings and returns what it printed.
    ///
    /// # Panics
    /// When it fails.
    pub async fn run(&self, arguments: &[&str]) -> String {
        let output = self.try_run(arguments).await;
        let (out, err) = (
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr),
        );
        assert!(output.status.success(), "{} {arguments:?}: {out}{err}", self.name);
        out.into_owned()
    }

    /// As [`Service::run`], but the command may fail.
    pub async fn try_run(&self, arguments: &[&str]) -> Output {
        let mut command = self.command();
        command.args(arguments);
        let output = tokio::task::spawn_blocking(move || command.output())
            .await
            .expect("a blocking task");
        output.unwrap_or_else(|error| panic!("{} cannot be run: {error}", self.name))
    }

    /// `kill -9`.
    pub fn kill(&mut self) {
        self.process().kill();
        self.forget();
    }

    /// Waits until somebody else has killed it.
    ///
    /// # Panics
    /// When it lives on, or ends in another way.
    pub async fn was_killed(&mut self) {
        let status = self.process().exited(READY).await;
        assert_eq!(status.signal(), Some(9), "{} ended with {status}", self.name);
        self.forget();
    }

    /// SIGSTOP: frozen, with all its connections open.
    pub fn pause(&mut self) {
        self.process().pause();
    }

    /// SIGCONT.
    pub fn resume(&mut self) {
        self.process().resume();
    }

    /// Whether it was started and not killed or stopped since.
    pub fn is_started(&self) -> bool {
        self.process.is_some()
    }

    /// SIGTERM, and waits until it has ended in good order.
    ///
    /// # Panics
    /// When it fails or takes too long.
    pub async fn stop(&mut self) {
        let process = self.process();
        process.terminate();
        let status = process.exited(Duration::from_secs(30)).await;
        assert!(status.success(), "it stopped with {status}: {}", process.output());
        self.forget();
    }

    /// All that it has logged since it was first started.
    pub fn log(&self) -> String {
        let now = self.process.as_ref().map(Process::output).unwrap_or_default();
        format!("{}{now}", self.earlier)
    }

    /// The process has ended; what it said is kept.
    fn forget(&mut self) {
        self.earlier = self.log();
        self.process = None;
    }

    fn process(&mut self) -> &mut Process {
        self.process
            .as_mut()
            .unwrap_or_else(|| panic!("{} does not run", self.name))
    }

    fn command(&self) -> Command {
        // A test that is to be seen failing is run with the setting of a break, see shared/broken.
        let program = match (&self.release, broken::named()) {
            (Some(folder), _) => folder.join(self.name),
            (None, Some(_)) => testkit::broken_binary(self.name),
            (None, None) => testkit::binary(self.name, self.name),
        };
        let mut command = Command::new(program);
        command.envs(self.settings.iter().map(|(name, value)| (name, value)));
        command
    }
}

/// Below the range from which the kernel takes ports for connections that go out: a port that is free now stays free
/// until the service binds it, and while the service is killed.
fn free_port() -> SocketAddr {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let of_this_process = u16::try_from(std::process::id() % 90).expect("a small number") * 200 + 12_000;
    let mut candidates = std::iter::repeat_with(|| {
        let port = of_this_process + NEXT.fetch_add(1, Ordering::Relaxed) % 200;
        SocketAddr::from((Ipv4Addr::LOCALHOST, port))
    });
    candidates
        .find(|address| TcpListener::bind(address).is_ok())
        .expect("a free port")
}
