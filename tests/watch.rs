//! Watches the log of the whole test run for secrets: cookies, keys, tokens and values of fields.
//!
//! Every cookie that a test sees and every key that it makes is remembered here, with the values that the cookie
//! holds; every line that is logged at any level is kept. Whichever comes second finds the other.

use std::collections::BTreeSet;
use std::sync::{Mutex, Once};

use serde_json::Value;

/// Shorter values, such as `other`, stand in lines that have nothing to do with them. What tests store is longer.
const SHORTEST_VALUE: usize = 8;

#[derive(Default)]
struct Watch {
    lines: Vec<String>,
    secrets: BTreeSet<String>,
}

static WATCH: Mutex<Option<Watch>> = Mutex::new(None);

/// Starts watching. Every test that makes a key does.
pub fn begin() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let subscriber = tracing_subscriber::fmt()
            .with_ansi(false)
            .with_max_level(tracing::Level::TRACE)
            .with_writer(|| Writer)
            .finish();
        tracing::subscriber::set_global_default(subscriber).unwrap();
    });
}

pub fn add_lines(text: &str) {
    with(|watch| {
        // What other crates log at their lowest level is their own.
        for line in text.lines().filter(|line| line.contains(" session_") || line.contains(" integration::")) {
            for secret in &watch.secrets {
                assert_secret(line, secret);
            }
            watch.lines.push(line.to_owned());
        }
    });
}

pub fn keep_secret(secret: &str) {
    with(|watch| {
        for line in &watch.lines {
            assert_secret(line, secret);
        }
        watch.secrets.insert(secret.to_owned());
    });
}

/// A cookie's value, its parts, and the values of the fields in it.
pub fn keep_secret_cookie(value: &str) {
    for part in value.split('.').chain([value]).filter(|part| part.len() > 8) {
        keep_secret(part);
    }
    if let Some(payload) = crate::tampering::payload(value) {
        keep_values(&serde_json::from_str(&payload).unwrap_or(Value::Null));
    }
}

fn keep_values(value: &Value) {
    match value {
        Value::String(text) if text.len() >= SHORTEST_VALUE => keep_secret(text),
        Value::Array(values) => values.iter().for_each(keep_values),
        Value::Object(fields) => {
            for (key, value) in fields {
                match value {
                    // A message's category, such as `error`, is a word of the log too. Its text is not.
                    Value::Array(messages) if key == "_flashes" => {
                        messages.iter().filter_map(|message| message.get(1)).for_each(keep_values);
                    }
                    _ => keep_values(value),
                }
            }
        }
        _ => {}
    }
}

fn assert_secret(line: &str, secret: &str) {
    assert!(!line.contains(secret), "the log tells {secret:?}: {line}");
}

fn with(change: impl FnOnce(&mut Watch)) {
    // A test that failed while it watched must not hide what others find.
    let mut watch = WATCH.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    change(watch.get_or_insert_with(Watch::default));
}

struct Writer;

impl std::io::Write for Writer {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        add_lines(&String::from_utf8_lossy(bytes));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_secret_in_the_log_is_found_whichever_comes_first() {
    let found = |run: fn()| std::panic::catch_unwind(run).is_err();
    assert!(found(|| {
        keep_secret("swordfish-1");
        add_lines("INFO session_core: the password is swordfish-1");
    }));
    assert!(found(|| {
        add_lines("INFO session_core: the password is swordfish-2");
        keep_secret("swordfish-2");
    }));
    assert!(found(|| {
        begin();
        keep_secret("swordfish-3");
        tracing::trace!("the password is swordfish-3");
    }));
}
