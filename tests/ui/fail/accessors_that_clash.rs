use session_actix::SessionData;

#[derive(SessionData)]
struct Visitor {
    name: String,
    set_name: String,
}

fn main() {}
