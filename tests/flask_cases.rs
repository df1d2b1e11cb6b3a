//! The golden cases that were made with the real Flask, and its values as Rust has them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use serde::{Serialize, Serializer};
use serde_json::Value;
use session_actix::flask::{Bytes, DateTime, Digest, KeyDerivation, Markup, Tuple, Uuid, time, uuid};
use session_actix::testing::ManualClock;
use session_actix::{Dynamic, Field, Fields, SessionData, SessionMiddleware, Values};

static CASES: LazyLock<Value> = LazyLock::new(|| {
    // 422 cases; `meta` in the file explains their fields.
    serde_json::from_str(include_str!("flask/vectors.json")).unwrap()
});

/// The cases of a kind.
pub fn of_kind(kind: &str) -> Vec<&'static Value> {
    let cases: Vec<_> = CASES["cases"].as_array().unwrap().iter().filter(|case| case["kind"] == kind).collect();
    assert!(!cases.is_empty(), "{kind}");
    cases
}

/// How many cases there are.
pub fn count() -> usize {
    CASES["cases"].as_array().unwrap().len()
}

pub fn text<'a>(case: &'a Value, key: &str) -> &'a str {
    case[key].as_str().unwrap_or_else(|| panic!("{key} of {}", case["name"]))
}

/// The secret's bytes, and those of the fallbacks.
pub fn secrets(case: &Value) -> (Vec<u8>, Vec<Vec<u8>>) {
    let bytes = |value: &Value| unhex(value.as_str().unwrap());
    let fallbacks = case["fallbacks_hex"].as_array().map_or_else(Vec::new, |all| all.iter().map(bytes).collect());
    (bytes(&case["secret_key_hex"]), fallbacks)
}

pub fn digest(case: &Value) -> Digest {
    match text(case, "digest") {
        "sha1" => Digest::Sha1,
        "sha256" => Digest::Sha256,
        "sha512" => Digest::Sha512,
        other => panic!("{other}"),
    }
}

pub fn derivation(case: &Value) -> KeyDerivation {
    match text(case, "key_derivation") {
        "hmac" => KeyDerivation::Hmac,
        "concat" => KeyDerivation::Concat,
        "django-concat" => KeyDerivation::DjangoConcat,
        "none" => KeyDerivation::None,
        other => panic!("{other}"),
    }
}

/// The middleware with the secrets, the signing and the time of a case.
pub fn sessions(case: &Value, now: u64) -> SessionMiddleware {
    let (secret, fallbacks) = secrets(case);
    let lifetime = case["max_age"].as_u64().filter(|seconds| *seconds > 0).unwrap_or(31 * 86_400);
    SessionMiddleware::flask(secret)
        .fallbacks(fallbacks)
        .allow_weak_secret()
        .salt(text(case, "salt"))
        .digest(digest(case))
        .key_derivation(derivation(case))
        .lifetime(std::time::Duration::from_secs(lifetime))
        .clock(ManualClock::at(now))
        .build()
        .unwrap()
}

/// The fields of a session by any name, reserved ones included: what a Flask view may write.
#[derive(Default)]
pub struct Anything(pub Vec<(String, Typed)>);

impl SessionData for Anything {
    const FIELDS: &'static [Field] = &[];

    fn decode_fields(_: &Fields<'_>) -> Self {
        Self::default()
    }

    fn encode_fields(&self, values: &mut Values) {
        for (key, value) in &self.0 {
            values.put(key, value);
        }
    }
}

/// A value in the notation of the cases, which is written with our types for Python's.
#[derive(Clone, Debug)]
pub struct Typed(pub Value);

impl Typed {
    fn kind(&self) -> &str {
        self.0[0].as_str().unwrap()
    }

    /// The fields of a dict, where all keys are texts.
    pub fn fields(&self) -> Option<Vec<(String, Self)>> {
        let field = |field: &Value| Some((field[0].as_str()?.to_owned(), Self(field[1].clone())));
        (self.kind() == "dict").then(|| self.0[1].as_array().unwrap().iter().map(field).collect::<Option<_>>())?
    }

    pub fn elements(&self) -> Vec<Self> {
        self.0[1].as_array().unwrap().iter().cloned().map(Self).collect()
    }

    /// Whether a Rust program has such a value. `None` is left out, as everywhere in a session: see `nulls_are_removed`.
    pub fn is_rusts(&self) -> bool {
        match self.kind() {
            // Half of a surrogate pair, and what Flask's JSON makes something else of.
            "str16" | "unsupported" => false,
            "int" => self.0[1].as_str().unwrap().parse::<i128>().is_ok(),
            "list" | "tuple" => self.elements().iter().all(Self::is_rusts),
            "dict" => self.fields().is_some_and(|fields| fields.iter().all(|(_, value)| value.is_rusts())),
            _ => true,
        }
    }

    pub fn is_null(&self) -> bool {
        self.kind() == "null"
    }
}

