use session_actix::SessionData;

#[derive(SessionData)]
struct Visitor {
    #[session(flash(success))]
    messages: Vec<String>,
}

fn main() {}
