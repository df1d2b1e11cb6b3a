#[automatically_derived]
#[allow(deprecated, unused_qualifications)]
impl ::session_actix::SessionData for Nothing {
    const FIELDS: &'static [::session_actix::Field] = &[];
    fn decode_fields(__fields: &::session_actix::Fields<'_>) -> Self {
        Self {}
    }
    fn encode_fields(&self, __values: &mut ::session_actix::Values) {}
}
const _: () = {
    #[allow(unused_imports)]
    use ::session_actix::probe::SessionMethods as _;
    #[allow(dead_code, deprecated)]
    fn __probe() {
        ::session_actix::probe::check(Nothing::clear);
        ::session_actix::probe::check(Nothing::is_new);
        ::session_actix::probe::check(Nothing::lifetime);
        ::session_actix::probe::check(Nothing::permanent);
        ::session_actix::probe::check(Nothing::purge);
        ::session_actix::probe::check(Nothing::renew);
        ::session_actix::probe::check(Nothing::session_id);
        ::session_actix::probe::check(Nothing::set_lifetime);
        ::session_actix::probe::check(Nothing::set_permanent);
    }
};
