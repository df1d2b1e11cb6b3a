//! `session keygen`.

use std::error::Error;
use std::fmt::Write as _;
use std::process::ExitCode;

use clap::Args;
use zeroize::Zeroizing;

/// Print a new key, for the environment variable SECRET_KEY.
///
/// It is random, in hexadecimal digits: as good a key here as in Flask.
#[derive(Args)]
#[command(after_help = "Example:\n  export SECRET_KEY=$(session keygen)")]
pub(crate) struct Keygen {
    /// How many random bytes it has, two digits each.
    #[arg(long, default_value_t = 32, value_parser = clap::value_parser!(u16).range(32..=1024))]
    bytes: u16,
}

impl Keygen {
    pub(crate) fn run(&self) -> Result<ExitCode, Box<dyn Error>> {
        let mut bytes = Zeroizing::new(vec![0; self.bytes.into()]);
        getrandom::fill(&mut bytes)?;
        let mut digits = Zeroizing::new(String::with_capacity(2 * bytes.len()));
        for byte in bytes.iter() {
            write!(digits, "{byte:02x}")?;
        }
        println!("{}", *digits);
        Ok(ExitCode::SUCCESS)
    }
}
