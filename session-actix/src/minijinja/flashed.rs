//! `get_flashed_messages`, as Flask has it.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use minijinja::value::{Kwargs, Object, ObjectRepr, Tuple, from_args};
use minijinja::{Error, State, Value};
use session_core::{Flash, Flashes};

/// The messages of one page: the first call takes all of them from the session, and every call of the page shows them.
pub(super) struct Flashed {
    messages: Vec<Flash>,
    taken: AtomicBool,
}

impl Flashed {
    pub(super) fn new(messages: &Flashes) -> Self {
        Self { messages: messages.iter().cloned().collect(), taken: AtomicBool::new(false) }
    }

    pub(super) fn were_taken(&self) -> bool {
        self.taken.load(Ordering::Relaxed)
    }
}

impl Object for Flashed {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    /// `get_flashed_messages(with_categories=False, category_filter=())`.
    fn call(self: &Arc<Self>, _: &mut State<'_, '_>, args: &[Value]) -> Result<Value, Error> {
        let (with_categories, filter, named): (Option<Value>, Option<Value>, Kwargs) = from_args(args)?;
        let with_categories = with_categories.map_or_else(|| named.get("with_categories"), |value| Ok(Some(value)))?;
        let filter = filter.map_or_else(|| named.get("category_filter"), |value| Ok(Some(value)))?;
        named.assert_all_used()?;
        let with_categories = with_categories.is_some_and(|value: Value| value.is_true());
        let filter: Vec<Value> =
            filter.map(|filter: Value| filter.try_iter()).transpose()?.into_iter().flatten().collect();
        self.taken.store(true, Ordering::Relaxed);
        let wanted = |flash: &&Flash| {
            filter.is_empty() || filter.iter().any(|category| category.as_str() == Some(flash.category()))
        };
        let shown = self.messages.iter().filter(wanted).map(|flash| {
            let text = text_of(flash);
            if with_categories { Value::from_object(Tuple::from([Value::from(flash.category()), text])) } else { text }
        });
        Ok(shown.collect())
    }
}

/// A text, which the template escapes; HTML that Flask trusts stays as it is.
fn text_of(flash: &Flash) -> Value {
    #[cfg(feature = "flask")]
    if flash.is_markup() {
        return Value::from_safe_string(flash.text().to_owned());
    }
    Value::from(flash.text())
}

/// Nothing of the messages.
impl fmt::Debug for Flashed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("get_flashed_messages").finish_non_exhaustive()
    }
}