impl Serialize for Typed {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let content = &self.0[1];
        let text = || content.as_str().unwrap();
        match self.kind() {
            "null" => serializer.serialize_none(),
            "bool" => content.as_bool().unwrap().serialize(serializer),
            "int" => text().parse::<i128>().unwrap().serialize(serializer),
            "float" => text().parse::<f64>().unwrap().serialize(serializer),
            "str" => text().serialize(serializer),
            "list" => self.elements().serialize(serializer),
            "tuple" => Tuple(self.elements()).serialize(serializer),
            "dict" => serializer.collect_map(self.fields().unwrap()),
            "bytes" => Bytes(unhex(text())).serialize(serializer),
            "markup" => Markup(text().into()).serialize(serializer),
            "uuid" => Uuid(uuid::Uuid::parse_str(text()).unwrap()).serialize(serializer),
            "datetime" => {
                let time = time::OffsetDateTime::from_unix_timestamp(content.as_i64().unwrap()).unwrap();
                DateTime(time).serialize(serializer)
            }
            other => panic!("{other}"),
        }
    }
}

/// The fields of a JSON object as they stand in its text, keys in quotes.
pub fn top_level(json: &str) -> Vec<(&str, &str)> {
    let mut fields = Vec::new();
    let (mut depth, mut quoted, mut escaped, mut start, mut colon) = (0, false, false, 1, None);
    for (at, byte) in json.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            _ if quoted => {}
            b'{' | b'[' => depth += 1,
            b':' if depth == 1 && colon.is_none() => colon = Some(at),
            b',' | b'}' if depth == 1 => {
                if let Some(colon) = colon.take() {
                    fields.push((&json[start..colon], &json[colon + 1..at]));
                }
                start = at + 1;
                depth -= i32::from(byte == b'}');
            }
            b'}' | b']' => depth -= 1,
            _ => {}
        }
    }
    fields
}

pub fn unhex(text: &str) -> Vec<u8> {
    text.as_bytes().chunks(2).map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap()).collect()
}

/// The payload of a cookie, inflated by another library than ours.
pub fn inflated(cookie: &str) -> String {
    let payload = cookie.rsplitn(3, '.').nth(2).unwrap();
    let bytes = base64url(payload.trim_start_matches('.'));
    let json = if payload.starts_with('.') {
        let mut json = Vec::new();
        std::io::copy(&mut flate2::read::ZlibDecoder::new(bytes.as_slice()), &mut json).unwrap();
        json
    } else {
        bytes
    };
    String::from_utf8(json).unwrap()
}

fn base64url(text: &str) -> Vec<u8> {
    use base64::Engine as _;

    base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(text).unwrap()
}

/// Whether a session has the values of a case, as far as Rust has types for them.
pub fn holds(session: &Dynamic, expected: &Typed) -> bool {
    // Roots that are lists of pairs, and cases too big to be written out.
    let Some(fields) = Some(expected).filter(|expected| expected.0.is_array()).and_then(Typed::fields) else {
        return true;
    };
    fields.iter().filter(|(key, _)| !["_permanent", "_flashes"].contains(&key.as_str())).all(|(key, value)| {
        let content = &value.0[1];
        let text = || content.as_str().unwrap();
        match value.0[0].as_str().unwrap() {
            "null" => session.raw(key).is_some(),
            "bool" => session.get::<bool>(key).unwrap() == content.as_bool(),
            "int" => {
                text().parse::<i128>().is_ok_and(|number| session.get(key).unwrap() == Some(number)) || {
                    session.raw(key) == Some(text())
                }
            }
            "float" => {
                let number: f64 = text().parse().unwrap();
                session.get::<f64>(key).unwrap().is_some_and(|found| found.to_bits() == number.to_bits())
            }
            "str" => session.get::<String>(key).unwrap().as_deref() == content.as_str(),
            // Half of a surrogate pair is no text of Rust's.
            "str16" => session.get::<String>(key).unwrap_err().is_decode(),
            "list" => session.get::<Vec<Ignored>>(key).unwrap().unwrap().len() == content.as_array().unwrap().len(),
            "tuple" => {
                let tuple: Tuple<Vec<Ignored>> = session.get(key).unwrap().unwrap();
                tuple.0.len() == content.as_array().unwrap().len()
            }
            "dict" => {
                #[allow(clippy::zero_sized_map_values, reason = "the keys of a map whose values may be anything")]
                let found: BTreeMap<String, Ignored> = session.get(key).unwrap().unwrap();
                let keys: BTreeSet<_> = value.fields().unwrap().into_iter().map(|(key, _)| key).collect();
                found.into_keys().collect::<BTreeSet<_>>() == keys
            }
            "bytes" => session.get::<Bytes>(key).unwrap() == Some(Bytes(unhex(text()))),
            "markup" => {
                let markup = session.get::<Markup>(key);
                // Markup of a list looks as Python's `repr`, which we do not write.
                markup.map_or(text().starts_with('['), |markup| markup == Some(Markup(text().into())))
            }
            "uuid" => session.get::<Uuid>(key).unwrap().unwrap().0.to_string() == text(),
            "datetime" => {
                session.get::<DateTime>(key).unwrap().unwrap().0.unix_timestamp() == content.as_i64().unwrap()
            }
            other => panic!("{other}"),
        }
    })
}

/// A value of any type.
pub type Ignored = serde::de::IgnoredAny;
