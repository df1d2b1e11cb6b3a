use session_actix::SessionData;

#[derive(SessionData)]
struct Visitor {
    #[session(flash(success, success))]
    messages: session_actix::Flashes,
}

fn main() {}
