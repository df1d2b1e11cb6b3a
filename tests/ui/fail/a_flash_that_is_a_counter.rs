use session_actix::SessionData;

#[derive(SessionData)]
struct Visitor {
    #[session(flash, counter)]
    notice: Option<u32>,
}

fn main() {}
