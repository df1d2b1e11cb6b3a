//! `session inspect`.

use std::error::Error;
use std::fmt::Write as _;
use std::process::ExitCode;
use std::time::{SystemTime, UNIX_EPOCH};

use clap::Args;
use session_core::Inspection;
use time::OffsetDateTime;

use crate::cookie::Cookie;
use crate::kind::{Kind, Reading, Settings};

/// Most bytes of a cookie's name and value that browsers keep.
const MOST_BYTES: usize = 4096;

/// Show what a cookie holds, its kind, age and size, and who made it.
///
/// Without a key, nothing of it is verified: anybody may have written it. The exit status is 0 where a key verified it (or no key was
/// given), and 1 where none did.
#[derive(Args)]
#[command(after_help = "Examples:\n  \
    session inspect '__Host-session=eyJ1c2VybmFtZSI6IkFkYSJ9.aQ...'\n  \
    SECRET_KEY=... session inspect --quiet \"$COOKIE\" && echo genuine\n  \
    pbpaste | session inspect -")]
pub(crate) struct Inspect {
    /// The cookie: its value, `name=value`, or a whole `Cookie` or `Set-Cookie` header. `-` reads it from the standard input.
    cookie: String,
    /// A key of the application, as in SECRET_KEY. May be given several times: fallback keys verify too.
    #[arg(long, env = "SECRET_KEY", hide_env_values = true)]
    key: Vec<String>,
    /// The cookie's whole name, prefix included, where the header has several sessions or the value comes alone.
    #[arg(long)]
    name: Option<String>,
    #[command(flatten)]
    settings: Settings,
    /// Print one JSON object.
    #[arg(long, conflicts_with = "quiet")]
    json: bool,
    /// Print nothing: the exit status says whether a key verified it, whatever its age.
    #[arg(long, short, requires = "key")]
    quiet: bool,
}

/// Whether one of the keys made the cookie.
enum Verdict {
    NotAsked,
    /// By which of the keys, from 1.
    Genuine(usize, Reading),
    Foreign,
}

impl Inspect {
    pub(crate) fn run(&self) -> Result<ExitCode, Box<dyn Error>> {
        let cookie = Cookie::find(&self.cookie, self.name.as_deref(), &self.settings.default_name()?)?;
        let shape =
            Inspection::of(&cookie.value).ok_or("this is no cookie of a session: nothing in it has its shape")?;
        let (verdict, inspection) = self.verify(&cookie, shape)?;
        if self.json {
            println!("{}", escaped(&json(&cookie, &inspection, &verdict).to_string()));
        } else if !self.quiet {
            print(&cookie, &inspection, &verdict);
        }
        Ok(if matches!(verdict, Verdict::Foreign) { ExitCode::FAILURE } else { ExitCode::SUCCESS })
    }

    fn verify(&self, cookie: &Cookie, shape: Inspection) -> Result<(Verdict, Inspection), Box<dyn Error>> {
        if self.key.is_empty() {
            return Ok((Verdict::NotAsked, shape));
        }
        let kind = Kind::named(shape.kind()).ok_or("this kind of cookie is not known")?;
        for (number, key) in (1..).zip(&self.key) {
            // Flask takes its key as it is written.
            let readings = if kind == Kind::Flask { &[Reading::Text][..] } else { &[Reading::Text, Reading::Hex] };
            for reading in readings.iter().copied() {
                let engine = match (self.settings.engine(kind, Some(&cookie.name), key, reading), reading) {
                    (Ok(engine), _) => engine,
                    // Few keys are digits that are long enough to be one.
                    (Err(_), Reading::Hex) => continue,
                    (Err(error), Reading::Text) => return Err(error),
                };
                if let Some(inspection) = engine.inspect(&cookie.value) {
                    return Ok((Verdict::Genuine(number, reading), inspection));
                }
            }
        }
        Ok((Verdict::Foreign, shape))
    }
}

