//! Messages that are shown once, on the next page (Flask's `flash` and `get_flashed_messages`).

use std::fmt;
use std::ops::Deref;

use serde::de::{Deserialize, Deserializer, EnumAccess, Error as _, VariantAccess as _, Visitor};
use serde::ser::{Serialize, Serializer};

use crate::mark;

/// The reserved key of the message queue, which every struct of a session shares, and Flask too.
pub(crate) const FLASHES_KEY: &str = "_flashes";

/// One message for the user, with a category such as `success` or `error`.
///
/// # Security
///
/// The text is data, as the application made it. A template must escape it.
///
/// # Examples
///
/// ```
/// use session_core::Flash;
///
/// let flash = Flash::new("success", "saved");
/// assert_eq!((flash.category(), flash.text(), flash.to_string().as_str()), ("success", "saved", "saved"));
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Flash {
    category: String,
    text: String,
    /// The text is HTML.
    markup: bool,
}

impl Flash {
    /// A message.
    #[must_use]
    pub fn new(category: impl Into<String>, text: impl Into<String>) -> Self {
        Self { category: category.into(), text: text.into(), markup: false }
    }

    /// A message of HTML, which Flask has as `Markup`. Other notations than Flask's keep its text alone.
    ///
    /// # Security
    ///
    /// Whoever makes one says that the HTML may be trusted.
    ///
    /// # Examples
    ///
    /// ```
    /// use session_core::Flash;
    ///
    /// let flash = Flash::markup("info", "<b>saved</b>");
    /// assert!(flash.is_markup() && !Flash::new("info", "<b>").is_markup());
    /// ```
    #[cfg(feature = "flask")]
    #[must_use]
    pub fn markup(category: impl Into<String>, html: impl Into<String>) -> Self {
        Self { markup: true, ..Self::new(category, html) }
    }

    /// Whether the text is HTML that may be trusted, as Flask's `Markup` says.
    #[cfg(feature = "flask")]
    #[must_use]
    pub fn is_markup(&self) -> bool {
        self.markup
    }

    /// What kind of message it is, often a CSS class.
    #[must_use]
    pub fn category(&self) -> &str {
        &self.category
    }

    /// What it says.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }
}

impl fmt::Debug for Flash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Flash");
        shown.field("category", &self.category).field("text", &self.text);
        if self.markup {
            shown.field("markup", &true);
        }
        shown.finish()
    }
}

/// The text alone.
impl fmt::Display for Flash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// As Flask's pair: `["success","Saved"]`.
impl Serialize for Flash {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_newtype_struct(mark::TUPLE, &(&self.category, Text(self)))
    }
}

/// The second of the pair.
struct Text<'a>(&'a Flash);

impl Serialize for Text<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Flash { text, markup, .. } = self.0;
        if *markup { serializer.serialize_newtype_struct(mark::HTML, text) } else { serializer.serialize_str(text) }
    }
}

impl<'de> Deserialize<'de> for Flash {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_newtype_struct(mark::FLASH, FlashVisitor)
    }
}

struct FlashVisitor;

impl<'de> Visitor<'de> for FlashVisitor {
    type Value = Flash;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a category and a text")
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, deserializer: D) -> Result<Flash, D::Error> {
        let (category, text): (String, String) = Deserialize::deserialize(deserializer)?;
        Ok(Flash::new(category, text))
    }

    /// From Flask's notation: see `Node::visit_flash`, which alone does this.
    fn visit_enum<A: EnumAccess<'de>>(self, access: A) -> Result<Flash, A::Error> {
        let (name, parts): (String, _) = access.variant()?;
        let (category, text, kind): (String, String, String) = parts.newtype_variant()?;
        if name == mark::FLASH {
            Ok(Flash { category, text, markup: kind == mark::HTML })
        } else {
            Err(A::Error::custom("this is no message"))
        }
    }
}

