use session_actix::SessionData;

#[derive(SessionData)]
struct Visitor {
    #[session(flash)]
    notice: String,
}

fn main() {}
