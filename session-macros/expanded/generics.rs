#[automatically_derived]
#[allow(deprecated, unused_qualifications)]
impl<T: Clone, const N: usize> ::session_actix::SessionData for Visitor<T, N>
where
    T: Send,
    T: 'static,
    Option<T>: ::session_actix::FieldValue,
    Option<T>: ::core::default::Default,
    Vec<T>: ::session_actix::FieldValue,
    Vec<T>: ::core::default::Default,
    [u8; N]: ::session_actix::FieldValue,
    [u8; N]: ::core::default::Default,
{
    const FIELDS: &'static [::session_actix::Field] = &[
        ::session_actix::Field::value("user").login(),
        ::session_actix::Field::value("list"),
        ::session_actix::Field::value("array"),
        ::session_actix::Field::value("plain"),
    ];
    fn decode_fields(__fields: &::session_actix::Fields<'_>) -> Self {
        Self {
            list: ::session_actix::FieldValue::read(__fields, "list")
                .unwrap_or_default(),
            array: ::session_actix::FieldValue::read(__fields, "array")
                .unwrap_or_default(),
            plain: ::session_actix::FieldValue::read(__fields, "plain")
                .unwrap_or_default(),
            user: ::session_actix::FieldValue::read_login(__fields, "user")
                .unwrap_or_default(),
        }
    }
    fn encode_fields(&self, __values: &mut ::session_actix::Values) {
        ::session_actix::FieldValue::write(&self.user, __values, "user");
        ::session_actix::FieldValue::write(&self.list, __values, "list");
        ::session_actix::FieldValue::write(&self.array, __values, "array");
        ::session_actix::FieldValue::write(&self.plain, __values, "plain");
    }
    fn encode_login(&self, __values: &mut ::session_actix::Values) {
        ::session_actix::FieldValue::write(&self.user, __values, "user");
    }
}
#[automatically_derived]
#[allow(deprecated, unused_qualifications)]
impl<T: Clone, const N: usize> ::session_actix::Login for Visitor<T, N>
where
    T: Send,
    T: 'static,
    Option<T>: ::session_actix::FieldValue,
    Option<T>: ::core::default::Default,
    Vec<T>: ::session_actix::FieldValue,
    Vec<T>: ::core::default::Default,
    [u8; N]: ::session_actix::FieldValue,
    [u8; N]: ::core::default::Default,
    T: ::std::borrow::ToOwned,
{
    type Id = T;
    const REDIRECT: ::core::option::Option<&'static ::core::primitive::str> = ::core::option::Option::None;
    fn login_id(&self) -> ::core::option::Option<&T> {
        <Option<T> as ::session_actix::Optional>::as_option(&self.user)
            .filter(|_| ::session_actix::is_somebody(self))
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
impl<T: Clone, const N: usize> Visitor<T, N>
where
    T: Send,
{
    /// The session's `user`.
    #[must_use]
    fn user(&self) -> ::core::option::Option<&T> {
        ::core::option::Option::as_ref(&self.user)
    }
    /// Sets `user`.
    fn set_user(&mut self, value: T) {
        self.user = ::core::option::Option::Some(value);
    }
    /// Removes `user` from the session.
    fn clear_user(&mut self) {
        self.user = ::core::option::Option::None;
    }
    /// Removes `user` from the session and returns it.
    fn take_user(&mut self) -> ::core::option::Option<T> {
        ::core::option::Option::take(&mut self.user)
    }
    /// The session's `list`.
    #[must_use]
    fn list(&self) -> &[T] {
        &self.list
    }
    /// Sets `list`.
    fn set_list(&mut self, value: Vec<T>) {
        self.list = value;
    }
    /// The session's `list`, to be changed in place.
    fn list_mut(&mut self) -> &mut Vec<T> {
        &mut self.list
    }
    /// The session's `array`.
    #[must_use]
    fn array(&self) -> &[u8; N] {
        &self.array
    }
    /// Sets `array`.
    fn set_array(&mut self, value: [u8; N]) {
        self.array = value;
    }
    /// The session's `array`, to be changed in place.
    fn array_mut(&mut self) -> &mut [u8; N] {
        &mut self.array
    }
    /// The session's `plain`.
    #[must_use]
    fn plain(&self) -> u8 {
        self.plain
    }
    /// Sets `plain`.
    fn set_plain(&mut self, value: u8) {
        self.plain = value;
    }
}