/// Messages that wait until a page takes them, in the order in which they were added.
///
/// They survive redirects, images and error pages in between. Taking them is saved with the response.
///
/// # Examples
///
/// ```
/// use session_core::{Flash, Flashes};
///
/// let mut messages = Flashes::default();
/// messages.push("error", "no");
/// messages.push("success", "saved");
/// messages.add(Flash::new("info", "what was made before"));
/// assert_eq!(messages.take_only(&["error"]).len(), 1);
/// assert_eq!(messages.take()[0].text(), "saved");
/// assert!(messages.is_empty());
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Flashes(Vec<Flash>);

impl Flashes {
    /// Adds a message at the end.
    pub fn push(&mut self, category: impl Into<String>, text: impl Into<String>) {
        self.0.push(Flash::new(category, text));
    }

    /// Adds a message that was made before.
    pub fn add(&mut self, flash: Flash) {
        self.0.push(flash);
    }

    /// Takes all messages.
    #[must_use = "the messages are removed from the session: show them"]
    pub fn take(&mut self) -> Vec<Flash> {
        std::mem::take(&mut self.0)
    }

    /// Takes the messages of some categories and leaves the others.
    #[must_use = "the messages are removed from the session: show them"]
    pub fn take_only(&mut self, categories: &[&str]) -> Vec<Flash> {
        self.0.extract_if(.., |flash| categories.contains(&flash.category())).collect()
    }
}

impl Deref for Flashes {
    type Target = [Flash];

    fn deref(&self) -> &[Flash] {
        &self.0
    }
}

impl<'a> IntoIterator for &'a Flashes {
    type Item = &'a Flash;
    type IntoIter = std::slice::Iter<'a, Flash>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}

impl Serialize for Flashes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Flashes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Vec::deserialize(deserializer).map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flashes_are_pairs_as_in_flask() {
        let mut flashes = Flashes::default();
        flashes.push("error", "No");
        flashes.push("info", "Hm");
        let json = serde_json::to_string(&flashes).unwrap();
        assert_eq!(json, r#"[["error","No"],["info","Hm"]]"#);
        assert_eq!(serde_json::from_str::<Flashes>(&json).unwrap(), flashes);
    }

    #[test]
    fn a_message_that_was_made_before_is_one_as_well() {
        let mut flashes = Flashes::default();
        flashes.push("a", "1");
        flashes.add(Flash::new("b", "2"));
        let seen: Vec<_> = (&flashes).into_iter().map(ToString::to_string).collect();
        assert_eq!(seen, ["1", "2"]);
        assert_eq!(format!("{:?}", flashes[1]), r#"Flash { category: "b", text: "2" }"#);
    }

    #[test]
    fn what_is_no_message_is_told_what_one_is() {
        let nothing = serde::de::value::UnitDeserializer::<serde_json::Error>::new();
        let error = Flash::deserialize(nothing).unwrap_err().to_string();
        assert!(error.contains("a category and a text"), "{error}");
    }

    #[cfg(feature = "flask")]
    #[test]
    fn html_is_told_from_text_and_in_flasks_notation_stays_so() {
        use crate::notation::Notation;

        let (html, text) = (Flash::markup("info", "<b>"), Flash::new("info", "<b>"));
        assert!(html.is_markup() && !text.is_markup() && html != text);
        assert!(format!("{html:?}").contains("markup: true") && !format!("{text:?}").contains("markup"));
        for flash in [html, text] {
            let mut written = Vec::new();
            assert!(Notation::Flask.write(&flash, &mut written));
            let read = Notation::Flask.read::<Flash>(std::str::from_utf8(&written).unwrap());
            assert_eq!(read.as_ref(), Some(&flash));
        }
    }

    #[test]
    fn taking_some_categories_leaves_the_others_in_order() {
        let mut flashes = Flashes::default();
        for (category, text) in [("a", "1"), ("b", "2"), ("a", "3"), ("c", "4")] {
            flashes.push(category, text);
        }
        let taken = flashes.take_only(&["a"]);
        assert_eq!(taken.iter().map(Flash::text).collect::<Vec<_>>(), ["1", "3"]);
        assert_eq!(flashes.iter().map(Flash::text).collect::<Vec<_>>(), ["2", "4"]);
    }
}
