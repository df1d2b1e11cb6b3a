#[automatically_derived]
#[allow(deprecated, unused_qualifications)]
impl ::session_actix::SessionData for Visitor {
    const FIELDS: &'static [::session_actix::Field] = &[
        ::session_actix::Field::value("user").login(),
        ::session_actix::Field::counter_between(
            "count",
            <Count as ::session_actix::Counter>::MIN,
            <Count as ::session_actix::Counter>::MAX,
        ),
        ::session_actix::Field::value("notice").once(),
    ];
    fn decode_fields(__fields: &::session_actix::Fields<'_>) -> Self {
        Self {
            count: ::session_actix::FieldValue::read(__fields, "count")
                .unwrap_or_default(),
            notice: ::session_actix::FieldValue::read(__fields, "notice")
                .unwrap_or_default(),
            user: ::session_actix::FieldValue::read_login(__fields, "user")
                .unwrap_or_default(),
        }
    }
    fn encode_fields(&self, __values: &mut ::session_actix::Values) {
        ::session_actix::FieldValue::write(&self.user, __values, "user");
        ::session_actix::FieldValue::write(&self.count, __values, "count");
        ::session_actix::FieldValue::write(&self.notice, __values, "notice");
    }
    fn encode_login(&self, __values: &mut ::session_actix::Values) {
        ::session_actix::FieldValue::write(&self.user, __values, "user");
    }
}
#[automatically_derived]
#[allow(deprecated, unused_qualifications)]
#[allow(trivial_bounds)]
impl ::session_actix::Login for Visitor
where
    Maybe: ::session_actix::Optional,
    <Maybe as ::session_actix::Optional>::Value: ::std::borrow::ToOwned,
{
    type Id = <Maybe as ::session_actix::Optional>::Value;
    const REDIRECT: ::core::option::Option<&'static ::core::primitive::str> = ::core::option::Option::None;
    fn login_id(
        &self,
    ) -> ::core::option::Option<&<Maybe as ::session_actix::Optional>::Value> {
        <Maybe as ::session_actix::Optional>::as_option(&self.user)
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
impl Visitor {
    /// The session's `user`.
    #[must_use]
    fn user(&self) -> &Maybe {
        &self.user
    }
    /// Sets `user`.
    fn set_user(&mut self, value: Maybe) {
        self.user = value;
    }
    /// The session's `user`, to be changed in place.
    fn user_mut(&mut self) -> &mut Maybe {
        &mut self.user
    }
    /// The session's `count`.
    #[must_use]
    fn count(&self) -> &Count {
        &self.count
    }
    /// Sets `count`.
    fn set_count(&mut self, value: Count) {
        self.count = value;
    }
    /// The session's `count`, to be changed in place.
    fn count_mut(&mut self) -> &mut Count {
        &mut self.count
    }
    /// Adds to `count`, stopping at the bounds of its type. Requests that count at once both count.
    fn increment_count(&mut self, by: Count) {
        self.count = <Count as ::session_actix::Counter>::count(self.count, by);
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
#[allow(trivial_bounds)]
impl Visitor
where
    Notice: ::session_actix::Optional,
{
    /// Looks at `notice` and leaves it to be shown.
    #[must_use]
    fn peek_notice(
        &self,
    ) -> ::core::option::Option<&<Notice as ::session_actix::Optional>::Value> {
        <Notice as ::session_actix::Optional>::as_option(&self.notice)
    }
    /// Sets `notice`, which stays until it is taken.
    fn flash_notice(&mut self, value: <Notice as ::session_actix::Optional>::Value) {
        self.notice = <Notice as ::session_actix::Optional>::from_option(
            ::core::option::Option::Some(value),
        );
    }
    /// Removes `notice` from the session and returns it.
    fn take_notice(
        &mut self,
    ) -> ::core::option::Option<<Notice as ::session_actix::Optional>::Value> {
        <Notice as ::session_actix::Optional>::into_option(
            ::core::mem::replace(
                &mut self.notice,
                <Notice as ::session_actix::Optional>::from_option(
                    ::core::option::Option::None,
                ),
            ),
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
