//! Programs beside the test.

use std::process::Command;
use std::time::Duration;

use testkit::Process;

const SOON: Duration = Duration::from_secs(10);

fn shell(script: &str) -> Process {
    let mut command = Command::new("sh");
    command.args(["-c", script]);
    Process::start("the script", command)
}

#[tokio::test]
async fn what_a_program_prints_on_either_stream_is_kept() {
    let mut program = shell("echo out; echo err >&2; exit 3");
    program.wait_for_output("out", SOON).await;
    program.wait_for_output("err", SOON).await;
    assert_eq!(program.exited(SOON).await.code(), Some(3));
}

#[tokio::test]
async fn sigterm_lets_a_program_clean_up_and_sigkill_does_not() {
    let script = "trap 'echo cleaned; exit 0' TERM; echo ready; while :; do read -t 1 x < /dev/zero; done";
    let mut polite = shell(&script.replace("read -t 1 x < /dev/zero", ":"));
    polite.wait_for_output("ready", SOON).await;
    polite.terminate();
    assert!(polite.exited(SOON).await.success());
    polite.wait_for_output("cleaned", SOON).await;

    let mut killed = shell("echo ready; while :; do :; done");
    killed.wait_for_output("ready", SOON).await;
    killed.kill();
    assert!(!killed.output().contains("cleaned"));
}

#[tokio::test]
async fn a_paused_program_says_nothing_until_it_is_resumed() {
    let program = shell("while :; do echo tick; done");
    program.wait_for_output("tick", SOON).await;
    program.pause();
    program.resume();
    let before = program.output().len();
    testkit::wait_until("it goes on", SOON, async || program.output().len() > before).await;
}
