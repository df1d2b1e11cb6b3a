#[automatically_derived]
#[allow(deprecated, unused_qualifications)]
impl ::session_actix::SessionData for Visitor {
    const FIELDS: &'static [::session_actix::Field] = &[
        ::session_actix::Field::value("username").login(),
        ::session_actix::Field::counter::<u32>("visits"),
        ::session_actix::Field::value("cart"),
        ::session_actix::Field::queue("_flashes"),
    ];
    fn decode_fields(__fields: &::session_actix::Fields<'_>) -> Self {
        Self {
            visits: ::session_actix::FieldValue::read(__fields, "visits")
                .unwrap_or_default(),
            cart: ::session_actix::FieldValue::read(__fields, "cart")
                .unwrap_or_default(),
            messages: ::session_actix::FieldValue::read(__fields, "_flashes")
                .unwrap_or_default(),
            username: ::session_actix::FieldValue::read_login(__fields, "username")
                .unwrap_or_default(),
        }
    }
    fn encode_fields(&self, __values: &mut ::session_actix::Values) {
        ::session_actix::FieldValue::write(&self.username, __values, "username");
        ::session_actix::FieldValue::write(&self.visits, __values, "visits");
        ::session_actix::FieldValue::write(&self.cart, __values, "cart");
        ::session_actix::FieldValue::write(&self.messages, __values, "_flashes");
    }
    fn encode_login(&self, __values: &mut ::session_actix::Values) {
        ::session_actix::FieldValue::write(&self.username, __values, "username");
    }
}
#[automatically_derived]
#[allow(deprecated, unused_qualifications)]
impl ::session_actix::Login for Visitor {
    type Id = ::core::primitive::str;
    const REDIRECT: ::core::option::Option<&'static ::core::primitive::str> = ::core::option::Option::Some(
        "/login",
    );
    fn login_id(&self) -> ::core::option::Option<&::core::primitive::str> {
        ::core::option::Option::as_deref(&self.username).filter(|__id| !__id.is_empty())
    }
}
#[allow(
    dead_code,
    deprecated,
    non_snake_case,
    unused_qualifications,
    clippy::iter_not_returning_iterator,
    clippy::len_without_is_empty,
    rustdoc::private_intra_doc_links
)]
impl Visitor {
    /// The session's `username`.
    #[must_use]
    fn username(&self) -> ::core::option::Option<&str> {
        ::core::option::Option::as_deref(&self.username)
    }
    /// Sets `username`.
    fn set_username(
        &mut self,
        value: impl ::core::convert::Into<::std::string::String>,
    ) {
        self.username = ::core::option::Option::Some(::core::convert::Into::into(value));
    }
    /// Removes `username` from the session.
    fn clear_username(&mut self) {
        self.username = ::core::option::Option::None;
    }
    /// Removes `username` from the session and returns it.
    fn take_username(&mut self) -> ::core::option::Option<::std::string::String> {
        ::core::option::Option::take(&mut self.username)
    }
    /// The session's `visits`.
    #[must_use]
    fn visits(&self) -> u32 {
        self.visits
    }
    /// Sets `visits`.
    fn set_visits(&mut self, value: u32) {
        self.visits = value;
    }
    /// Adds to `visits`, stopping at the bounds of its type. Requests that count at once both count.
    fn increment_visits(&mut self, by: u32) {
        self.visits = <u32 as ::session_actix::Counter>::count(self.visits, by);
    }
    /// The session's `cart`.
    #[must_use]
    fn cart(&self) -> &[u64] {
        &self.cart
    }
    /// Sets `cart`.
    fn set_cart(&mut self, value: Vec<u64>) {
        self.cart = value;
    }
    /// The session's `cart`, to be changed in place.
    fn cart_mut(&mut self) -> &mut Vec<u64> {
        &mut self.cart
    }
    /// The session's `messages`.
    #[must_use]
    fn messages(&self) -> &::session_actix::Flashes {
        ::session_actix::MessageQueue::flashes(&self.messages)
    }
    /// Adds a message of the category `success`, which stays until it is taken.
    fn flash_success(
        &mut self,
        text: impl ::core::convert::Into<::std::string::String>,
    ) {
        ::session_actix::Flashes::push(
            ::session_actix::MessageQueue::flashes_mut(&mut self.messages),
            "success",
            text,
        );
    }
    /// Adds a message of the category `error`, which stays until it is taken.
    fn flash_error(&mut self, text: impl ::core::convert::Into<::std::string::String>) {
        ::session_actix::Flashes::push(
            ::session_actix::MessageQueue::flashes_mut(&mut self.messages),
            "error",
            text,
        );
    }
    /// Adds a message of any category to `messages`, which stays until it is taken.
    fn flash(
        &mut self,
        category: impl ::core::convert::Into<::std::string::String>,
        text: impl ::core::convert::Into<::std::string::String>,
    ) {
        ::session_actix::Flashes::push(
            ::session_actix::MessageQueue::flashes_mut(&mut self.messages),
            category,
            text,
        );
    }
    /// Takes the messages of `messages`, to be shown on this page.
    #[must_use]
    fn take_messages(&mut self) -> ::std::vec::Vec<::session_actix::Flash> {
        ::session_actix::Flashes::take(
            ::session_actix::MessageQueue::flashes_mut(&mut self.messages),
        )
    }
}
const _: () = {
    #[allow(unused_imports)]
    use ::session_actix::probe::SessionMethods as _;
    #[allow(dead_code, deprecated)]
    fn __probe() {
        ::session_actix::probe::check(Visitor::clear);
        ::session_actix::probe::check(Visitor::is_new);
        ::session_actix::probe::check(Visitor::lifetime);
        ::session_actix::probe::check(Visitor::permanent);
        ::session_actix::probe::check(Visitor::purge);
        ::session_actix::probe::check(Visitor::renew);
        ::session_actix::probe::check(Visitor::session_id);
        ::session_actix::probe::check(Visitor::set_lifetime);
        ::session_actix::probe::check(Visitor::set_permanent);
    }
};
