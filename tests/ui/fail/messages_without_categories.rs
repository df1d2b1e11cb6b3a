use session_actix::SessionData;

#[derive(SessionData)]
struct Visitor {
    #[session(flash)]
    messages: session_actix::Flashes,
}

fn main() {}
