#[automatically_derived]
#[allow(deprecated, unused_qualifications)]
impl ::session_actix::SessionData for Visitor {
    const FIELDS: &'static [::session_actix::Field] = &[
        ::session_actix::Field::value("name"),
    ];
    fn decode_fields(__fields: &::session_actix::Fields<'_>) -> Self {
        Self {
            name: ::session_actix::FieldValue::read(__fields, "name").unwrap_or_default(),
        }
    }
    fn encode_fields(&self, __values: &mut ::session_actix::Values) {
        ::session_actix::FieldValue::write(&self.name, __values, "name");
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