fn print(cookie: &Cookie, inspection: &Inspection, verdict: &Verdict) {
    let row = |name: &str, text: &str| println!("{name:<9} {text}");
    row("cookie", &visible(&cookie.name));
    row("kind", &format!("{}{}", inspection.kind(), explanation(inspection.kind())));
    if let Some(issued) = inspection.issued() {
        row("made", &format!("{}, {}", date(issued), age(issued)));
    }
    row("size", &format!("{} of {MOST_BYTES} bytes", cookie.name.len() + cookie.value.len()));
    row(
        "verified",
        &match verdict {
            Verdict::NotAsked => "not asked for: give its key with --key or in SECRET_KEY".to_owned(),
            Verdict::Genuine(1, Reading::Text) => "yes".to_owned(),
            Verdict::Genuine(number, Reading::Text) => format!("yes, by key {number}"),
            Verdict::Genuine(number, Reading::Hex) => {
                format!("yes, by key {number}, as `Key::from_hex` reads it")
            }
            Verdict::Foreign => {
                format!(
                    "NO: no key that was given made it, for a cookie called {} (and this scope)",
                    visible(&cookie.name)
                )
            }
        },
    );
    if let Some(id) = inspection.session_id() {
        row("session", &format!("{id}, in the store"));
    }
    let width = inspection.values().map(|(key, _)| key.chars().count()).max().unwrap_or_default();
    for (number, (key, value)) in inspection.values().enumerate() {
        let bytes = value.len();
        let (key, value) = (visible(key), visible(value));
        row(if number == 0 { "holds" } else { "" }, &format!("{key:<width$} {bytes:>5} bytes  {value}"));
    }
}

/// A text of a stranger's, which must not command the terminal: control characters, and those that turn its direction, as their
/// escapes.
fn visible(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut shown, letter| {
        if is_command(letter) {
            shown.extend(letter.escape_unicode());
        } else {
            shown.push(letter);
        }
        shown
    })
}

/// JSON in which the same characters are JSON's escapes. It has them in its texts alone, and all of them are of one UTF-16 unit.
fn escaped(json: &str) -> String {
    json.chars().fold(String::with_capacity(json.len()), |mut shown, letter| {
        if is_command(letter) {
            let _ = write!(shown, "\\u{:04x}", u32::from(letter));
        } else {
            shown.push(letter);
        }
        shown
    })
}

/// Whether a terminal may do something else with a character than show it.
fn is_command(letter: char) -> bool {
    let turns =
        matches!(letter, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    letter.is_control() || turns
}

fn explanation(kind: &str) -> &'static str {
    match kind {
        "signed" => ", which its owner can read but not change",
        "encrypted" => ", which its owner can neither read nor change",
        "stored" => ", with the session in a store",
        _ => ", as Flask's own, which its owner can read but not change",
    }
}

fn json(cookie: &Cookie, inspection: &Inspection, verdict: &Verdict) -> serde_json::Value {
    let values: serde_json::Map<_, _> = inspection
        .values()
        .map(|(key, text)| {
            let value = serde_json::from_str(text).unwrap_or_else(|_| serde_json::Value::from(text));
            (key.to_owned(), value)
        })
        .collect();
    serde_json::json!({
        "cookie": cookie.name,
        "kind": inspection.kind(),
        "issued": inspection.issued(),
        "bytes": cookie.name.len() + cookie.value.len(),
        "verified": match verdict {
            Verdict::NotAsked => None,
            Verdict::Genuine(..) => Some(true),
            Verdict::Foreign => Some(false),
        },
        "session": inspection.session_id().map(|id| id.to_string()),
        "values": values,
    })
}

fn date(seconds: u64) -> String {
    let date = i64::try_from(seconds).ok().and_then(|seconds| OffsetDateTime::from_unix_timestamp(seconds).ok());
    date.map_or_else(
        || format!("second {seconds} since 1970"),
        |date| {
            let (hour, minute, second) = date.to_hms();
            format!("{} {hour:02}:{minute:02}:{second:02} UTC", date.date())
        },
    )
}

fn age(issued: u64) -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    let (seconds, tense) = if issued > now { (issued - now, "ahead of this clock") } else { (now - issued, "ago") };
    let (count, unit) = match seconds {
        0..60 => (seconds, "second"),
        60..3600 => (seconds / 60, "minute"),
        3600..86_400 => (seconds / 3600, "hour"),
        _ => (seconds / 86_400, "day"),
    };
    format!("{count} {unit}{} {tense}", if count == 1 { "" } else { "s" })
}
