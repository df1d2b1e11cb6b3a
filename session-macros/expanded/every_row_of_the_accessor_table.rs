#[automatically_derived]
#[allow(deprecated, unused_qualifications)]
impl ::session_actix::SessionData for Visitor {
    const FIELDS: &'static [::session_actix::Field] = &[
        ::session_actix::Field::value("number"),
        ::session_actix::Field::value("ratio"),
        ::session_actix::Field::value("flag"),
        ::session_actix::Field::value("letter"),
        ::session_actix::Field::counter::<u8>("count"),
        ::session_actix::Field::value("name"),
        ::session_actix::Field::value("age"),
        ::session_actix::Field::value("nick"),
        ::session_actix::Field::value("address"),
        ::session_actix::Field::value("list"),
        ::session_actix::Field::value("map"),
        ::session_actix::Field::value("order").once(),
        ::session_actix::Field::queue("_flashes"),
    ];
    fn decode_fields(__fields: &::session_actix::Fields<'_>) -> Self {
        Self {
            number: ::session_actix::FieldValue::read(__fields, "number")
                .unwrap_or_default(),
            ratio: ::session_actix::FieldValue::read(__fields, "ratio")
                .unwrap_or_default(),
            flag: ::session_actix::FieldValue::read(__fields, "flag")
                .unwrap_or_default(),
            letter: ::session_actix::FieldValue::read(__fields, "letter")
                .unwrap_or_default(),
            count: ::session_actix::FieldValue::read(__fields, "count")
                .unwrap_or_default(),
            name: ::session_actix::FieldValue::read(__fields, "name")
                .unwrap_or_default(),
            age: ::session_actix::FieldValue::read(__fields, "age").unwrap_or_default(),
            nick: ::session_actix::FieldValue::read(__fields, "nick")
                .unwrap_or_default(),
            address: ::session_actix::FieldValue::read(__fields, "address")
                .unwrap_or_default(),
            list: ::session_actix::FieldValue::read(__fields, "list")
                .unwrap_or_default(),
            map: ::session_actix::FieldValue::read(__fields, "map").unwrap_or_default(),
            order: ::session_actix::FieldValue::read(__fields, "order")
                .unwrap_or_default(),
            messages: ::session_actix::FieldValue::read(__fields, "_flashes")
                .unwrap_or_default(),
        }
    }
    fn encode_fields(&self, __values: &mut ::session_actix::Values) {
        ::session_actix::FieldValue::write(&self.number, __values, "number");
        ::session_actix::FieldValue::write(&self.ratio, __values, "ratio");
        ::session_actix::FieldValue::write(&self.flag, __values, "flag");
        ::session_actix::FieldValue::write(&self.letter, __values, "letter");
        ::session_actix::FieldValue::write(&self.count, __values, "count");
        ::session_actix::FieldValue::write(&self.name, __values, "name");
        ::session_actix::FieldValue::write(&self.age, __values, "age");
        ::session_actix::FieldValue::write(&self.nick, __values, "nick");
        ::session_actix::FieldValue::write(&self.address, __values, "address");
        ::session_actix::FieldValue::write(&self.list, __values, "list");
        ::session_actix::FieldValue::write(&self.map, __values, "map");
        ::session_actix::FieldValue::write(&self.order, __values, "order");
        ::session_actix::FieldValue::write(&self.messages, __values, "_flashes");
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
    /// Documented.
    #[must_use]
    pub fn number(&self) -> i64 {
        self.number
    }
    /// Sets `number`.
    pub fn set_number(&mut self, value: i64) {
        self.number = value;
    }
    /// The session's `ratio`.
    #[must_use]
    pub fn ratio(&self) -> f64 {
        self.ratio
    }
    /// Sets `ratio`.
    pub fn set_ratio(&mut self, value: f64) {
        self.ratio = value;
    }
    /// The session's `flag`.
    #[must_use]
    pub fn flag(&self) -> bool {
        self.flag
    }
    /// Sets `flag`.
    pub fn set_flag(&mut self, value: bool) {
        self.flag = value;
    }
    /// The session's `letter`.
    #[must_use]
    pub fn letter(&self) -> char {
        self.letter
    }
    /// Sets `letter`.
    pub fn set_letter(&mut self, value: char) {
        self.letter = value;
    }
    /// The session's `count`.
    #[must_use]
    pub fn count(&self) -> u8 {
        self.count
    }
    /// Sets `count`.
    pub fn set_count(&mut self, value: u8) {
        self.count = value;
    }
    /// Adds to `count`, stopping at the bounds of its type. Requests that count at once both count.
    pub fn increment_count(&mut self, by: u8) {
        self.count = <u8 as ::session_actix::Counter>::count(self.count, by);
    }
    /// The session's `name`.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }
    /// Sets `name`.
    pub fn set_name(
        &mut self,
        value: impl ::core::convert::Into<::std::string::String>,
    ) {
        self.name = ::core::convert::Into::into(value);
    }
    /// The session's `age`.
    #[must_use]
    pub fn age(&self) -> ::core::option::Option<u8> {
        self.age
    }
    /// Sets `age`.
    pub fn set_age(&mut self, value: u8) {
        self.age = ::core::option::Option::Some(value);
    }
    /// Removes `age` from the session.
    pub fn clear_age(&mut self) {
        self.age = ::core::option::Option::None;
    }
    /// Removes `age` from the session and returns it.
    pub fn take_age(&mut self) -> ::core::option::Option<u8> {
        ::core::option::Option::take(&mut self.age)
    }
    /// The session's `nick`.
    #[must_use]
    pub fn nick(&self) -> ::core::option::Option<&str> {
        ::core::option::Option::as_deref(&self.nick)
    }
    /// Sets `nick`.
    pub fn set_nick(
        &mut self,
        value: impl ::core::convert::Into<::std::string::String>,
    ) {
        self.nick = ::core::option::Option::Some(::core::convert::Into::into(value));
    }
    /// Removes `nick` from the session.
    pub fn clear_nick(&mut self) {
        self.nick = ::core::option::Option::None;
    }
    /// Removes `nick` from the session and returns it.
    pub fn take_nick(&mut self) -> ::core::option::Option<::std::string::String> {
        ::core::option::Option::take(&mut self.nick)
    }
    /// The session's `address`.
    #[must_use]
    pub fn address(&self) -> ::core::option::Option<&Address> {
        ::core::option::Option::as_ref(&self.address)
    }
    /// Sets `address`.
    pub fn set_address(&mut self, value: Address) {
        self.address = ::core::option::Option::Some(value);
    }
    /// Removes `address` from the session.
    pub fn clear_address(&mut self) {
        self.address = ::core::option::Option::None;
    }
    /// Removes `address` from the session and returns it.
    pub fn take_address(&mut self) -> ::core::option::Option<Address> {
        ::core::option::Option::take(&mut self.address)
    }
    /// The session's `list`.
    #[must_use]
    pub fn list(&self) -> &[Item] {
        &self.list
    }
    /// Sets `list`.
    pub fn set_list(&mut self, value: Vec<Item>) {
        self.list = value;
    }
    /// The session's `list`, to be changed in place.
    pub fn list_mut(&mut self) -> &mut Vec<Item> {
        &mut self.list
    }
    /// The session's `map`.
    #[must_use]
    pub fn map(&self) -> &BTreeMap<String, u8> {
        &self.map
    }
    /// Sets `map`.
    pub fn set_map(&mut self, value: BTreeMap<String, u8>) {
        self.map = value;
    }
    /// The session's `map`, to be changed in place.
    pub fn map_mut(&mut self) -> &mut BTreeMap<String, u8> {
        &mut self.map
    }
    /// Looks at `order` and leaves it to be shown.
    #[must_use]
    pub fn peek_order(&self) -> ::core::option::Option<&u64> {
        <Option<u64> as ::session_actix::Optional>::as_option(&self.order)
    }
    /// Sets `order`, which stays until it is taken.
    pub fn flash_order(&mut self, value: u64) {
        self.order = <Option<
            u64,
        > as ::session_actix::Optional>::from_option(
            ::core::option::Option::Some(value),
        );
    }
    /// Removes `order` from the session and returns it.
    pub fn take_order(&mut self) -> ::core::option::Option<u64> {
        <Option<
            u64,
        > as ::session_actix::Optional>::into_option(
            ::core::mem::replace(
                &mut self.order,
                <Option<
                    u64,
                > as ::session_actix::Optional>::from_option(
                    ::core::option::Option::None,
                ),
            ),
        )
    }
    /// The session's `messages`.
    #[must_use]
    pub fn messages(&self) -> &::session_actix::Flashes {
        ::session_actix::MessageQueue::flashes(&self.messages)
    }
    /// Adds a message of the category `info`, which stays until it is taken.
    pub fn flash_info(
        &mut self,
        text: impl ::core::convert::Into<::std::string::String>,
    ) {
        ::session_actix::Flashes::push(
            ::session_actix::MessageQueue::flashes_mut(&mut self.messages),
            "info",
            text,
        );
    }
    /// Adds a message of any category to `messages`, which stays until it is taken.
    pub fn flash(
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
    pub fn take_messages(&mut self) -> ::std::vec::Vec<::session_actix::Flash> {
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
