use session_actix::SessionData;

type Messages = std::collections::BTreeMap<String, String>;

#[derive(SessionData)]
struct Visitor {
    #[session(flash(success))]
    messages: Messages,
}

fn main() {}
