use session_actix::SessionData;

type Notice = u32;

#[derive(SessionData)]
struct Visitor {
    #[session(flash)]
    notice: Notice,
}

fn main() {}
