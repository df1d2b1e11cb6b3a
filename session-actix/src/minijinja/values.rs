//! `session`, as a dictionary of a template.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use minijinja::value::{Enumerator, Object, Tuple, from_args};
use minijinja::{Error, ErrorKind, State, Value};

use crate::dynamic::Dynamic;
use crate::session::Session;

/// The session's values, at the moment the page is made.
pub(super) struct SessionValues {
    values: BTreeMap<String, Value>,
    new: bool,
    permanent: bool,
}

impl SessionValues {
    /// The session's values, and over them those of the handler's struct, which has defaults too.
    pub(super) fn new(session: &Session<Dynamic>, typed: &session_core::Dynamic) -> Self {
        let of = |data: &session_core::Dynamic| -> Vec<(String, Value)> {
            data.keys().filter_map(|key| Some((key.to_owned(), value_of(data, key)?))).collect()
        };
        let values =
            of(session).into_iter().chain(of(typed)).filter(|(key, _)| key != session_core::CSRF_KEY).collect();
        Self { values, new: session.is_new(), permanent: session.permanent() }
    }

    fn pairs(&self) -> impl Iterator<Item = Value> {
        self.values.iter().map(|(key, value)| Value::from_object(Tuple::from([Value::from(key), value.clone()])))
    }
}

fn value_of(data: &session_core::Dynamic, key: &str) -> Option<Value> {
    #[cfg(feature = "flask")]
    if let Ok(Some(markup)) = data.get::<session_core::flask::Markup>(key) {
        return Some(Value::from_safe_string(markup.to_string()));
    }
    data.get(key).ok().flatten()
}

impl Object for SessionValues {
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        let key = key.as_str()?;
        self.values.get(key).cloned().or_else(|| match key {
            "new" => Some(Value::from(self.new)),
            "permanent" => Some(Value::from(self.permanent)),
            _ => None,
        })
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Values(self.values.keys().map(Value::from).collect())
    }

    fn call_method(self: &Arc<Self>, _: &mut State<'_, '_>, method: &str, args: &[Value]) -> Result<Value, Error> {
        match method {
            "get" => {
                let (key, default): (&str, Option<Value>) = from_args(args)?;
                Ok(self.values.get(key).cloned().or(default).unwrap_or_else(|| Value::from(())))
            }
            "keys" => from_args::<()>(args).map(|()| self.values.keys().map(Value::from).collect()),
            "values" => from_args::<()>(args).map(|()| self.values.values().cloned().collect()),
            "items" => from_args::<()>(args).map(|()| self.pairs().collect()),
            _ => Err(Error::from(ErrorKind::UnknownMethod)),
        }
    }
}

/// Key names only.
impl fmt::Debug for SessionValues {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("session").field(&self.values.keys().collect::<Vec<_>>()).finish()
    }
}
