#[automatically_derived]
#[allow(deprecated, unused_qualifications)]
impl my::sessions::SessionData for Visitor {
    const FIELDS: &'static [my::sessions::Field] = &[
        my::sessions::Field::value("lastSeen").aliases(&["old", "older"]),
        my::sessions::Field::value("r"),
        my::sessions::Field::value("numbers"),
        my::sessions::Field::value("odd"),
        my::sessions::Field::value("level").privileged(),
        my::sessions::Field::value("user").owner(),
        my::sessions::Field::value("card").secret(),
    ];
    const SCOPE: &'static str = "admin";
    fn decode_fields(__fields: &my::sessions::Fields<'_>) -> Self {
        Self {
            last_seen: my::sessions::FieldValue::read(__fields, "lastSeen")
                .unwrap_or_default(),
            role: my::sessions::FieldValue::read(__fields, "r").unwrap_or_default(),
            numbers: my::sessions::FieldValue::read(__fields, "numbers")
                .unwrap_or_else(|| vec![1]),
            odd: __fields
                .get_with("odd", |__json| module::deserialize(__json))
                .unwrap_or_default(),
            scratch: ::core::default::Default::default(),
            level: my::sessions::FieldValue::read(__fields, "level").unwrap_or_default(),
            user: my::sessions::FieldValue::read(__fields, "user").unwrap_or_default(),
            card: my::sessions::FieldValue::read(__fields, "card").unwrap_or_default(),
        }
    }
    fn encode_fields(&self, __values: &mut my::sessions::Values) {
        my::sessions::FieldValue::write(&self.last_seen, __values, "lastSeen");
        my::sessions::FieldValue::write(&self.role, __values, "r");
        my::sessions::FieldValue::write(&self.numbers, __values, "numbers");
        __values.put_with("odd", |__json| module::serialize(&self.odd, __json));
        my::sessions::FieldValue::write(&self.level, __values, "level");
        my::sessions::FieldValue::write(&self.user, __values, "user");
        my::sessions::FieldValue::write(&self.card, __values, "card");
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
    /// The session's `last_seen`.
    #[must_use]
    pub(crate) fn last_seen(&self) -> u64 {
        self.last_seen
    }
    /// Sets `last_seen`.
    pub(crate) fn set_last_seen(&mut self, value: u64) {
        self.last_seen = value;
    }
    /// The session's `role`.
    #[must_use]
    pub(crate) fn role(&self) -> ::core::option::Option<&str> {
        ::core::option::Option::as_deref(&self.role)
    }
    /// Sets `role`.
    pub(crate) fn set_role(
        &mut self,
        value: impl ::core::convert::Into<::std::string::String>,
    ) {
        self.role = ::core::option::Option::Some(::core::convert::Into::into(value));
    }
    /// Removes `role` from the session.
    pub(crate) fn clear_role(&mut self) {
        self.role = ::core::option::Option::None;
    }
    /// Removes `role` from the session and returns it.
    pub(crate) fn take_role(&mut self) -> ::core::option::Option<::std::string::String> {
        ::core::option::Option::take(&mut self.role)
    }
    /// The session's `numbers`.
    #[must_use]
    pub(crate) fn numbers(&self) -> &[u8] {
        &self.numbers
    }
    /// Sets `numbers`.
    pub(crate) fn set_numbers(&mut self, value: Vec<u8>) {
        self.numbers = value;
    }
    /// The session's `numbers`, to be changed in place.
    pub(crate) fn numbers_mut(&mut self) -> &mut Vec<u8> {
        &mut self.numbers
    }
    /// The session's `odd`.
    #[must_use]
    pub(crate) fn odd(&self) -> &Odd {
        &self.odd
    }
    /// Sets `odd`.
    pub(crate) fn set_odd(&mut self, value: Odd) {
        self.odd = value;
    }
    /// The session's `odd`, to be changed in place.
    pub(crate) fn odd_mut(&mut self) -> &mut Odd {
        &mut self.odd
    }
    /// The session's `level`.
    #[must_use]
    pub(crate) fn level(&self) -> u8 {
        self.level
    }
    /// Sets `level`.
    pub(crate) fn set_level(&mut self, value: u8) {
        self.level = value;
    }
    /// The session's `user`.
    #[must_use]
    pub(crate) fn user(&self) -> ::core::option::Option<u64> {
        self.user
    }
    /// Sets `user`.
    pub(crate) fn set_user(&mut self, value: u64) {
        self.user = ::core::option::Option::Some(value);
    }
    /// Removes `user` from the session.
    pub(crate) fn clear_user(&mut self) {
        self.user = ::core::option::Option::None;
    }
    /// Removes `user` from the session and returns it.
    pub(crate) fn take_user(&mut self) -> ::core::option::Option<u64> {
        ::core::option::Option::take(&mut self.user)
    }
}
const _: () = {
    #[allow(unused_imports)]
    use my::sessions::probe::SessionMethods as _;
    #[allow(dead_code, deprecated)]
    fn __probe() {
        my::sessions::probe::check(Visitor::clear);
        my::sessions::probe::check(Visitor::is_new);
        my::sessions::probe::check(Visitor::lifetime);
        my::sessions::probe::check(Visitor::permanent);
        my::sessions::probe::check(Visitor::purge);
        my::sessions::probe::check(Visitor::renew);
        my::sessions::probe::check(Visitor::session_id);
        my::sessions::probe::check(Visitor::set_lifetime);
        my::sessions::probe::check(Visitor::set_permanent);
    }
};
