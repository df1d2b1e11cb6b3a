//! `session sign`.

use std::error::Error;
use std::fmt;
use std::future::Future;
use std::pin::pin;
use std::process::ExitCode;
use std::task::{Context, Poll, Waker};

use clap::Args;
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;
use session_core::Dynamic;

use crate::kind::{Kind, Reading, Settings};

/// Make a session's cookie from a JSON object, for tests with curl and the like.
#[derive(Args)]
#[command(after_help = "Example:\n  \
    curl -H \"Cookie: $(session sign '{\"username\": \"Ada\"}')\" http://127.0.0.1:8080/account")]
pub(crate) struct Sign {
    /// The session's values, as a JSON object. For Flask, with Flask's tags where it has some.
    json: String,
    /// The key of the application, as in SECRET_KEY.
    #[arg(long, env = "SECRET_KEY", hide_env_values = true)]
    key: String,
    /// How the application keeps its sessions. One in a store cannot be made from outside.
    #[arg(long, value_enum, default_value_t = Kind::Signed)]
    kind: Kind,
    /// The cookie's whole name, prefix included. [default: as the application's builder calls it]
    #[arg(long)]
    name: Option<String>,
    /// The key is hexadecimal digits that stand for its bytes: the application reads it with `Key::from_hex`.
    #[arg(long)]
    hex: bool,
    #[command(flatten)]
    settings: Settings,
}

impl Sign {
    pub(crate) fn run(&self) -> Result<ExitCode, Box<dyn Error>> {
        if self.kind == Kind::Stored {
            return Err("a session in a store cannot be made from outside: its store has to know it".into());
        }
        if self.hex && self.kind == Kind::Flask {
            return Err("Flask takes its key as it is written: leave out --hex".into());
        }
        let reading = if self.hex { Reading::Hex } else { Reading::Text };
        let engine = self.settings.engine(self.kind, self.name.as_deref(), &self.key, reading)?;
        let mut transaction = engine.open(std::iter::empty(), false);
        let mut view = transaction.view::<Dynamic>()?;
        for (key, json) in serde_json::from_str::<Object>(&self.json)?.0 {
            if view.contains_key(&key) {
                return Err(format!("the key {key:?} is there twice").into());
            }
            view.insert_raw(&key, json.get())?;
        }
        let session = session_core::View::into_data(view);
        transaction.close();
        println!("{}", ready(engine.cookie_for(&session))?);
        Ok(ExitCode::SUCCESS)
    }
}

/// What needs no waiting, since there is no store.
fn ready<T>(future: impl Future<Output = Result<T, session_core::Error>>) -> Result<T, Box<dyn Error>> {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(done) => Ok(done?),
        Poll::Pending => Err("this needs a store".into()),
    }
}

/// The members of a JSON object, each as it is written: a number keeps its digits, and a key that is there twice is seen.
struct Object(Vec<(String, Box<RawValue>)>);

impl<'de> Deserialize<'de> for Object {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members;

        impl<'de> Visitor<'de> for Members {
            type Value = Object;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a map")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Object, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Object(members))
            }
        }

        deserializer.deserialize_map(Members)
    }
}
