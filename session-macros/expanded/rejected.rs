::core::compile_error! {
    "unknown attribute; did you mean `counter`?"
}
#[automatically_derived]
impl ::session_actix::SessionData for Visitor {
    const FIELDS: &'static [::session_actix::Field] = &[];
    fn decode_fields(_: &::session_actix::Fields<'_>) -> Self {
        ::core::unreachable!()
    }
    fn encode_fields(&self, _: &mut ::session_actix::Values) {}
}
#[automatically_derived]
#[allow(deprecated, unused_qualifications)]
impl ::session_actix::Login for Visitor {
    type Id = u64;
    const REDIRECT: ::core::option::Option<&'static ::core::primitive::str> = ::core::option::Option::None;
    fn login_id(&self) -> ::core::option::Option<&u64> {
        ::core::unreachable!()
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
    /// The session's `user`.
    #[must_use]
    fn user(&self) -> ::core::option::Option<u64> {
        ::core::unreachable!()
    }
    /// Sets `user`.
    fn set_user(&mut self, value: u64) {
        ::core::unreachable!()
    }
    /// Removes `user` from the session.
    fn clear_user(&mut self) {
        ::core::unreachable!()
    }
    /// Removes `user` from the session and returns it.
    fn take_user(&mut self) -> ::core::option::Option<u64> {
        ::core::unreachable!()
    }
    /// The session's `visits`.
    #[must_use]
    fn visits(&self) -> u32 {
        ::core::unreachable!()
    }
    /// Sets `visits`.
    fn set_visits(&mut self, value: u32) {
        ::core::unreachable!()
    }
    /// Adds to `visits`, stopping at the bounds of its type. Requests that count at once both count.
    fn increment_visits(&mut self, by: u32) {
        ::core::unreachable!()
    }
}
