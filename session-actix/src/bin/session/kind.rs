//! The settings that a cookie's key depends on.

use std::error::Error;

use clap::{Args, ValueEnum};
use session_core::store::MemoryStore;
use session_core::{Builder, Engine, Key, KeyRing};

/// How a session travels.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Kind {
    Signed,
    Encrypted,
    Stored,
    Flask,
}

impl Kind {
    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::from_str(name, false).ok()
    }
}

/// What the application was built with.
#[derive(Args)]
pub(crate) struct Settings {
    /// The application's `.scope(..)`, where it has one.
    #[arg(long, default_value = "", hide_default_value = true)]
    scope: String,
    /// The `.salt(..)` of a Flask session, where it is not Flask's own.
    #[arg(long)]
    salt: Option<String>,
}

/// How the application reads its key.
#[derive(Clone, Copy)]
pub(crate) enum Reading {
    /// `Key::from_env` and `Key::try_from`: the text itself, byte for byte.
    Text,
    /// `Key::from_hex`: the bytes that the digits stand for.
    Hex,
}

impl Settings {
    /// The name of a session's cookie that was copied without one.
    pub(crate) fn default_name(&self) -> Result<String, Box<dyn Error>> {
        let engine: Engine = self.named(Builder::signed(Key::generate()), None).build()?;
        Ok(engine.cookie_name().to_owned())
    }

    /// The sessions of a cookie, by its whole name, or of the one that is called as the builder says.
    pub(crate) fn engine(
        &self,
        kind: Kind,
        cookie_name: Option<&str>,
        secret: &str,
        reading: Reading,
    ) -> Result<Engine, Box<dyn Error>> {
        let keys = || {
            let key = match reading {
                Reading::Text => Key::try_from(secret.as_bytes()),
                Reading::Hex => Key::from_hex(secret),
            };
            key.map(KeyRing::from)
        };
        let builder = match kind {
            Kind::Signed => Builder::signed(keys()?),
            Kind::Encrypted => Builder::encrypted(keys()?),
            Kind::Stored => Builder::stored(MemoryStore::new(), keys()?),
            // Whoever looks into a cookie does not choose its key.
            Kind::Flask => Builder::flask(secret).allow_weak_secret(),
        };
        let builder = self.named(builder, cookie_name);
        let builder = match &self.salt {
            Some(salt) => builder.salt(salt),
            None => builder,
        };
        Ok(builder.build()?)
    }

    fn named(&self, builder: Builder, cookie_name: Option<&str>) -> Builder {
        // Flask's are not secure by themselves, which a name that says so asks for. The key does not depend on it.
        let builder = builder.secure(true);
        let builder = match (cookie_name, cookie_name.and_then(|name| name.strip_prefix("__Host-"))) {
            (None, _) => builder,
            (_, Some(name)) => builder.host_prefix(true).cookie_name(name),
            (Some(name), None) => builder.host_prefix(false).cookie_name(name),
        };
        if self.scope.is_empty() { builder } else { builder.scope(&self.scope) }
    }
}
