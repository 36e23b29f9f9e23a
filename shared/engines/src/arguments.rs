use std::ffi::OsString;
use std::path::PathBuf;

use crate::start::EngineSpec;

/// The guard's command line, written by the parent and read by the guard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Arguments {
    pub(crate) spec: EngineSpec,
    /// Nobody's child: lives as long as somebody holds the users' lock.
    pub(crate) shared: bool,
}

impl Arguments {
    pub(crate) fn to_args(&self) -> Vec<OsString> {
        let mut args = vec!["--data-dir".into(), self.spec.data_dir.clone().into_os_string()];
        let flags = [
            (self.spec.postgres, "--postgres"),
            (self.spec.kafka, "--kafka"),
            (self.shared, "--shared"),
        ];
        args.extend(
            flags
                .into_iter()
                .filter(|(on, _)| *on)
                .map(|(_, flag)| flag.into()),
        );
        args
    }

    /// The inverse of [`Arguments::to_args`]; the error names the argument that is wrong.
    pub(crate) fn parse(args: impl IntoIterator<Item = OsString>) -> Result<Arguments, String> {
        let mut args = args.into_iter();
        let mut data_dir = None;
        let (mut postgres, mut kafka, mut shared) = (false, false, false);
        while let Some(arg) = args.next() {
            match arg.to_str() {
                Some("--data-dir") => data_dir = args.next().map(PathBuf::from),
                Some("--postgres") => postgres = true,
                Some("--kafka") => kafka = true,
                Some("--shared") => shared = true,
                _ => return Err(format!("engine-guard does not know the argument {arg:?}")),
            }
        }
        let data_dir = data_dir.ok_or("engine-guard needs --data-dir")?;
        Ok(Arguments {
            spec: EngineSpec {
                data_dir,
                postgres,
                kafka,
            },
            shared,
        })
    }
}
